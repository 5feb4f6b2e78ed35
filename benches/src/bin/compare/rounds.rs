//! Rounds: in each, every peer has one turn, in an order that moves on by one place each time, so that nobody is always
//! the first or always behind the same neighbor.
//!
//! A worker is replaced after some rounds. Where a program's memory lies is decided when it starts, and moves a number by
//! some percent: rounds of one process alone would agree with each other better than with those of the next run.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use oneloop_benches::machine;
use oneloop_benches::scenario::Scenario;

use crate::budget::{self, Cell};
use crate::options::Options;
use crate::processes::{FAILED, PATIENCE, Worker};
use crate::progress::Progress;

/// What came of one peer: the samples of each round, or why there are none.
pub(crate) type Outcome = Result<Vec<Vec<f64>>, String>;

/// Measures one scenario on every peer.
pub(crate) fn measure(
    options: &Options,
    worker: &Path,
    scenario: Scenario,
    progress: &Progress,
) -> Vec<(&'static str, Outcome)> {
    let seat = |peer: &oneloop_benches::peer::Peer| {
        let name = peer.name();
        Seat::new(name, move || turns(worker, name, scenario.name()))
    };
    let seats = options.peers().iter().map(seat).collect();
    take_turns(
        scenario.name(),
        seats,
        &budget::of(scenario, options.quick),
        progress,
    )
}

/// The command of a worker that takes turns.
pub(crate) fn turns(program: &Path, peer: &str, scenario: &str) -> Command {
    let mut command = Command::new(program);
    let processor = machine::last_processor().to_string();
    command.args([peer, scenario, "turns", &processor]);
    command
}

/// Lets the seats take turns, as many rounds as planned.
pub(crate) fn take_turns(
    row: &str,
    mut seats: Vec<Seat<'_>>,
    plan: &Cell,
    progress: &Progress,
) -> Vec<(&'static str, Outcome)> {
    let start = Instant::now();
    for round in 0..plan.rounds {
        if plan.is_over(round, start.elapsed(), seats.len()) {
            progress.steps((plan.rounds - round) as u64);
            break;
        }
        let count = seats.len();
        for place in 0..count {
            let seat = &mut seats[(place + round) % count];
            if round % plan.renew == 0 {
                seat.renew();
            }
            seat.take_turn();
        }
        progress.step();
    }
    let outcomes = seats.into_iter().map(|seat| {
        if let Err(reason) = &seat.outcome
            && reason.starts_with(FAILED)
        {
            eprintln!("compare: {row}, {}: {reason}; the rest goes on", seat.peer);
        }
        (seat.peer, seat.outcome)
    });
    outcomes.collect()
}

/// A peer with its worker and what it measured so far.
pub(crate) struct Seat<'a> {
    peer: &'static str,
    command: Box<dyn Fn() -> Command + 'a>,
    worker: Option<Worker>,
    outcome: Outcome,
}

impl<'a> Seat<'a> {
    /// A peer whose worker is started by that command.
    pub(crate) fn new(peer: &'static str, command: impl Fn() -> Command + 'a) -> Seat<'a> {
        Seat {
            peer,
            command: Box::new(command),
            worker: None,
            outcome: Ok(Vec::new()),
        }
    }

    /// A peer that has no numbers here.
    pub(crate) fn without(peer: &'static str, reason: String) -> Seat<'a> {
        Seat {
            outcome: Err(reason),
            ..Seat::new(peer, || Command::new("false"))
        }
    }

    /// Starts a worker in place of the last one.
    fn renew(&mut self) {
        self.worker = None;
        if self.outcome.is_ok() {
            match Worker::start((self.command)(), PATIENCE) {
                Ok(worker) => self.worker = Some(worker),
                Err(reason) => self.outcome = Err(reason),
            }
        }
    }

    fn take_turn(&mut self) {
        let (Some(worker), Ok(samples)) = (&mut self.worker, &mut self.outcome) else {
            return;
        };
        match worker.turn() {
            Ok(sample) => samples.push(sample),
            Err(reason) => self.outcome = Err(reason),
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::process::Command;
    use std::time::Duration;

    use super::{Seat, take_turns};
    use crate::budget::Cell;
    use crate::progress::Progress;

    #[test]
    fn who_fails_is_out_and_the_others_go_on_with_new_processes() {
        let seat = |peer, script: &'static str| {
            Seat::new(peer, move || {
                let mut command = Command::new("sh");
                command.args(["-c", script]);
                command
            })
        };
        let plan = Cell {
            rounds: 4,
            least: 4,
            renew: 2,
            turn: Duration::ZERO,
            start: Duration::ZERO,
        };
        let seats = vec![
            seat("good", "echo ready; while read turn; do echo $$; done"),
            seat("bad", "echo ready; read turn; echo 1; read turn; exit 1"),
            Seat::without("none", "it cannot".to_string()),
        ];
        let outcomes = take_turns("row", seats, &plan, &Progress::new(4));
        let good = outcomes[0].1.as_ref().expect("it goes on");
        assert_eq!(good.len(), 4);
        assert!(good[0] == good[1] && good[1] != good[2] && good[2] == good[3]);
        assert!(
            outcomes[1]
                .1
                .as_ref()
                .is_err_and(|why| why.contains("status: 1"))
        );
        assert_eq!(outcomes[2].1, Err("it cannot".to_string()));
    }
}
