//! The instruction counts that were accepted last, in `benches/baseline.txt`, and how far a new one may be above.
//!
//! A ratio to tokio hides a slow growth until it reaches a limit; this does not. A change of the compiler, or one
//! unrelated function more in the program, moves a count by some percent, hence the tolerance.

use std::fs;
use std::path::PathBuf;

use crate::scenario::Scenario;

/// How much of the accepted count a new one may be: what is noise between one build and another.
pub const TOLERANCE: f64 = 1.08;

/// What the file says, below its first lines.
#[derive(Debug, Default, PartialEq)]
pub struct Baseline(Vec<(Scenario, f64)>);

/// How a count stands to the accepted one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Change {
    /// Within the tolerance, or below; by how much, as a part of the accepted count.
    Kept(f64),
    /// Above it: the run fails.
    Grown(f64),
    /// No count was accepted yet: the run fails, too.
    Unknown,
}

impl Change {
    /// Whether the run fails.
    pub fn failed(self) -> bool {
        !matches!(self, Change::Kept(_))
    }

    /// How tables print it.
    pub fn text(self) -> String {
        match self {
            Change::Kept(change) => format!("{:+.1} %", change * 100.0),
            Change::Grown(change) => format!("{:+.1} %: GROWN", change * 100.0),
            Change::Unknown => "UNKNOWN: run it with --accept".to_string(),
        }
    }
}

impl Baseline {
    /// Reads the file.
    pub fn read() -> Result<Baseline, String> {
        let path = path();
        let text = fs::read_to_string(&path).unwrap_or_default();
        Baseline::parse(&text).map_err(|line| format!("{}: `{line}`", path.display()))
    }

    /// Reads the text: a scenario and a count on each line. The error is the line that is neither that nor a comment.
    fn parse(text: &str) -> Result<Baseline, String> {
        let mut counts = Vec::new();
        for line in text.lines() {
            if line.starts_with('#') || line.trim().is_empty() {
                continue;
            }
            let entry = line.split_once(' ').and_then(|(name, count)| {
                Some((Scenario::from_name(name)?, count.trim().parse().ok()?))
            });
            counts.push(entry.ok_or(line)?);
        }
        Ok(Baseline(counts))
    }

    /// Judges a new count.
    pub fn judge(&self, scenario: Scenario, count: f64) -> Change {
        let Some((_, accepted)) = self.0.iter().find(|(known, _)| *known == scenario) else {
            return Change::Unknown;
        };
        let change = count / accepted - 1.0;
        // What is not a number (nothing was counted) must fail, so the question is asked this way round.
        if count > 0.0 && count <= accepted * TOLERANCE {
            Change::Kept(change)
        } else {
            Change::Grown(change)
        }
    }

    /// Takes a new count in place of the old one.
    pub fn accept(&mut self, scenario: Scenario, count: f64) {
        self.0.retain(|(known, _)| *known != scenario);
        self.0.push((scenario, count));
    }

    /// Writes the file and returns its path.
    pub fn write(&self) -> Result<String, String> {
        let path = path();
        fs::write(&path, self.text()).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(path.display().to_string())
    }

    fn text(&self) -> String {
        let mut text = String::from(
            "# Instructions of one operation that were accepted last; a count 8 % above fails `count`.\n\
             # Accept new ones: cargo run --release -p oneloop-benches --bin count -- --accept [SCENARIO]...\n",
        );
        for &scenario in Scenario::ALL {
            if let Some((_, count)) = self.0.iter().find(|(known, _)| *known == scenario) {
                text.push_str(&format!("{} {count:.1}\n", scenario.name()));
            }
        }
        text
    }
}

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("baseline.txt")
}

#[cfg(test)]
mod tests {
    use super::{Baseline, Change};
    use crate::scenario::Scenario;

    #[test]
    fn a_count_may_grow_by_eight_percent_and_no_further() {
        let mut baseline = Baseline::default();
        baseline.accept(Scenario::SpawnJoin, 100.0);
        let judge = |count| baseline.judge(Scenario::SpawnJoin, count);
        assert!(!judge(107.9).failed());
        assert!(!judge(50.0).failed());
        assert!(judge(108.1).failed());
        assert!(judge(0.0).failed());
        assert!(judge(f64::NAN).failed());
        assert_eq!(baseline.judge(Scenario::YieldSelf, 1.0), Change::Unknown);
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut baseline = Baseline::default();
        baseline.accept(Scenario::SpawnJoin, 100.0);
        baseline.accept(Scenario::SpawnJoin, 169.5);
        baseline.accept(Scenario::YieldSelf, 51.0);
        assert_eq!(Baseline::parse(&baseline.text()), Ok(baseline));
    }

    #[test]
    fn a_line_that_says_nothing_is_an_error() {
        let error = Baseline::parse("# fine\nspawn_join 12\nspawn_joyn 12\n");
        assert_eq!(error, Err("spawn_joyn 12".to_string()));
    }
}
