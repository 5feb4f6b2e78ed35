//! The table of instructions for all peers that are counted, with what each operation must reach and a verdict: what
//! `count --peers` prints, and `compare` ends its report with.

use crate::goals::{Goal, as_few};
use crate::peer::Peer;
use crate::scenario::Scenario;

/// One operation, with the instructions that each of `Peer::COUNTED` takes for it.
#[derive(Clone, Debug)]
pub struct Counted {
    /// The operation.
    pub scenario: Scenario,
    /// The counts, in that order; `None` where the peer cannot do it.
    pub counts: Vec<Option<f64>>,
}

/// Our count of an operation beside somebody else's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Beside {
    /// What we take.
    pub ours: f64,
    /// Who the other one is.
    pub peer: &'static str,
    /// What that one takes.
    pub theirs: f64,
}

impl Beside {
    /// Whether we take as few, but for noise.
    pub fn as_few(self) -> bool {
        as_few(self.ours, self.theirs)
    }
}

impl Counted {
    /// Ours beside tokio's, where both were counted.
    pub fn beside_tokio(&self) -> Option<Beside> {
        let tokio = Peer::TokioLocalSet;
        self.beside(tokio.name(), self.of(tokio)?)
    }

    /// Ours beside the fewest of those that are neither ours nor tokio, where any was counted.
    pub fn beside_best(&self) -> Option<Beside> {
        let (peer, theirs) = self.best_of_others()?;
        self.beside(peer, theirs)
    }

    fn beside(&self, peer: &'static str, theirs: f64) -> Option<Beside> {
        let ours = self.of(Peer::Oneloop)?;
        Some(Beside { ours, peer, theirs })
    }

    /// The count of a peer, if it has one.
    fn of(&self, peer: Peer) -> Option<f64> {
        let place = Peer::COUNTED.iter().position(|counted| *counted == peer)?;
        self.counts.get(place).copied().flatten()
    }

    /// Who of those that are neither ours nor tokio takes fewest.
    fn best_of_others(&self) -> Option<(&'static str, f64)> {
        let others = Peer::COUNTED.iter().zip(&self.counts);
        let others = others
            .filter(|(peer, _)| !matches!(peer, Peer::Oneloop | Peer::TokioLocalSet))
            .filter_map(|(peer, count)| Some((peer.name(), (*count)?)));
        others.min_by(|one, other| one.1.total_cmp(&other.1))
    }

    /// The row of the table; none where ours or tokio's was not counted.
    fn row(&self) -> Option<Vec<String>> {
        let (ours, tokio) = (self.of(Peer::Oneloop)?, self.of(Peer::TokioLocalSet)?);
        let goal = Goal::of(self.scenario);
        let mut row = vec![format!("`{}`", self.scenario.name())];
        let counts = self.counts.iter();
        row.extend(
            counts.map(|count| count.map_or("–".to_string(), |count| format!("{count:.0}"))),
        );
        row.push(format!("{:.2}", tokio / ours));
        row.push(goal.text());
        row.push(goal.stretch.text());
        row.push(goal.judge(tokio, ours, self.best_of_others()).text());
        Some(row)
    }
}

/// The table, in Markdown.
pub fn table(operations: &[Counted]) -> String {
    let peers = Peer::COUNTED.iter().map(|peer| peer.name());
    let head: Vec<&str> = ["operation"]
        .into_iter()
        .chain(peers)
        .chain(["ratio", "must", "stretch", "verdict"])
        .collect();
    let numbers = Peer::COUNTED.len() + 1;
    let mut text = format!("| {} |\n| --- |", head.join(" | "));
    text.push_str(&" ---: |".repeat(numbers));
    text.push_str(&" --- |".repeat(head.len() - 1 - numbers));
    text.push('\n');
    for row in operations.iter().filter_map(Counted::row) {
        text.push_str(&format!("| {} |\n", row.join(" | ")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Counted, table};
    use crate::peer::Peer;
    use crate::scenario::Scenario;

    /// Counts of oneloop, tokio, smol, futures and monoio.
    fn counted(scenario: Scenario, counts: [Option<f64>; 5]) -> Counted {
        assert_eq!(Peer::COUNTED.len(), counts.len());
        Counted {
            scenario,
            counts: counts.to_vec(),
        }
    }

    #[test]
    fn a_row_has_every_count_and_the_verdict() {
        let counts = [170.0, 1_550.0, 946.0, 800.0, 356.0].map(Some);
        let text = table(&[counted(Scenario::SpawnJoin, counts)]);
        let row = "| `spawn_join` | 170 | 1550 | 946 | 800 | 356 | 9.12 | >= 6.5, <= 230 | >= 8, <= 190 | stretch met |\n";
        assert!(text.ends_with(row), "{text}");
        let lines: Vec<usize> = text.lines().map(|line| line.matches('|').count()).collect();
        assert_eq!(lines, [11, 11, 11]);
    }

    #[test]
    fn the_best_of_the_others_is_named_where_we_are_behind_it() {
        let counts = [Some(170.0), Some(1_550.0), Some(90.0), None, Some(100.0)];
        let text = table(&[counted(Scenario::SpawnJoin, counts)]);
        assert!(text.contains(" | 90 | – | 100 | "), "{text}");
        assert!(text.ends_with("| missed: behind smol |\n"), "{text}");
    }

    #[test]
    fn an_operation_that_tokio_was_not_counted_for_has_no_row() {
        let text = table(&[counted(
            Scenario::Select,
            [Some(1.0), None, None, None, None],
        )]);
        assert_eq!(text.lines().count(), 2);
    }
}
