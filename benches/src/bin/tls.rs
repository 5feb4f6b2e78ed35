//! `tls` measures what a TLS handshake and a TLS transfer cost in processor time, of both ends together: with rustls
//! moved by hand over mio, which is the least that a loop can do and through oneloop, taking turns in one run
//! (`src/tls`).
//!
//! Processor time of the process, user and system, is what counts: another program on the machine does not spend it.
//! The ratio of each round is taken by itself, and the median of these is held against the limit.

#![forbid(unsafe_code)]

use std::process::ExitCode;

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
    use std::process::ExitCode;

    use oneloop_benches::machine;
    use oneloop_benches::statistics::median;
    use oneloop_benches::table::table;
    use oneloop_benches::tls::{Made, TlsSide, Work, ours, raw, turn};

    /// How many times both sides take their turn; the first is for warming up.
    const ROUNDS: usize = 31;

    /// What is measured: its name, and how much of the raw loop's time it may take.
    const ROWS: [(&str, f64, Work); 3] = [
        ("full handshake", 1.07, Work::Full),
        ("resumed handshake", 1.07, Work::Resumed),
        ("64 KiB", 1.05, Work::Bulk),
    ];

    pub(super) fn main() -> ExitCode {
        machine::pin_to_one_processor();
        println!("{}", machine::describe());
        println!(
            "Processor time of both ends together, microseconds; medians of {} rounds.\n",
            ROUNDS - 1
        );
        let made = Made::new();
        let mut missed = 0;
        let mut rows = Vec::new();
        for (name, limit, work) in ROWS {
            let (raw, ours, ratio) = compare(&made, work);
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
    fn compare(made: &Made, work: Work) -> (f64, f64, f64) {
        let resume = work == Work::Resumed;
        let raw = raw::Side::new(made, resume);
        let ours = ours::Side::new(made, resume);
        let mut samples: [Vec<f64>; 3] = Default::default();
        for round in 0..ROUNDS {
            // Who is first may find a warmer or a colder cache: both are, in turns.
            let (raw, ours) = if round % 2 == 0 {
                let raw = turn(&raw, work);
                (raw, turn(&ours, work))
            } else {
                let ours = turn(&ours, work);
                (turn(&raw, work), ours)
            };
            if round > 0 {
                let per = 1e6 / work.operations() as f64;
                samples[0].push(raw * per);
                samples[1].push(ours * per);
                samples[2].push(ours / raw);
            }
        }
        let [raw, ours, ratio] = samples.map(|samples| median(&samples));
        (raw, ours, ratio)
    }
}
