//! The report for people: a section for each group, with a table of ratios, one of medians and one of instructions.

use std::fmt::Write;

use oneloop_benches::scenario::Group;

use crate::Report;
use crate::rows::{Numbers, Row};

/// The whole file; `picture` is the path of a group's picture.
pub(crate) fn of(report: &Report, picture: &dyn Fn(Group) -> String) -> String {
    let mut text = format!(
        "# Results\n\n\
         Written by `{}` on {}. How to read it, and what each row measures and what not, stands in\n\
         `benches/README.md`.\n\n\
         A ratio is the base's number over the peer's, so that more than 1 is better than the base (the peer whose\n\
         column says 1.00). It is the median of the ratios of all rounds; in brackets, between what eight of ten rounds lie.\n",
        report.settings, report.machine
    );
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
        write!(text, "\n## {name}\n\n![{name}]({})\n", picture(group)).expect("a string takes all");
        for rows in by_peers(&rows) {
            text.push_str("\nRatios:\n\n");
            table(&mut text, rows, &mut |cell| reasons.or(cell, ratio));
            text.push_str("\nMedians:\n\n");
            table(&mut text, rows, &mut |cell| reasons.or(cell, value));
            let counted: Vec<&Row> = rows.iter().copied().filter(|row| counted(row)).collect();
            if !counted.is_empty() {
                text.push_str("\nInstructions of one operation, in user space:\n\n");
                table(&mut text, &counted, &mut |cell| {
                    reasons.or(cell, instructions)
                });
            }
        }
    }
    text.push_str(&reasons.text());
    text
}

/// Neighboring rows that have the same peers share a table.
fn by_peers<'rows>(rows: &'rows [&'rows Row]) -> impl Iterator<Item = &'rows [&'rows Row]> {
    rows.chunk_by(|one, other| peers(one).eq(peers(other)))
}

fn peers(row: &Row) -> impl Iterator<Item = &'static str> {
    row.cells.iter().map(|(peer, _)| *peer)
}

type Outcome = Result<Numbers, String>;

fn table(text: &mut String, rows: &[&Row], cell: &mut dyn FnMut(&Outcome) -> String) {
    let Some(first) = rows.first() else { return };
    text.push_str("| scenario | unit |");
    peers(first).for_each(|peer| text.push_str(&format!(" {peer} |")));
    text.push_str("\n| --- | --- |");
    peers(first).for_each(|_| text.push_str(" ---: |"));
    text.push('\n');
    for row in rows {
        text.push_str(&format!("| `{}` | {} |", row.name, row.unit));
        for (_, outcome) in &row.cells {
            text.push_str(&format!(" {} |", cell(outcome)));
        }
        text.push('\n');
    }
}

fn ratio(numbers: &Numbers) -> String {
    match numbers.ratio {
        Some(ratio) if ratio.low == ratio.high => format!("{:.2}", ratio.median),
        Some(ratio) => format!("{:.2} ({:.2}–{:.2})", ratio.median, ratio.low, ratio.high),
        None => String::new(),
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

/// Three digits that tell something.
fn digits(number: f64) -> String {
    match number {
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
            text.push_str(&format!("{}. {reason}\n", place + 1));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use oneloop_benches::scenario::Group;

    use super::{Reasons, digits, table};
    use crate::rows::{Better, Row, cells};

    #[test]
    fn an_empty_cell_says_why() {
        let samples = vec![
            ("one", Ok(vec![2.0])),
            ("other", Err("no timers".to_string())),
        ];
        let row = Row {
            name: "sleep".to_string(),
            scenario: None,
            group: Group::Timers,
            unit: "ns",
            base: "one",
            cells: cells("one", Better::Less, samples),
        };
        let (mut text, mut reasons) = (String::new(), Reasons::default());
        table(&mut text, &[&row], &mut |cell| {
            reasons.or(cell, super::ratio)
        });
        assert!(text.contains("| `sleep` | ns | 1.00 | – (1) |\n"), "{text}");
        assert!(reasons.text().contains("1. no timers\n"));
    }

    #[test]
    fn numbers_have_three_digits() {
        assert_eq!(digits(1234.5), "1234");
        assert_eq!(digits(12.345), "12.3");
        assert_eq!(digits(1.234), "1.23");
    }
}
