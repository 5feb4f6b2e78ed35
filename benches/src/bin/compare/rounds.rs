//! Rounds: in each, every peer has one turn, in an order that moves on by one place each time, so that nobody is always
//! the first or always behind the same neighbor.

use std::path::Path;

use oneloop_benches::machine;
use oneloop_benches::peer::Peer;
use oneloop_benches::scenario::{Scenario, Unit};

use crate::options::Options;
use crate::processes::Worker;
use crate::progress::Progress;

/// What came of one peer: the samples of each round, or why there are none.
pub(crate) type Outcome = Result<Vec<Vec<f64>>, String>;

/// How many rounds a scenario has: as many as fit into a bearable time, and enough for the quantiles of lateness.
pub(crate) fn of(scenario: Scenario, quick: bool) -> u64 {
    let slow = scenario == Scenario::Sleepers || scenario.unit() == Unit::Bytes;
    match (scenario, quick) {
        (_, true) if slow => 5,
        (_, true) => 9,
        (_, false) if slow => 9,
        (Scenario::Sleep10Ms, false) => 100,
        (Scenario::Sleep1Ms | Scenario::SleepRandom, false) => 25,
        (_, false) => 51,
    }
}

/// Measures one scenario on every peer.
pub(crate) fn measure(
    options: &Options,
    worker: &Path,
    scenario: Scenario,
    progress: &Progress,
) -> Result<Vec<(&'static str, Outcome)>, String> {
    let mut seats = Vec::new();
    for &peer in options.peers() {
        seats.push(Seat::new(worker, peer, scenario)?);
    }
    for round in 0..of(scenario, options.quick) as usize {
        let count = seats.len();
        for place in 0..count {
            seats[(place + round) % count].take_turn(worker)?;
        }
        progress.step();
    }
    let outcomes = seats
        .into_iter()
        .map(|seat| (seat.peer.name(), seat.outcome));
    Ok(outcomes.collect())
}

fn start(program: &Path, peer: Peer, scenario: Scenario) -> Result<Result<Worker, String>, String> {
    let processor = machine::last_processor().to_string();
    Worker::start(
        program,
        &[peer.name(), scenario.name(), "turns", &processor],
    )
}

/// A peer with its worker and what it measured so far.
struct Seat {
    peer: Peer,
    scenario: Scenario,
    worker: Option<Worker>,
    outcome: Outcome,
}

impl Seat {
    fn new(program: &Path, peer: Peer, scenario: Scenario) -> Result<Seat, String> {
        let (worker, outcome) = match start(program, peer, scenario)? {
            Ok(worker) => (Some(worker), Ok(Vec::new())),
            Err(reason) => (None, Err(reason)),
        };
        Ok(Seat {
            peer,
            scenario,
            worker,
            outcome,
        })
    }

    fn take_turn(&mut self, program: &Path) -> Result<(), String> {
        let (Some(worker), Ok(samples)) = (&mut self.worker, &mut self.outcome) else {
            return Ok(());
        };
        samples.push(worker.turn()?);
        if self.scenario.unit() == Unit::Bytes {
            // What a process has freed it may use again, so memory is measured in a new one each time.
            self.worker = start(program, self.peer, self.scenario)?.ok();
        }
        Ok(())
    }
}
