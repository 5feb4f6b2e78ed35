//! The report for people: what stands before all (`front.rs`), and a section for each group.

use std::fmt::Write;

use oneloop_benches::scenario::Group;

use crate::Report;
use crate::front;
use crate::rows::{Numbers, Row, Samples, Spread};
use crate::verdict::{self, OURS};

/// Where the links of the report lead, seen from the folder that it stands in.
pub(crate) struct Links {
    /// The page that says how to read it.
    pub(crate) readme: String,
    /// The pictures that were drawn: not every group with rows has one.
    pub(crate) pictures: Vec<(Group, String)>,
}

/// The whole file.
pub(crate) fn of(report: &Report, links: &Links) -> String {
    let mut text = front::of(report, links);
    let mut reasons = Reasons::default();
    for group in Group::ALL {
        let rows: Vec<&Row> = report
            .rows
            .iter()
            .filter(|row| row.group == group)
            .collect();
        if rows.is_empty() {
            continue;
        }
        let name = group.name();
        write!(text, "\n## {name}\n").expect("a string takes all");
        if let Some((_, picture)) = links.pictures.iter().find(|(of, _)| *of == group) {
            write!(text, "\n![{name}]({picture})\n").expect("a string takes all");
        }
        let ranked: Vec<&Row> = rows
            .iter()
            .copied()
            .filter(|row| verdict::to_base(row).is_some())
            .collect();
        if !ranked.is_empty() {
            text.push_str(&summary(&ranked));
        }
        for rows in by_peers(&rows) {
            tables(&mut text, rows, &mut reasons);
        }
    }
    text.push_str(&reasons.text());
    text
}

/// One line a row: ours, the base's, and how we stand.
fn summary(rows: &[&Row]) -> String {
    let mut text = String::from(
        "\n| scenario | unit | oneloop | base | ratio to the base | | best of the others | | rounds |\n\
         | --- | --- | ---: | ---: | ---: | --- | --- | --- | ---: |\n",
    );
    for row in rows {
        let (Some((standing, ratio)), Some(ours), Some(base)) = (
            verdict::to_base(row),
            row.numbers(OURS),
            row.numbers(row.base),
        ) else {
            continue;
        };
        let best =
            verdict::to_best(row).map_or(["", ""].map(String::from), |(peer, standing, ratio)| {
                [
                    format!("{peer}, {}", times(ratio.median)),
                    standing.text().to_string(),
                ]
            });
        writeln!(
            text,
            "| `{}` | {} | {} | {} ({}) | {} | {} | {} | {} | {} |",
            row.name,
            row.unit,
            value(ours),
            value(base),
            row.base,
            spread(ratio),
            standing.text(),
            best[0],
            best[1],
            samples(row, ours),
        )
        .expect("a string takes all");
    }
    text
}

/// How many samples there are; those that are no rounds of their own say so.
fn samples(row: &Row, numbers: &Numbers) -> String {
    let count = numbers.samples.len();
    match row.samples {
        Samples::Rounds | Samples::Counts => count.to_string(),
        Samples::Draws => format!("{count} draws"),
    }
}

/// What all peers have, as far as a row's peers are more than ours and the base.
fn tables(text: &mut String, rows: &[&Row], reasons: &mut Reasons) {
    text.push_str("\n<details><summary>All peers</summary>\n");
    let ratios: Vec<&Row> = rows
        .iter()
        .copied()
        .filter(|row| row.numbers(row.base).is_some())
        .collect();
    if !ratios.is_empty() {
        text.push_str("\nRatios:\n\n");
        table(text, &ratios, None, &mut |cell| reasons.or(cell, ratio));
    }
    text.push_str("\nMedians:\n\n");
    table(text, rows, None, &mut |cell| reasons.or(cell, value));
    let counted: Vec<&Row> = rows.iter().copied().filter(|row| counted(row)).collect();
    if !counted.is_empty() {
        text.push_str("\nInstructions of one operation, in user space:\n\n");
        table(text, &counted, Some("instructions"), &mut |cell| {
            reasons.or(cell, instructions)
        });
    }
    text.push_str("\n</details>\n");
}

/// Neighboring rows that have the same peers share a table.
fn by_peers<'rows>(rows: &'rows [&'rows Row]) -> impl Iterator<Item = &'rows [&'rows Row]> {
    rows.chunk_by(|one, other| peers(one).eq(peers(other)))
}

fn peers(row: &Row) -> impl Iterator<Item = &'static str> {
    row.cells.iter().map(|(peer, _)| *peer)
}

type Outcome = Result<Numbers, String>;

/// One line a row, one column a peer; the unit is the row's, if it is no other one.
fn table(
    text: &mut String,
    rows: &[&Row],
    unit: Option<&str>,
    cell: &mut dyn FnMut(&Outcome) -> String,
) {
    let Some(first) = rows.first() else { return };
    text.push_str("| scenario | unit |");
    peers(first).for_each(|peer| text.push_str(&format!(" {peer} |")));
    text.push_str("\n| --- | --- |");
    peers(first).for_each(|_| text.push_str(" ---: |"));
    text.push('\n');
    for row in rows {
        text.push_str(&format!(
            "| `{}` | {} |",
            row.name,
            unit.unwrap_or(row.unit)
        ));
        for (_, outcome) in &row.cells {
            text.push_str(&format!(" {} |", cell(outcome)));
        }
        text.push('\n');
    }
}

fn ratio(numbers: &Numbers) -> String {
    numbers.ratio.map_or(String::new(), spread)
}

pub(crate) fn spread(ratio: Spread) -> String {
    let Spread { median, low, high } = ratio;
    match low == high {
        true => times(median),
        false => format!("{} ({}–{})", times(median), times(low), times(high)),
    }
}

/// A ratio with two digits behind the point, or where these would be hardly more than nothing, with the first two that
/// tell something.
pub(crate) fn times(ratio: f64) -> String {
    match ratio {
        ratio if ratio >= 0.0995 => format!("{ratio:.2}"),
        ratio if ratio >= 0.00995 => format!("{ratio:.3}"),
        ratio => format!("{ratio:.4}"),
    }
}

fn value(numbers: &Numbers) -> String {
    digits(numbers.median)
}

fn instructions(numbers: &Numbers) -> String {
    numbers.instructions.map_or(String::new(), digits)
}

fn counted(row: &Row) -> bool {
    let counted = |numbers: &Numbers| numbers.instructions.is_some();
    let mut cells = row.cells.iter();
    cells.any(|(_, outcome)| outcome.as_ref().is_ok_and(counted))
}

/// Three digits that tell something; what is counted has no parts.
pub(crate) fn digits(number: f64) -> String {
    match number {
        // A difference of two counts may be a little below nothing.
        number if number.abs() < 0.005 => "0.00".to_string(),
        number if number >= 2.0 && number.fract() == 0.0 => format!("{number:.0}"),
        number if number >= 100.0 => format!("{number:.0}"),
        number if number >= 10.0 => format!("{number:.1}"),
        number => format!("{number:.2}"),
    }
}

/// Why cells are empty, each reason once, as notes below the tables.
#[derive(Default)]
struct Reasons(Vec<String>);

impl Reasons {
    /// The cell's text, or a dash with the number of its reason.
    fn or(&mut self, outcome: &Outcome, text: fn(&Numbers) -> String) -> String {
        match outcome {
            Ok(numbers) => text(numbers),
            Err(reason) => {
                let known = self.0.iter().position(|known| known == reason);
                let place = known.unwrap_or_else(|| {
                    self.0.push(reason.clone());
                    self.0.len() - 1
                });
                format!("– ({})", place + 1)
            }
        }
    }

    fn text(&self) -> String {
        if self.0.is_empty() {
            return String::new();
        }
        let mut text = String::from("\n## Not measured\n\n");
        for (place, reason) in self.0.iter().enumerate() {
            text.push_str(&format!("{}. {}\n", place + 1, reason.replace('\n', " ")));
        }
        text
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use oneloop_benches::scenario::{Group, Scenario};

    use super::{Reasons, digits, summary, table, times};
    use crate::rows::{self, BASE, Better, Row};

    pub(crate) fn row(name: &str, ours: f64, reason: &str) -> Row {
        let outcomes = vec![
            ("oneloop", Ok(vec![vec![ours]; 5])),
            ("base", Ok(vec![vec![2.0]; 5])),
            ("third", Err(reason.to_string())),
        ];
        Row::of_one(name, Group::Timers, "ns", "base", Better::Less, outcomes)
    }

    #[test]
    fn an_empty_cell_says_why() {
        let row = row("sleep", 2.0, "no timers");
        let (mut text, mut reasons) = (String::new(), Reasons::default());
        table(&mut text, &[&row], None, &mut |cell| {
            reasons.or(cell, super::ratio)
        });
        assert!(
            text.contains("| `sleep` | ns | 1.00 | 1.00 | – (1) |\n"),
            "{text}"
        );
        assert!(reasons.text().contains("1. no timers\n"));
    }

    #[test]
    fn draws_are_not_called_rounds() {
        let measured = ["oneloop", BASE].map(|peer| (peer, Ok(vec![vec![1.0; 50]; 4])));
        let rows = rows::of(Scenario::Sleep1Ms, &measured);
        let text = summary(&rows.iter().collect::<Vec<_>>());
        let ends: Vec<&str> = text
            .lines()
            .filter_map(|line| line.rsplit("| ").next())
            .collect();
        assert_eq!(ends[3..], ["4 |", "50 draws |"], "{text}");
    }

    #[test]
    fn numbers_have_three_digits() {
        assert_eq!(digits(1234.5), "1234");
        assert_eq!(digits(12.345), "12.3");
        assert_eq!(digits(1.234), "1.23");
        assert_eq!(digits(-0.001), "0.00");
        assert_eq!(digits(12.0), "12");
    }

    #[test]
    fn a_small_ratio_is_not_nothing() {
        let ratios = [52.777, 0.867, 0.0996, 0.0712, 0.00994, 0.00312];
        let texts = ["52.78", "0.87", "0.10", "0.071", "0.0099", "0.0031"];
        assert_eq!(ratios.map(times), texts);
    }
}
