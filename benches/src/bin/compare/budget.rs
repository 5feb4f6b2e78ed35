//! How many rounds each row has, and what time they take together on a quiet machine: said at the start, and held by
//! tests to two minutes with `--quick` and twenty without.

use std::fmt;
use std::time::Duration;

use oneloop_benches::scenario::{Scenario, Unit};
use oneloop_benches::turn::TURN;

use crate::http;
use crate::options::Options;
use crate::syscalls;
use crate::traced;

/// A run with `--quick` ends within this time, once everything is built.
pub(crate) const QUICK: Duration = Duration::from_secs(120);

/// A whole run is meant to end within this time, builds of the rows of weight included.
pub(crate) const WHOLE: Duration = Duration::from_secs(20 * 60);

/// A cell has at least so many samples, if it has any.
pub(crate) const LEAST: usize = 5;

/// Two runs under callgrind, most of which is callgrind's own start.
pub(crate) const COUNTING: Duration = Duration::from_millis(2_500);

/// Two clean builds with fat LTO, on two processors.
const BUILDING: Duration = Duration::from_secs(90);

/// How often one peer has its turn in a row, and how long that takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    /// Turns of each peer.
    pub(crate) rounds: usize,
    /// As many turns are taken on a slow machine, too.
    pub(crate) least: usize,
    /// After how many rounds a new process takes the old one's place.
    pub(crate) renew: usize,
    /// About what a turn takes.
    pub(crate) turn: Duration,
    /// About what it takes until a new process is ready.
    pub(crate) start: Duration,
}

impl Cell {
    /// What one peer takes.
    pub(crate) fn time(&self) -> Duration {
        let processes = self.rounds.div_ceil(self.renew) as u32;
        self.turn * self.rounds as u32 + self.start * processes
    }

    /// Whether the rounds so far are enough, since they took twice the time that all of them should.
    pub(crate) fn is_over(&self, round: usize, spent: Duration, peers: usize) -> bool {
        round >= self.least && spent > 2 * self.time() * peers as u32
    }
}

/// The rounds of a scenario: as many as fit into a bearable time, and enough for the quantiles of lateness.
pub(crate) fn of(scenario: Scenario, quick: bool) -> Cell {
    let milliseconds = Duration::from_millis;
    // A turn is the first power of two of steps that lasts; it is tried three times, and each length before it, too. And
    // an eighth of it comes first, unmeasured.
    let mean = TURN * 3 / 2;
    let (turn, start) = match scenario.unit() {
        Unit::Bytes => (milliseconds(150), milliseconds(10)),
        Unit::MicrosecondsLate => match scenario {
            // One peer is a millisecond late each time, the others hardly.
            Scenario::Sleep10Ms => (milliseconds(10 * 11), milliseconds(10)),
            Scenario::Sleep1Ms => (milliseconds(40 * 3 / 2), milliseconds(10)),
            _ => (milliseconds(40 * 2), milliseconds(10)),
        },
        _ if scenario == Scenario::Sleepers => (milliseconds(250), milliseconds(10)),
        _ if scenario == Scenario::Echo100 => (milliseconds(130), milliseconds(30)),
        _ => (mean * 9 / 8, milliseconds(10) + mean * 2 * 3),
    };
    let (rounds, renew) = match (scenario, quick) {
        // What a process has freed it may use again, so memory is measured in a new one each time.
        _ if scenario.unit() == Unit::Bytes => (if quick { LEAST } else { 9 }, 1),
        (Scenario::Sleepers, _) => (if quick { LEAST } else { 9 }, 3),
        // A server stays, with its connections.
        (Scenario::Echo100, _) => (if quick { 7 } else { 25 }, usize::MAX),
        (_, true) => (9, 3),
        (Scenario::Sleep10Ms, false) => (100, 20),
        (Scenario::Sleep1Ms | Scenario::SleepRandom, false) => (26, 6),
        (_, false) => (50, 10),
    };
    Cell {
        rounds,
        // A thousand sleeps make a quantile.
        least: if scenario.unit() == Unit::MicrosecondsLate && !quick {
            rounds
        } else {
            LEAST
        },
        renew,
        turn,
        start,
    }
}

/// What a run takes on a quiet machine, in parts.
pub(crate) struct Estimate(Vec<(&'static str, Duration)>);

impl Estimate {
    /// The run that these options ask for.
    pub(crate) fn of(options: &Options) -> Estimate {
        let peers = options.peers();
        let scenarios = options.scenarios();
        let measured = scenarios
            .iter()
            .map(|&scenario| of(scenario, options.quick).time() * peers.len() as u32);
        // Callgrind counts on all processors at once; a machine with two is meant.
        let counted = match options.counts() {
            true => scenarios
                .iter()
                .filter(|scenario| scenario.in_user_space())
                .count(),
            false => 0,
        };
        let counted =
            COUNTING * (counted * peers.iter().filter(|peer| peer.is_counted()).count()) as u32 / 2;
        let weighed = if options.wants_weight() {
            BUILDING
        } else {
            Duration::ZERO
        };
        let parts = vec![
            ("scenarios", measured.sum()),
            ("instructions", counted),
            ("http and tls", http::time(options)),
            ("system calls", syscalls::time(options)),
            ("tracing", traced::time(options)),
            ("weight", weighed),
        ];
        Estimate(
            parts
                .into_iter()
                .filter(|(_, time)| !time.is_zero())
                .collect(),
        )
    }

    /// All of it.
    pub(crate) fn total(&self) -> Duration {
        self.0.iter().map(|(_, time)| *time).sum()
    }
}

impl fmt::Display for Estimate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "about {} on a quiet machine", said(self.total()))?;
        for (place, (part, time)) in self.0.iter().enumerate() {
            let before = if place == 0 { ": " } else { ", " };
            write!(formatter, "{before}{part} {}", said(*time))?;
        }
        Ok(())
    }
}

/// A time for people.
pub(crate) fn said(time: Duration) -> String {
    match time.as_secs() {
        seconds if seconds < 180 => format!("{seconds} s"),
        seconds => format!("{} min", (seconds + 30) / 60),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use oneloop_benches::scenario::Scenario;

    use super::{Cell, Estimate, LEAST, QUICK, WHOLE, of};
    use crate::options::Options;

    #[test]
    fn a_quick_run_and_a_whole_one_fit_into_their_time() {
        let quick = Options {
            quick: true,
            ..Options::default()
        };
        // A fifth is left for what the machine does beside it.
        let time = Estimate::of(&quick);
        assert!(time.total() <= QUICK * 4 / 5, "{time}");
        let time = Estimate::of(&Options::default());
        assert!(time.total() <= WHOLE, "{time}");
    }

    #[test]
    fn every_cell_has_samples_enough() {
        for &scenario in Scenario::ALL {
            for quick in [true, false] {
                let cell = of(scenario, quick);
                let name = scenario.name();
                assert!(cell.least >= LEAST && cell.rounds >= cell.least, "{name}");
            }
        }
    }

    #[test]
    fn what_a_cell_takes_is_its_turns_and_its_processes() {
        let cell = Cell {
            rounds: 9,
            least: 5,
            renew: 4,
            turn: Duration::from_millis(10),
            start: Duration::from_millis(100),
        };
        assert_eq!(cell.time(), Duration::from_millis(9 * 10 + 3 * 100));
        let twice = 2 * 3 * cell.time();
        assert!(cell.is_over(5, twice + Duration::from_millis(1), 3));
        assert!(!cell.is_over(4, twice + Duration::from_millis(1), 3));
        assert!(!cell.is_over(5, twice, 3));
    }
}
