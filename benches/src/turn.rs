//! A turn: how often a worker runs a scenario's workload at a stretch, and what it reports of it.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use crate::scenario::Scenario;

/// How long a turn shall take: long beside a reading of the clock and beside filling the caches anew, short beside the
/// slices that the kernel gives, so that many turns pass without a stranger in between.
pub const TURN: Duration = Duration::from_millis(5);

/// A scenario on one peer.
#[derive(Clone, Copy, Debug)]
pub enum Workload {
    /// Makes that many steps on a new loop and says what they took, without making and ending the loop.
    Timed(fn(u64) -> Duration),
    /// Sleeps these durations, one after the other, and says how late each sleep ended.
    Late(fn(Vec<Duration>) -> Vec<Duration>),
    /// Makes so many of something idle and says how many bytes of memory the process has for it.
    Bytes(fn(u64) -> u64),
    /// Serves on a listening socket until the process ends; it is measured from outside.
    Serve(fn(TcpListener)),
}

/// A workload, and what one turn of it does.
#[derive(Debug)]
pub struct Turns {
    scenario: Scenario,
    workload: Workload,
    steps: u64,
    random: Random,
}

impl Turns {
    /// Finds out how many steps make a turn, which warms the workload up as well. Every peer has turns of the same
    /// length, not of the same steps: else a slow one would meet more of what else the machine does.
    pub fn new(scenario: Scenario, workload: Workload) -> Turns {
        let mut steps = 1;
        if let (Workload::Timed(run), false) = (workload, scenario == Scenario::Sleepers) {
            // The shortest of some runs: one pause of the machine would make a few steps look like enough.
            while (0..3).map(|_| run(steps)).min() < Some(TURN) {
                steps *= 2;
            }
        }
        Turns {
            scenario,
            workload,
            steps,
            random: Random::default(),
        }
    }

    /// Runs one turn: what one operation took, how late each sleep was, or how many bytes one idle thing takes.
    pub fn run(&mut self) -> Vec<f64> {
        match self.workload {
            Workload::Timed(run) => {
                // A short run first: another process had the processor, and its memory is in the caches.
                if self.steps > 8 {
                    run(self.steps / 8);
                }
                let operations = self.steps * self.scenario.per_step();
                vec![run(self.steps).as_nanos() as f64 / operations as f64]
            }
            Workload::Late(run) => {
                let late = run(self.durations());
                let microseconds = |late: Duration| late.as_nanos() as f64 / 1e3;
                late.into_iter().map(microseconds).collect()
            }
            Workload::Bytes(run) => {
                let count = self.scenario.idle();
                vec![run(count) as f64 / count as f64]
            }
            Workload::Serve(_) => Vec::new(),
        }
    }

    /// The sleeps of one turn: the same for every peer in the same round.
    fn durations(&mut self) -> Vec<Duration> {
        let count = if self.scenario == Scenario::Sleep10Ms {
            10
        } else {
            40
        };
        durations(self.scenario, count, &mut self.random)
    }
}

/// So many sleeps of a scenario of lateness, the same in every run.
pub fn sleeps_of(scenario: Scenario, count: u64) -> Vec<Duration> {
    durations(scenario, count, &mut Random::default())
}

fn durations(scenario: Scenario, count: u64, random: &mut Random) -> Vec<Duration> {
    let duration = |_| match scenario {
        Scenario::Sleep1Ms => Duration::from_millis(1),
        Scenario::Sleep10Ms => Duration::from_millis(10),
        _ => Duration::from_nanos(1_000_000 + random.below(1_000_000)),
    };
    (0..count).map(duration).collect()
}

/// Sleeps one duration after the other and says how late each sleep ended.
pub async fn late_by<F>(durations: Vec<Duration>, sleep: impl Fn(Duration) -> F) -> Vec<Duration>
where
    F: Future<Output = ()>,
{
    let mut late = Vec::with_capacity(durations.len());
    for duration in durations {
        let deadline = Instant::now() + duration;
        sleep(duration).await;
        late.push(deadline.elapsed());
    }
    late
}

/// A small generator of random numbers (xorshift), the same in every run.
#[derive(Debug)]
pub struct Random(u64);

impl Random {
    /// A number below a bound.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

impl Default for Random {
    fn default() -> Random {
        Random(0x9e37_79b9_7f4a_7c15)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{TURN, Turns, Workload};
    use crate::scenario::Scenario;

    #[test]
    fn a_turn_is_long_enough_and_counts_every_operation_of_its_steps() {
        // A clock of our own: a step takes one millisecond, so eight of them are the first power of two that lasts.
        let run = |steps: u64| Duration::from_millis(steps);
        let mut turns = Turns::new(Scenario::WakeStorm, Workload::Timed(run));
        assert!(Duration::from_millis(turns.steps) >= TURN);
        assert!(Duration::from_millis(turns.steps / 2) < TURN);
        let per_operation = 1e6 / Scenario::WakeStorm.per_step() as f64;
        assert_eq!(turns.run(), [per_operation]);
    }

    #[test]
    fn lateness_is_told_in_microseconds_for_every_sleep() {
        let late = |durations: Vec<Duration>| vec![Duration::from_nanos(1_500); durations.len()];
        let mut turns = Turns::new(Scenario::SleepRandom, Workload::Late(late));
        let samples = turns.run();
        assert_eq!(samples, vec![1.5; samples.len()]);
        assert!(samples.len() >= 20);
    }
}
