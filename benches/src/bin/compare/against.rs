//! Whether this run agrees with an earlier one: for every ratio that both have, whether the median of one lies within the
//! spread that the other states.

use oneloop_benches::machine::Description;

use crate::json::{Cell, Earlier};
use crate::markdown::spread as said;
use crate::rows::{Numbers, Row, Spread, spread_of};

/// How far instruction counts may differ, of which there is one a run.
const INSTRUCTIONS: f64 = 0.02;

/// What came of the comparison, in words.
pub(crate) fn report(machine: &Description, rows: &[Row], earlier: &Earlier) -> String {
    let mut text = String::new();
    let here = [&machine.processor, &machine.kernel, &machine.allocator];
    if earlier.machine() != here.map(String::as_str) {
        let there = earlier.machine().join(", ");
        text.push_str(&format!("The earlier run was made elsewhere: {there}.\n"));
    }
    let (mut agreed, mut differing) = (0, Vec::new());
    let (mut new, mut shared) = (0, 0);
    for row in rows {
        for (peer, numbers) in &row.cells {
            let Ok(numbers) = numbers else { continue };
            let Some(then) = earlier.cell(&row.name, peer) else {
                new += 1;
                continue;
            };
            shared += 1;
            for verdict in judge(row, peer, numbers, &then, earlier) {
                match verdict {
                    Ok(()) => agreed += 1,
                    Err(what) => differing.push(format!("{}, {peer}: {what}", row.name)),
                }
            }
        }
    }
    let compared = agreed + differing.len();
    text.push_str(&format!(
        "{agreed} of {compared} numbers agree with the earlier run.\n"
    ));
    let gone = earlier.cells().saturating_sub(shared);
    if new + gone > 0 {
        text.push_str(&format!(
            "Cells that one run has and the other has not: {new} here, {gone} there.\n"
        ));
    }
    if !differing.is_empty() {
        text.push('\n');
    }
    for line in differing {
        text.push_str(&format!("- DIFFERS {line}\n"));
    }
    text
}

/// The verdicts on a cell: of its ratio, and of its count, as far as both runs have them.
fn judge(
    row: &Row,
    peer: &str,
    now: &Numbers,
    then: &Cell,
    earlier: &Earlier,
) -> Vec<Result<(), String>> {
    let mut verdicts = Vec::new();
    let base = earlier.cell(&row.name, row.base);
    let ratio = base.and_then(|base| spread_of(row.better, &base.samples, &then.samples));
    if let (Some(now), Some(then), true) = (now.ratio, ratio, peer != row.base) {
        verdicts.push(match within(now.median, then) || within(then.median, now) {
            true => Ok(()),
            false => Err(format!("ratio {}, and it was {}", said(now), said(then))),
        });
    }
    if let (Some(now), Some(then)) = (now.instructions, then.instructions) {
        verdicts.push(match (now / then - 1.0).abs() <= INSTRUCTIONS {
            true => Ok(()),
            false => Err(format!("{now:.1} instructions, and it was {then:.1}")),
        });
    }
    verdicts
}

fn within(median: f64, spread: Spread) -> bool {
    let Spread { low, high, .. } = spread.widened();
    (low..=high).contains(&median)
}

#[cfg(test)]
mod tests {
    use oneloop_benches::machine;
    use oneloop_benches::scenario::Group;

    use super::report;
    use crate::Report;
    use crate::json::{self, Earlier};
    use crate::rows::{Better, Row};

    fn run(ours: [f64; 5], instructions: f64) -> Report {
        let rounds = |samples: [f64; 5]| Ok(samples.map(|sample| vec![sample]).to_vec());
        let outcomes = vec![("base", rounds([100.0; 5])), ("ours", rounds(ours))];
        let mut row = Row::of_one("row", Group::Tasks, "ns", "base", Better::Less, outcomes);
        row.numbers_mut("ours").expect("it is there").instructions = Some(instructions);
        Report {
            machine: machine::describe(),
            settings: String::new(),
            rows: vec![row],
            beside_earlier: None,
        }
    }

    fn compared(now: &Report, then: &Report) -> String {
        let earlier = Earlier::parse(&json::of(then)).expect("it is a report");
        report(&now.machine, &now.rows, &earlier)
    }

    #[test]
    fn runs_agree_within_the_spread_they_state_and_differ_beyond_it() {
        let wide = run([40.0, 45.0, 50.0, 55.0, 60.0], 100.0);
        let near = run([55.0; 5], 101.0);
        let far = run([70.0; 5], 103.0);
        let two = "2 of 2 numbers agree with the earlier run.\n";
        assert_eq!(compared(&wide, &near), two);
        assert_eq!(compared(&near, &wide), two);
        let text = compared(&far, &wide);
        assert!(text.starts_with("0 of 2 "), "{text}");
        assert!(
            text.contains("DIFFERS row, ours: ratio 1.43, and it was 2.00 (1.67–2.50)"),
            "{text}"
        );
        assert!(text.contains("DIFFERS row, ours: 103.0 instructions, and it was 100.0"));
    }

    #[test]
    fn small_ratios_that_differ_are_said_so_that_the_difference_shows() {
        let then = run([2_700.0, 2_740.0, 2_750.0, 2_760.0, 2_800.0], 100.0);
        let text = compared(&run([3_000.0; 5], 100.0), &then);
        let line = "- DIFFERS row, ours: ratio 0.033, and it was 0.036 (0.036–0.037)\n";
        assert!(text.ends_with(line), "{text}");
    }

    #[test]
    fn cells_that_only_one_run_has_are_told() {
        let mut now = run([50.0; 5], 100.0);
        let then = run([50.0; 5], 100.0);
        now.rows[0].name = "another".to_string();
        assert_eq!(
            compared(&now, &then),
            "0 of 0 numbers agree with the earlier run.\n\
             Cells that one run has and the other has not: 2 here, 2 there.\n"
        );
    }
}
