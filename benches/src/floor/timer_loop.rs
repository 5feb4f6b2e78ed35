//! The least that a loop can do: one timerfd and one eventfd in one epoll.

use std::collections::BTreeMap;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{EventfdFlags, epoll, eventfd};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};

use crate::machine::processor_time;
use crate::scenario::SLEEPERS;
use crate::turn::Random;

/// A timerfd in an epoll.
#[derive(Debug)]
pub struct TimerLoop {
    epoll: OwnedFd,
    timer: OwnedFd,
}

impl TimerLoop {
    /// Makes the descriptors.
    pub fn new() -> TimerLoop {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).expect("a descriptor is left");
        let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::CLOEXEC)
            .expect("a descriptor is left");
        let event_loop = TimerLoop { epoll, timer };
        event_loop.watch(&event_loop.timer);
        event_loop
    }

    /// Watches a descriptor, edge-triggered, so that it need not be read: what sets it again makes the next edge.
    fn watch(&self, descriptor: &OwnedFd) {
        let flags = epoll::EventFlags::IN | epoll::EventFlags::ET;
        epoll::add(&self.epoll, descriptor, epoll::EventData::new_u64(0), flags)
            .expect("epoll takes timers and events");
    }

    /// Sleeps in the kernel until the time is over.
    pub fn sleep(&self, duration: Duration) {
        let once = Itimerspec {
            it_interval: Timespec {
                tv_sec: 0,
                tv_nsec: 0,
            },
            it_value: Timespec::try_from(duration).expect("milliseconds fit"),
        };
        timerfd_settime(&self.timer, TimerfdTimerFlags::empty(), &once)
            .expect("the duration is a valid one");
        self.wait();
    }

    /// Waits for an edge.
    fn wait(&self) {
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

impl Default for TimerLoop {
    fn default() -> TimerLoop {
        TimerLoop::new()
    }
}

/// Sleeps one duration after the other and says how late each sleep ended.
pub fn sleeps(durations: Vec<Duration>) -> Vec<Duration> {
    let event_loop = TimerLoop::new();
    let mut late = Vec::with_capacity(durations.len());
    for duration in durations {
        let deadline = Instant::now() + duration;
        event_loop.sleep(duration);
        late.push(deadline.elapsed());
    }
    late
}

/// Boxed callbacks in a tree, each at its deadline; the answer is processor time.
pub fn sleepers(steps: u64) -> Duration {
    let mut random = Random::default();
    let event_loop = TimerLoop::new();
    let start = processor_time();
    for _ in 0..steps {
        let mut timers: BTreeMap<(Instant, u64), Box<dyn FnOnce() -> u64>> = BTreeMap::new();
        for number in 0..SLEEPERS {
            let duration = Duration::from_micros(20_000 + random.below(100_000));
            timers.insert(
                (Instant::now() + duration, number),
                Box::new(move || number),
            );
        }
        while let Some((&(deadline, _), _)) = timers.first_key_value() {
            let left = deadline.saturating_duration_since(Instant::now());
            if !left.is_zero() {
                event_loop.sleep(left);
            }
            let now = Instant::now();
            while let Some(entry) = timers.first_entry() {
                let (deadline, number) = *entry.key();
                if deadline > now {
                    break;
                }
                assert_eq!(entry.remove()(), number);
            }
        }
    }
    processor_time() - start
}

/// A question to a thread that sleeps until it comes, and the answer through an eventfd.
pub fn cross_thread(steps: u64) -> Duration {
    let (to_thread, questions) = mpsc::channel::<u64>();
    let (to_here, answers) = mpsc::channel::<u64>();
    let event_loop = TimerLoop::new();
    let bell = eventfd(0, EventfdFlags::CLOEXEC).expect("a descriptor is left");
    let bell = Arc::new(bell);
    event_loop.watch(&bell);
    let their_bell = Arc::clone(&bell);
    let other = thread::spawn(move || {
        for question in questions {
            to_here.send(question).expect("the other end lives");
            rustix::io::write(&*their_bell, &1_u64.to_ne_bytes()).expect("it counts far");
        }
    });
    let start = Instant::now();
    for question in 0..steps {
        to_thread.send(question).expect("the thread lives");
        event_loop.wait();
        assert_eq!(answers.try_recv(), Ok(question));
    }
    let time = start.elapsed();
    drop(to_thread);
    other.join().expect("the thread does not panic");
    time
}
