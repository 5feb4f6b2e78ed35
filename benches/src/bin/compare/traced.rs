//! What feature `trace` costs: off, as a program has it without asking; on, with nobody watching; and with an observer
//! that counts the events.

use std::time::Duration;

use oneloop_benches::callgrind;
use oneloop_benches::peer::Peer;
use oneloop_benches::scenario::{Group, Scenario};

use crate::budget::{self, LEAST};
use crate::options::Options;
use crate::programs::Programs;
use crate::progress::Progress;
use crate::rounds::{Seat, take_turns, turns};
use crate::rows::{Better, Row};

/// The rows.
pub(crate) const NAMES: [&str; 3] = ["trace_spawn_join", "trace_yield_self", "trace_pingpong"];

/// What each of them runs.
const SCENARIOS: [Scenario; 3] = [Scenario::SpawnJoin, Scenario::YieldSelf, Scenario::PingPong];

/// The columns, the program that each is run with, and what that program is asked for.
const COLUMNS: [(&str, bool, Peer); 3] = [
    ("oneloop", false, Peer::Oneloop),
    ("oneloop-trace", true, Peer::Oneloop),
    ("oneloop-observed", true, Peer::Observed),
];

/// The rows that were asked for; a quick run has none.
fn wanted(options: &Options) -> impl Iterator<Item = usize> {
    let wants = |&row: &usize| options.extras() && options.wants(NAMES[row], Group::Trace);
    (0..NAMES.len()).filter(wants)
}

/// What they take on a quiet machine.
pub(crate) fn time(options: &Options) -> Duration {
    let cell = |row: usize| budget::of(SCENARIOS[row], false).time() + budget::COUNTING;
    wanted(options).map(cell).sum::<Duration>() * COLUMNS.len() as u32
}

/// Whether a row was asked for.
pub(crate) fn is_wanted(options: &Options) -> bool {
    wanted(options).next().is_some()
}

/// Measures what was asked for.
pub(crate) fn measure(options: &Options, programs: &Programs) -> Vec<Row> {
    let program = |with_trace: bool| match with_trace {
        true => &programs.traced,
        false => &programs.worker,
    };
    let progress = Progress::new(wanted(options).map(|row| rounds(row) as u64).sum());
    let mut rows = Vec::new();
    for row in wanted(options) {
        let scenario = SCENARIOS[row];
        progress.say(NAMES[row]);
        let seat =
            |(column, with_trace, peer): (&'static str, bool, Peer)| match program(with_trace) {
                Err(reason) => Seat::without(column, reason.clone()),
                Ok(program) => {
                    Seat::new(column, move || turns(program, peer.name(), scenario.name()))
                }
            };
        let seats = COLUMNS.map(seat).into_iter().collect();
        let plan = budget::of(scenario, false);
        let outcomes = take_turns(NAMES[row], seats, &plan, &progress);
        let (name, unit) = (NAMES[row], scenario.unit().name());
        let mut measured = Row::of_one(name, Group::Trace, unit, "oneloop", Better::Less, outcomes);
        if callgrind::available() {
            for (column, with_trace, peer) in COLUMNS {
                let numbers = measured.numbers_mut(column);
                if let (Some(numbers), Ok(program)) = (numbers, program(with_trace)) {
                    let counted = callgrind::one_operation(program, peer, scenario);
                    numbers.instructions = counted.ok();
                }
            }
        }
        rows.push(measured);
    }
    progress.finish();
    rows
}

fn rounds(row: usize) -> usize {
    budget::of(SCENARIOS[row], false).rounds.max(LEAST)
}
