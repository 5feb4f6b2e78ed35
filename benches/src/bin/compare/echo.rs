//! A hundred connections to a server in another process: this one is the load, and the kernel tells what processor time
//! the server took for a message.

use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Instant;

use oneloop_benches::floor::sockets::Load;
use oneloop_benches::machine;
use oneloop_benches::peer::Peer;
use oneloop_benches::scenario::{CONNECTIONS, Scenario};

use crate::budget;
use crate::options::Options;
use crate::processes::failed;
use crate::progress::Progress;
use crate::rounds::Outcome;
use crate::servers::Server;

/// Messages of one turn, on all connections together.
const MESSAGES: usize = 10_000;

/// A server and the load on it, or the reason why there is none.
type Seat = Result<(Server, Load), String>;

/// Measures the scenario on every peer.
pub(crate) fn measure(
    options: &Options,
    worker: &Path,
    progress: &Progress,
) -> Vec<(&'static str, Outcome)> {
    if machine::last_processor() == 0 {
        let reason = "the load would take the server's processor: there is one only";
        let cannot = |peer: &Peer| (peer.name(), Err(reason.to_string()));
        return options.peers().iter().map(cannot).collect();
    }
    let mut seats: Vec<Seat> = options
        .peers()
        .iter()
        .map(|&peer| start(worker, peer))
        .collect();
    // On a thread of its own, since what this thread may use its later children would inherit.
    let samples = thread::scope(|scope| {
        let load = scope.spawn(|| {
            machine::pin(0);
            take_turns(options, &mut seats, progress)
        });
        load.join().expect("it does not panic")
    });
    let outcomes = seats.into_iter().zip(samples);
    let outcomes = outcomes.map(|(seat, samples)| seat.map(|_| samples));
    let names = options.peers().iter().map(|peer| peer.name());
    names.zip(outcomes).collect()
}

/// The samples of each seat; who fails is out.
fn take_turns(options: &Options, seats: &mut [Seat], progress: &Progress) -> Vec<Vec<Vec<f64>>> {
    let mut samples = vec![Vec::new(); seats.len()];
    let plan = budget::of(Scenario::Echo100, options.quick);
    let start = Instant::now();
    for round in 0..plan.rounds {
        if plan.is_over(round, start.elapsed(), seats.len()) {
            progress.steps((plan.rounds - round) as u64);
            break;
        }
        let count = seats.len();
        for place in (0..count).map(|place| (place + round) % count) {
            let Ok((server, load)) = &mut seats[place] else {
                continue;
            };
            match turn(server, load) {
                Ok(sample) => samples[place].push(vec![sample]),
                Err(reason) => {
                    eprintln!("compare: echo_100: {reason}; the rest goes on");
                    seats[place] = Err(reason);
                }
            }
        }
        progress.step();
    }
    samples
}

fn start(worker: &Path, peer: Peer) -> Seat {
    let processor = machine::last_processor().to_string();
    let arguments = [peer.name(), Scenario::Echo100.name(), "serve", &processor];
    let server = Server::of(Command::new(worker).args(arguments))?;
    let load = Load::new(server.address(), CONNECTIONS);
    load.map(|load| (server, load))
        .map_err(|error| failed(&error))
}

/// Nanoseconds of the server's processor time for one message.
fn turn(server: &Server, load: &mut Load) -> Result<f64, String> {
    let before = server.processor_time()?;
    load.run(MESSAGES).map_err(|error| failed(&error))?;
    let spent = server.processor_time()? - before;
    Ok(spent.as_nanos() as f64 / MESSAGES as f64)
}
