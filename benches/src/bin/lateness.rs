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
    use std::mem::MaybeUninit;
    use std::os::fd::OwnedFd;
    use std::process::ExitCode;
    use std::time::{Duration, Instant};

    use oneloop_benches::machine;
    use oneloop_benches::statistics::quantile;
    use oneloop_benches::table::table;
    use rustix::event::epoll;
    use rustix::time::{
        Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
        timerfd_settime,
    };

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
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        let mut rows = Vec::new();
        let half_late = machines.measure("random 1-2 ms", &mut rows, || {
            Duration::from_nanos(1_000_000 + random.next() % 1_000_000)
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

    /// The three loops, made once.
    struct Machines {
        timerfd: TimerLoop,
        oneloop: oneloop::Loop,
        tokio: tokio::runtime::Runtime,
    }

    impl Machines {
        fn new() -> Machines {
            Machines {
                timerfd: TimerLoop::new(),
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
                Sleeper::Timerfd => durations
                    .into_iter()
                    .map(|duration| {
                        let deadline = Instant::now() + duration;
                        self.timerfd.sleep(duration);
                        deadline.elapsed()
                    })
                    .collect(),
                Sleeper::Oneloop => self.oneloop.block_on(late_by(durations, oneloop::sleep)),
                Sleeper::Tokio => self.tokio.block_on(late_by(durations, tokio::time::sleep)),
            }
        }
    }

    /// Sleeps one duration after the other and returns how late each sleep ended.
    async fn late_by<F>(durations: Vec<Duration>, sleep: impl Fn(Duration) -> F) -> Vec<Duration>
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

    /// The least that a loop can do: one timerfd in one epoll.
    struct TimerLoop {
        epoll: OwnedFd,
        timer: OwnedFd,
    }

    impl TimerLoop {
        fn new() -> TimerLoop {
            let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).expect("a descriptor is left");
            let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::CLOEXEC)
                .expect("a descriptor is left");
            // Edge-triggered, so that an expired timer need not be read: setting it again makes the next edge.
            let flags = epoll::EventFlags::IN | epoll::EventFlags::ET;
            epoll::add(&epoll, &timer, epoll::EventData::new_u64(0), flags)
                .expect("epoll takes a timer");
            TimerLoop { epoll, timer }
        }

        fn sleep(&self, duration: Duration) {
            let once = Itimerspec {
                it_interval: Timespec {
                    tv_sec: 0,
                    tv_nsec: 0,
                },
                it_value: Timespec::try_from(duration).expect("milliseconds fit"),
            };
            timerfd_settime(&self.timer, TimerfdTimerFlags::empty(), &once)
                .expect("the duration is a valid one");
            let mut events = [MaybeUninit::uninit(); 1];
            loop {
                match epoll::wait(&self.epoll, &mut events, None) {
                    Ok((ready, _)) if !ready.is_empty() => return,
                    // A signal or nothing: wait on.
                    _ => {}
                }
            }
        }
    }

    /// A small generator of random numbers (xorshift): the same durations in every run.
    struct Random(u64);

    impl Random {
        fn next(&mut self) -> u64 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            self.0
        }
    }
}
