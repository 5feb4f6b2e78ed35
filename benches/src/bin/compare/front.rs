//! What the report for people opens with: what it was made with, where we are not ahead, what could not be ranked, and the
//! goals.

use std::fmt::Write;

use oneloop_benches::verdicts::{self, Beside, Counted};

use crate::Report;
use crate::markdown::{Links, spread};
use crate::rows::{Row, Spread};
use crate::verdict::{self, Standing};
use crate::versions;

/// All that stands before the groups.
pub(crate) fn of(report: &Report, links: &Links) -> String {
    [
        head(report, links),
        not_ahead(&report.rows),
        beside_earlier(report),
        goals(&report.rows),
        instructions_judged(&report.rows, links),
    ]
    .concat()
}

fn head(report: &Report, links: &Links) -> String {
    let machine = &report.machine;
    let readme = &links.readme;
    let mut text = format!(
        "# Results\n\n\
         Written by `{}`; not to be edited.\n\
         How to read it, and what each row measures and what not, stands in [README.md]({readme}).\n\n\
         | | |\n| --- | --- |\n\
         | processor | {} ({} used) |\n| kernel | {} |\n| allocator | {} |\n| date | {} |\n",
        report.settings,
        machine.processor,
        machine.processors,
        machine.kernel,
        machine.allocator,
        oneloop_benches::machine::today(),
    );
    for (what, version) in versions::all(report) {
        writeln!(text, "| {what} | {version} |").expect("a string takes all");
    }
    text.push_str(
        "\nA **ratio** is the base's number over the peer's (the other way round where more is better): **more than 1 is\n\
         better than the base**. It is the median of the ratios of all rounds; in brackets, between what eight of ten\n\
         rounds lie, or eight of ten draws where the last column says so (p99 of sleeps is asked of all rounds together,\n\
         drawn by lot). *ahead* and *BEHIND* are said where these agree, *level* where they don't, and of system calls also\n\
         within 3 %. Beside the name of the best of the others stands how many times better than that one oneloop is.\n\
         `floor` is the same work by hand, and `tokio-multi` uses all processors: neither is ranked, and no more is p99.9 of\n\
         sleeps, which hangs on the worst one or two (it stands below *All peers*). Ratios of times hold for this processor and\n\
         this allocator only; instructions carry over.\n",
    );
    text
}

/// What a reader should know first, in plain words.
fn not_ahead(rows: &[Row]) -> String {
    let (mut lines, mut without) = (Vec::new(), Vec::new());
    for row in rows {
        if let Some((standing, ratio)) = verdict::to_base(row)
            && standing != Standing::Ahead
        {
            lines.push(line(row, standing, row.base, ratio));
        }
        if let Some((best, standing, ratio)) = verdict::to_best(row)
            && best != row.base
            && standing == Standing::Behind
        {
            lines.push(line(row, standing, best, ratio));
        }
        if let Some(Beside { ours, peer, theirs }) = verdict::fewer_instructions(row) {
            let name = &row.name;
            lines.push(format!(
                "- `{name}`: {ours:.0} instructions, {peer} takes {theirs:.0}"
            ));
        }
        if let Some((peer, reason)) = verdict::missing(row) {
            let reason = reason.replace('\n', " ");
            without.push(format!("- `{}`: no number of {peer}: {reason}", row.name));
        }
    }
    let ranked = rows
        .iter()
        .filter(|row| verdict::to_base(row).is_some())
        .count();
    let mut text = String::from("\n## Where oneloop is not ahead\n\n");
    match (ranked, lines.is_empty()) {
        (0, _) => writeln!(text, "No row was ranked."),
        (_, true) => writeln!(
            text,
            "Nowhere: it is ahead of the base in all {ranked} ranked rows, and behind nobody."
        ),
        (_, false) => writeln!(text, "Of {ranked} ranked rows:\n\n{}", lines.join("\n")),
    }
    .expect("a string takes all");
    // A list of their own: they are none of the rows counted above.
    if !without.is_empty() {
        let without = without.join("\n");
        writeln!(text, "\nNot ranked, for want of a number:\n\n{without}")
            .expect("a string takes all");
    }
    text
}

/// Whether an earlier run says the same, where there was one to ask.
fn beside_earlier(report: &Report) -> String {
    match &report.beside_earlier {
        Some(verdict) => format!("\n## Beside an earlier run\n\n{verdict}"),
        None => String::new(),
    }
}

fn line(row: &Row, standing: Standing, peer: &str, ratio: Spread) -> String {
    let how = match standing {
        Standing::Behind => "behind",
        _ => "level with",
    };
    format!("- `{}`: {how} {peer}, ratio {}", row.name, spread(ratio))
}

/// The goals of all rows, those that are missed first.
fn goals(rows: &[Row]) -> String {
    let mut judged: Vec<_> = rows
        .iter()
        .flat_map(|row| verdict::goals(row).into_iter().map(move |goal| (row, goal)))
        .collect();
    let left = rows.iter().filter(|row| verdict::not_judged(row) > 0);
    let left: Vec<String> = left.map(|row| format!("`{}`", row.name)).collect();
    if judged.is_empty() && left.is_empty() {
        return String::new();
    }
    judged.sort_by_key(|(_, goal)| goal.reached);
    let reached = judged.iter().filter(|(_, goal)| goal.reached).count();
    let mut text = format!("\n## Goals\n\n{reached} of {} are reached.\n", judged.len());
    if !left.is_empty() {
        let left = left.join(", ");
        writeln!(
            text,
            "Goals that nothing could be said of, for want of a count of instructions or of a peer: {left}."
        )
        .expect("a string takes all");
    }
    if judged.is_empty() {
        return text;
    }
    text.push_str("\n| row | goal | measured | reached |\n| --- | --- | ---: | --- |\n");
    for (row, goal) in judged {
        let reached = if goal.reached { "yes" } else { "**NO**" };
        let (name, wanted, measured) = (&row.name, goal.wanted, goal.measured);
        writeln!(text, "| `{name}` | {wanted} | {measured} | {reached} |")
            .expect("a string takes all");
    }
    text
}

/// Instructions of all operations that were counted, each with a verdict.
fn instructions_judged(rows: &[Row], links: &Links) -> String {
    let operations: Vec<Counted> = rows.iter().filter_map(verdict::operation).collect();
    if operations.is_empty() {
        return String::new();
    }
    let readme = &links.readme;
    format!(
        "\n## Instructions\n\nOf one operation, in user space, by callgrind; the ratio is tokio's count over ours. What a verdict\n\
         means stands in [README.md]({readme}#measured).\n\n{}",
        verdicts::table(&operations)
    )
}

#[cfg(test)]
mod tests {
    use oneloop_benches::machine;
    use oneloop_benches::scenario::Scenario;

    use crate::Report;
    use crate::markdown::tests::row;
    use crate::markdown::{Links, of};
    use crate::rows::{self, BASE};

    #[test]
    fn the_report_says_first_where_we_are_not_ahead() {
        let report = |rows| Report {
            machine: machine::describe(),
            settings: "compare".to_string(),
            rows,
            beside_earlier: None,
        };
        let links = Links {
            readme: "README.md".to_string(),
            pictures: Vec::new(),
        };
        let both = vec![row("fast", 1.0, "no"), row("slow", 4.0, "no")];
        let text = of(&report(both), &links);
        assert!(
            text.contains("Of 2 ranked rows:\n\n- `slow`: behind base, ratio 0.50\n"),
            "{text}"
        );
        assert!(!text.contains("- `fast`"), "{text}");
        assert!(
            text.contains(
                "| `fast` | ns | 1.00 | 2 (base) | 2.00 | ahead | base, 2.00 | ahead | 5 |"
            )
        );
        let text = of(&report(vec![row("fast", 1.0, "no")]), &links);
        assert!(
            text.contains("Nowhere: it is ahead of the base in all 1 "),
            "{text}"
        );
    }

    #[test]
    fn an_operation_that_takes_more_instructions_than_tokio_is_told_although_it_is_faster() {
        let measured = [
            ("oneloop", Ok(vec![vec![1.0]])),
            (BASE, Ok(vec![vec![2.0]])),
        ];
        let mut rows = rows::of(Scenario::TimeoutReady, &measured);
        for (peer, count) in [("oneloop", 151.0), (BASE, 133.0)] {
            let numbers = rows[0].numbers_mut(peer).expect("it is there");
            numbers.instructions = Some(count);
        }
        let text = super::not_ahead(&rows);
        let line =
            "ranked rows:\n\n- `timeout_ready`: 151 instructions, tokio-localset takes 133\n";
        assert!(text.ends_with(line), "{text}");
        let text = super::goals(&rows);
        assert!(text.contains("0 of 1 are reached."), "{text}");
    }

    #[test]
    fn a_row_in_which_we_or_the_base_failed_is_told_and_is_none_of_the_ranked_ones() {
        let fell = |place: usize| {
            let mut row = row("fell", 1.0, "no");
            row.cells[place].1 = Err("failed: it ended".to_string());
            row
        };
        let told = |peer| {
            format!(
                "\n\nNot ranked, for want of a number:\n\n- `fell`: no number of {peer}: failed: it ended\n"
            )
        };
        for (place, peer) in ["oneloop", "base"].into_iter().enumerate() {
            let told = told(peer);
            let text = super::not_ahead(&[row("slow", 4.0, "no"), fell(place)]);
            let slow = "Of 1 ranked rows:\n\n- `slow`: behind base, ratio 0.50";
            assert!(text.ends_with(&format!("{slow}{told}")), "{text}");
            let text = super::not_ahead(&[row("fast", 1.0, "no"), fell(place)]);
            let nowhere = "all 1 ranked rows, and behind nobody.";
            assert!(text.ends_with(&format!("{nowhere}{told}")), "{text}");
            let text = super::not_ahead(&[fell(place)]);
            let none = "No row was ranked.";
            assert!(text.ends_with(&format!("{none}{told}")), "{text}");
        }
    }
}
