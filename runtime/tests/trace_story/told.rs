//! The stories, which only a build with the feature `trace` tells. Next: `dropped.rs`.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;
use std::time::{Duration, Instant};

use oneloop::sync::{channel, oneshot};
use oneloop::trace::{Event, Outcome, Recorder};
use oneloop::{Loop, call_later, call_soon, create_task, gather, sleep, task, timeout, yield_now};

fn milliseconds(number: u64) -> Duration {
    Duration::from_millis(number)
}

/// Runs `main` on a paused clock and returns what was told of it.
pub(super) fn record(main: impl Future<Output = ()>) -> Recorder {
    let recorder = Recorder::new();
    let builder = Loop::builder().paused_clock().observer(recorder.clone());
    builder.build().unwrap().block_on(main);
    recorder
}

/// The lines without those that tell where one turn ends and another begins.
pub(super) fn story(recorder: &Recorder) -> Vec<String> {
    let mut lines = recorder.lines();
    lines.retain(|line| !line.starts_with("turn "));
    lines
}

#[test]
fn two_tasks_a_channel_and_a_timer_are_told_step_by_step() {
    let recorder = record(async {
        let (sender, mut receiver) = channel(1);
        let producer = task::Builder::new()
            .name("producer")
            .create_task(async move {
                sleep(milliseconds(5)).await;
                sender.send("item").await.unwrap();
            });
        assert_eq!(receiver.recv().await, Some("item"));
        producer.await.unwrap();
    });
    assert_eq!(
        story(&recorder),
        [
            "Task-1 is created", // `block_on` gives its future an identity
            "Task-1 is polled",
            "Task-2 (producer) is created by Task-1",
            "Task-1 waits", // for an item
            "Task-2 is polled",
            "timer 0 is set to 5.000 ms",
            "Task-2 waits",
            "timer 0 fires, due at 5.000 ms", // the paused clock jumped
            "Task-2 is woken by a timer",
            "Task-2 is polled",
            "Task-1 is woken by Task-2", // the item is in the channel
            "Task-2 is done",
            "Task-1 is polled", // it takes the item, and finds the producer done
            "Task-1 is done",
        ]
    );
}

#[test]
fn callbacks_and_cancellations_are_told_with_their_causes() {
    let recorder = record(async {
        let (sender, receiver) = oneshot::channel();
        call_soon(move || sender.send(()).unwrap());
        receiver.await.unwrap();
        let sleeper = create_task(sleep(milliseconds(50)));
        yield_now().await;
        sleeper.cancel();
        assert!(sleeper.await.unwrap_err().is_cancelled());
    });
    assert_eq!(
        story(&recorder),
        [
            "Task-1 is created",
            "Task-1 is polled",
            "callback 2 is added",
            "callback 2 is made ready by Task-1",
            "Task-1 waits",    // for the callback
            "callback 2 runs", // callbacks and tasks are numbered together
            "Task-1 is woken by callback 2",
            "callback 2 is done",
            "Task-1 is polled",
            "Task-3 is created by Task-1",
            "Task-1 is woken by itself", // `yield_now`
            "Task-1 waits",
            "Task-3 is polled",
            "timer 0 is set to 50.000 ms",
            "Task-3 waits",
            "Task-1 is polled",
            "Task-3 is asked to cancel",
            "Task-3 is woken by Task-1",
            "Task-1 awaits Task-3",
            "Task-1 waits",
            "Task-3 is polled",
            "Task-3 meets its cancellation",
            "timer 0 is cancelled", // the sleep is dropped
            "Task-3 is cancelled",
            "Task-1 is woken by Task-3",
            "Task-1 is polled",
            "Task-1 is done",
        ]
    );
}

#[test]
fn what_an_observer_does_when_the_loop_is_about_to_sleep_is_not_slept_through() {
    const LIMIT: Duration = Duration::from_secs(3);
    let (fast, slow) = (Duration::ZERO, milliseconds(1));
    let paused = || {
        let builder = Loop::builder().paused_clock();
        builder.deadlock_after(milliseconds(50))
    };
    for (builder, is_paused, after) in [
        (Loop::builder(), false, fast),
        (Loop::builder(), false, slow),
        (Loop::builder().debug(), false, slow),
        (paused(), true, fast),
        (paused(), true, slow),
    ] {
        let (sender, receiver) = oneshot::channel();
        let sender = Cell::new(Some(sender));
        let observer = move |_: Duration, event: &Event| {
            if let Event::Park { .. } = event
                && let Some(sender) = sender.take()
            {
                let send = move || _ = sender.send(());
                match after.is_zero() {
                    true => drop(call_soon(send)),
                    false => drop(call_later(after, send)),
                }
            }
        };
        let event_loop = builder.observer(observer).build().unwrap();
        let began = Instant::now();
        event_loop.block_on(async {
            match is_paused {
                // Without a timer of its own: it would jump, and not sleep.
                true => receiver.await.unwrap(),
                false => timeout(LIMIT, receiver).await.unwrap().unwrap(),
            }
        });
        assert!(began.elapsed() < LIMIT, "it slept past what it was to do");
    }
}

#[test]
fn a_panic_is_told_and_so_is_the_roots() {
    let recorder = Recorder::new();
    let event_loop = Loop::builder().observer(recorder.clone()).build().unwrap();
    let caught = catch_unwind(AssertUnwindSafe(|| {
        event_loop.block_on(async {
            let fails = create_task(async { panic!("told in the trace") });
            let error: Result<(), _> = fails.await;
            assert!(error.unwrap_err().is_panic());
            panic!("the root too")
        })
    }));
    assert!(caught.is_err());
    assert_eq!(
        story(&recorder),
        [
            "Task-1 is created",
            "Task-1 is polled",
            "Task-2 is created by Task-1",
            "Task-1 awaits Task-2",
            "Task-1 waits",
            "Task-2 is polled",
            "Task-2 panics",
            "Task-2 ends in a panic",
            "Task-1 is woken by Task-2",
            "Task-1 is polled",
            "Task-1 ends in a panic", // by unwinding, to the caller of `block_on`
        ]
    );
}

#[test]
fn a_wake_from_another_thread_is_told_as_such() {
    let recorder = Recorder::new();
    let event_loop = Loop::builder().observer(recorder.clone()).build().unwrap();
    event_loop.block_on(async {
        let mut thread = None;
        poll_fn(|context| {
            if thread.is_some() {
                return Poll::Ready(());
            }
            let waker = context.waker().clone();
            thread = Some(std::thread::spawn(move || waker.wake()));
            Poll::Pending
        })
        .await;
        thread.unwrap().join().unwrap();
    });
    let told = story(&recorder);
    assert!(
        told.contains(&"Task-1 is woken by another thread".to_string()),
        "{told:?}"
    );
}

/// What follows from the events so far; callbacks are kept among the tasks. `apply` panics where an event does not fit.
#[derive(Debug, Default, Clone, PartialEq)]
struct Picture {
    ready: BTreeSet<u64>,
    waiting: BTreeSet<u64>,
    running: Option<u64>,
    in_callback: Option<u64>,
    timers: BTreeMap<u64, Duration>,
    in_turn: bool,
}

impl Picture {
    fn apply(&mut self, event: &Event) {
        match event {
            Event::TurnBegin => assert!(!std::mem::replace(&mut self.in_turn, true)),
            Event::TurnEnd { .. } => assert!(std::mem::replace(&mut self.in_turn, false)),
            Event::Spawn { task, parent, .. } => {
                assert_eq!(*parent, self.running, "the parent is who runs");
                assert!(self.ready.insert(*task));
            }
            Event::Wake { task, .. } => {
                // The running task may be woken before its poll is over.
                assert!(self.waiting.remove(task) || self.running == Some(*task));
                assert!(self.ready.insert(*task), "Task-{task} was ready already");
            }
            Event::Poll { task } => {
                assert!(self.ready.remove(task), "Task-{task} was not ready");
                assert_eq!(self.running.replace(*task), None, "one task at a time");
            }
            Event::Polled { task, outcome } => {
                assert_eq!(self.running.take(), Some(*task));
                match outcome {
                    Outcome::Pending if !self.ready.contains(task) => {
                        assert!(self.waiting.insert(*task));
                    }
                    Outcome::Pending => {}
                    // It may have been woken in its last poll.
                    _ => drop(self.ready.remove(task)),
                }
            }
            Event::CancelDelivered { task } if self.running.is_none() => {
                // Before its first poll, or as its loop ends: what follows happens inside it.
                assert!(self.ready.remove(task) || self.waiting.remove(task));
                self.running = Some(*task);
            }
            Event::CancelDelivered { task } => assert_eq!(self.running, Some(*task)),
            Event::CallbackAdded { callback, .. } => assert!(self.waiting.insert(*callback)),
            Event::CallbackReady { callback, .. } => {
                assert!(self.waiting.remove(callback));
                assert!(self.ready.insert(*callback));
            }
            Event::CallbackRun { callback } => {
                assert!(self.ready.remove(callback));
                assert_eq!(self.in_callback.replace(*callback), None);
            }
            Event::CallbackDone { callback, outcome } => {
                let ran = self.in_callback.take() == Some(*callback);
                assert_eq!(ran, *outcome == Outcome::Ready);
                // One that was prevented, or whose loop ends, is dropped without having run.
                assert!(ran || self.ready.remove(callback) || self.waiting.remove(callback));
            }
            Event::Join { task, .. } => assert_eq!(self.running, Some(*task)),
            Event::TimerAdded { timer, deadline } => {
                assert_eq!(self.timers.insert(*timer, *deadline), None);
            }
            Event::TimerFired { timer, deadline } | Event::TimerCancelled { timer, deadline } => {
                assert_eq!(self.timers.remove(timer), Some(*deadline));
            }
            _ => {}
        }
    }
}

#[test]
fn the_events_of_random_programs_fit_together() {
    for seed in 1..=50 {
        let recorder = Recorder::new();
        let builder = Loop::builder().paused_clock().seed(seed);
        let event_loop = builder.observer(recorder.clone()).build().unwrap();
        event_loop.block_on(async {
            let workers = (0..10).map(|number| {
                create_task(async move {
                    for step in 0..6 {
                        match (seed + number * 7 + step * 3) % 7 {
                            0 => yield_now().await,
                            1 => sleep(milliseconds(number)).await,
                            2 => drop(timeout(milliseconds(step), pending::<()>()).await),
                            3 => drop(create_task(sleep(milliseconds(step))).await),
                            4 => drop(call_soon(|| drop(create_task(yield_now())))),
                            5 => call_later(milliseconds(number), || ()).cancel(),
                            _ => drop(create_task(pending::<()>()).cancel()),
                        }
                    }
                })
            });
            gather(workers).await;
        });
        drop(event_loop);
        let events = recorder.take();
        assert!(events.len() > 300, "seed {seed}: {} events", events.len());
        let mut picture = Picture::default();
        for (at, event) in &events {
            let before = picture.clone();
            let fits = catch_unwind(AssertUnwindSafe(|| picture.apply(event)));
            assert!(
                fits.is_ok(),
                "seed {seed}, {at:?}: {event:?} after {before:?}"
            );
        }
        assert_eq!(
            picture,
            Picture::default(),
            "seed {seed}: something is left"
        );
    }
}
