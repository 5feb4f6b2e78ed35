//! `lateness` measures how late sleeps end: random ones of 1 to 2 ms and fixed ones of 1 ms, on a hand-written timerfd
//! loop (what the kernel allows), on oneloop and on tokio, taking turns in one run.
//!
//! Random durations are what counts. A fixed one may be in step with a wheel's tick and flatter it. The run fails when
//! half of our random sleeps are later than the hand-written loop's median and 25 µs.

#![forbid(unsafe_code)]

use std::process::ExitCode;

#[cfg(target_os = "linux")]
fn main() -> ExitCode {
    linux::main()
}

#[cfg(not(target_os = "linux"))]
fn main() -> ExitCode {
    eprintln!("lateness: there is no timerfd here to compare with: NOT CHECKED");
    ExitCode::from(77)
}

#[cfg(target_os = "linux")]
mod linux {
    use std::process::ExitCode;
    use std::time::Duration;

    use oneloop_benches::floor::timer_loop;
    use oneloop_benches::machine;
    use oneloop_benches::statistics::quantile;
    use oneloop_benches::table::table;
    use oneloop_benches::turn::{Random, late_by};

    /// How many times all sides take their turn.
    const ROUNDS: usize = 20;

    /// Sleeps in one turn.
    const SLEEPS: usize = 50;

    /// How much later than the hand-written loop our median may be.
    const ALLOWED: Duration = Duration::from_micros(25);

    /// The table's rows: who sleeps.
    #[derive(Clone, Copy)]
    enum Sleeper {
        Timerfd,
        Oneloop,
        Tokio,
    }

    impl Sleeper {
        const ALL: [Sleeper; 3] = [Sleeper::Timerfd, Sleeper::Oneloop, Sleeper::Tokio];

        fn name(self) -> &'static str {
            match self {
                Sleeper::Timerfd => "timerfd loop",
                Sleeper::Oneloop => "oneloop",
                Sleeper::Tokio => "tokio",
            }
        }
    }

    pub(super) fn main() -> ExitCode {
        let machines = Machines::new();
        println!("{}", machine::describe());
        println!(
            "How late {} sleeps of each kind ended, microseconds.\n",
            ROUNDS * SLEEPS
        );
        let mut random = Random::default();
        let mut rows = Vec::new();
        let half_late = machines.measure("random 1-2 ms", &mut rows, || {
            Duration::from_nanos(1_000_000 + random.below(1_000_000))
        });
        machines.measure("1 ms", &mut rows, || Duration::from_millis(1));
        let head = ["sleeps", "p50", "p90", "p99", "largest"];
        print!("{}", table(&head, &rows));

        let [floor, ours, _] = half_late;
        let limit = floor + ALLOWED;
        let kept = ours <= limit;
        println!(
            "\nrandom sleeps, p50: {} us, limit {} us (timerfd loop + {} us): {}",
            ours.as_micros(),
            limit.as_micros(),
            ALLOWED.as_micros(),
            if kept { "kept" } else { "MISSED" }
        );
        ExitCode::from(u8::from(!kept))
    }

    /// The two loops, made once; the hand-written one is made for each turn.
    struct Machines {
        oneloop: oneloop::Loop,
        tokio: tokio::runtime::Runtime,
    }

    impl Machines {
        fn new() -> Machines {
            Machines {
                oneloop: oneloop::Loop::new().expect("the kernel gives the loop its descriptors"),
                tokio: tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .expect("the kernel gives the runtime its descriptors"),
            }
        }

        /// Measures all sides by turns, adds their rows, and returns their medians in the order of `Sleeper::ALL`.
        fn measure(
            &self,
            kind: &str,
            rows: &mut Vec<Vec<String>>,
            mut duration: impl FnMut() -> Duration,
        ) -> [Duration; 3] {
            let mut late: [Vec<Duration>; 3] = Default::default();
            for _ in 0..ROUNDS {
                let durations: Vec<Duration> = (0..SLEEPS).map(|_| duration()).collect();
                for (sleeper, late) in Sleeper::ALL.into_iter().zip(&mut late) {
                    late.extend(self.sleep_all(sleeper, durations.clone()));
                }
            }
            for (sleeper, late) in Sleeper::ALL.into_iter().zip(&mut late) {
                late.sort();
                let cell = |part: f64| quantile(late, part).as_micros().to_string();
                rows.push(vec![
                    format!("{kind}, {}", sleeper.name()),
                    cell(0.5),
                    cell(0.9),
                    cell(0.99),
                    cell(1.0),
                ]);
            }
            late.map(|late| quantile(&late, 0.5))
        }

        fn sleep_all(&self, sleeper: Sleeper, durations: Vec<Duration>) -> Vec<Duration> {
            match sleeper {
                Sleeper::Timerfd => timer_loop::sleeps(durations),
                Sleeper::Oneloop => self.oneloop.block_on(late_by(durations, oneloop::sleep)),
                Sleeper::Tokio => self.tokio.block_on(late_by(durations, tokio::time::sleep)),
            }
        }
    }
}
