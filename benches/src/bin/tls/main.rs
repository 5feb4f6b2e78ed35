//! `tls` measures what a TLS handshake and a TLS transfer cost in processor time, of both ends together: with rustls
//! moved by hand over mio, which is the least that a loop can do (`raw.rs`), and through oneloop, taking turns in one
//! run (`ours.rs`).
//!
//! Processor time of the process, user and system, is what counts: another program on the machine does not spend it.
//! The ratio of each round is taken by itself, and the median of these is held against the limit.

#![forbid(unsafe_code)]

use std::process::ExitCode;

#[cfg(target_os = "linux")]
mod ours;
#[cfg(target_os = "linux")]
mod raw;

#[cfg(target_os = "linux")]
fn main() -> ExitCode {
    linux::main()
}

#[cfg(not(target_os = "linux"))]
fn main() -> ExitCode {
    eprintln!("tls: there is no clock of the process's time here: NOT CHECKED");
    ExitCode::from(77)
}

#[cfg(target_os = "linux")]
mod linux {
    use std::net::{TcpListener, TcpStream};
    use std::process::ExitCode;

    use oneloop_benches::machine;
    use oneloop_benches::statistics::median;
    use oneloop_benches::table::table;
    use rustix::time::{ClockId, clock_gettime};

    use crate::{ours, raw};

    /// How many times both sides take their turn; the first is for warming up.
    const ROUNDS: usize = 31;

    /// Handshakes in one turn.
    const HANDSHAKES: usize = 60;

    /// Pieces of 64 KiB in one turn.
    const PIECES: usize = 200;

    /// What is measured: its name, how many operations a turn has, and how much of the raw loop's time it may take.
    const ROWS: [(&str, usize, f64, Work); 3] = [
        ("full handshake", HANDSHAKES, 1.07, Work::Full),
        ("resumed handshake", HANDSHAKES, 1.07, Work::Resumed),
        ("64 KiB", PIECES, 1.05, Work::Bulk),
    ];

    /// What the sides do in a turn.
    #[derive(Clone, Copy, PartialEq)]
    enum Work {
        Full,
        Resumed,
        Bulk,
    }

    /// A certificate for `localhost`, and its key, in PEM.
    pub(crate) struct Made {
        pub(crate) certificate: String,
        pub(crate) key: String,
    }

    pub(super) fn main() -> ExitCode {
        machine::pin_to_one_processor();
        println!("{}", machine::describe());
        println!(
            "Processor time of both ends together, microseconds; medians of {} rounds.\n",
            ROUNDS - 1
        );
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])
            .expect("a certificate can be made");
        let made = Made {
            certificate: made.cert.pem(),
            key: made.signing_key.serialize_pem(),
        };
        let mut missed = 0;
        let mut rows = Vec::new();
        for (name, operations, limit, work) in ROWS {
            let (raw, ours, ratio) = compare(&made, operations, work);
            let kept = ratio <= limit;
            missed += usize::from(!kept);
            rows.push(vec![
                name.to_owned(),
                format!("{raw:.1}"),
                format!("{ours:.1}"),
                format!("{ratio:.3}"),
                format!("<= {limit}"),
                if kept { "yes" } else { "MISSED" }.to_owned(),
            ]);
        }
        let head = [
            "operation",
            "rustls over mio",
            "oneloop",
            "ratio",
            "limit",
            "ok",
        ];
        print!("{}", table(&head, &rows));
        println!("\n{} of {} limits kept", rows.len() - missed, rows.len());
        ExitCode::from(u8::from(missed > 0))
    }

    /// The medians of both sides' times for one operation, and of the ratios.
    fn compare(made: &Made, operations: usize, work: Work) -> (f64, f64, f64) {
        let resume = work == Work::Resumed;
        let raw = raw::Side::new(made, resume);
        let ours = ours::Side::new(made, resume);
        let mut samples: [Vec<f64>; 3] = Default::default();
        for round in 0..ROUNDS {
            let raw_turn = || match work {
                Work::Bulk => raw.transfer(pairs(1).remove(0), PIECES, processor_time),
                _ => raw.shake(pairs(HANDSHAKES), processor_time),
            };
            let our_turn = || match work {
                Work::Bulk => ours.transfer(pairs(1).remove(0), PIECES, processor_time),
                _ => ours.shake(pairs(HANDSHAKES), processor_time),
            };
            // Who is first may find a warmer or a colder cache: both are, in turns.
            let (raw, ours) = if round % 2 == 0 {
                let raw = raw_turn();
                (raw, our_turn())
            } else {
                let ours = our_turn();
                (raw_turn(), ours)
            };
            if round > 0 {
                let per = 1e6 / operations as f64;
                samples[0].push(raw * per);
                samples[1].push(ours * per);
                samples[2].push(ours / raw);
            }
        }
        let [raw, ours, ratio] = samples.map(|samples| median(&samples));
        (raw, ours, ratio)
    }

    /// Pairs of connected sockets: the client's end and the server's.
    fn pairs(count: usize) -> Vec<(TcpStream, TcpStream)> {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback is there");
        let address = listener.local_addr().expect("it is bound");
        let pair = || {
            let client = TcpStream::connect(address).expect("it listens");
            let (server, _) = listener.accept().expect("somebody connects");
            for stream in [&client, &server] {
                stream.set_nodelay(true).expect("it is a TCP socket");
                stream.set_nonblocking(true).expect("every socket can be");
            }
            (client, server)
        };
        (0..count).map(|_| pair()).collect()
    }

    /// The processor time of this process so far, in seconds.
    fn processor_time() -> f64 {
        let now = clock_gettime(ClockId::ProcessCPUTime);
        now.tv_sec as f64 + now.tv_nsec as f64 / 1e9
    }
}
