//! [`Builder`]: a loop's settings.

use super::Loop;
use super::core::{Core, Settings};
use super::inbox::Inbox;
use super::turn::OtherWait;
use crate::context::take_notes;
use crate::debug::{Debug, OnStall, SLOW};
use crate::part_cell::PartCell;
use crate::reactor::Reactor;
use crate::task::doorbell::Doorbell;
use crate::task::raw::Scheduler;
use crate::task::report::Handler;
use crate::task::{PanicPolicy, Report};
use crate::time::{Clock, TimerWheel};
use crate::trace::{ENABLED, Observer, Tracer};
use std::cell::Cell;
use std::fmt;
use std::io;
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// How often a turn looks at the kernel: after so many polls. More makes a busy loop a little
/// faster, fewer makes it notice sockets and timers earlier.
const POLLS_PER_LOOK: u32 = 256;

/// How long a loop with a paused clock waits before it says that nothing happens: longer than a
/// thread needs to begin on a busy machine, shorter than the patience of whoever runs a test.
const DEADLOCK_AFTER: Duration = Duration::from_secs(5);

/// The settings of a loop to be.
///
/// ```
/// let event_loop = oneloop::Loop::builder()
///     .paused_clock()
///     .seed(7)
///     .panic_policy(oneloop::PanicPolicy::Propagate)
///     .build()?;
/// # let _ = event_loop;
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use = "a Builder makes nothing until `build`"]
pub struct Builder {
    paused: bool,
    jump_anyway: bool,
    deadlock_after: Duration,
    seed: Option<u64>,
    rare: Rare,
    polls_per_look: u32,
    panic_policy: PanicPolicy,
    observer: Option<Rc<dyn Observer>>,
    handler: Option<Handler>,
    slow: Duration,
    on_stall: Option<OnStall>,
}

impl Builder {
    pub(super) fn new() -> Builder {
        Builder {
            paused: false,
            jump_anyway: false,
            deadlock_after: DEADLOCK_AFTER,
            seed: None,
            rare: Rare::default(),
            polls_per_look: POLLS_PER_LOOK,
            panic_policy: PanicPolicy::Report,
            observer: None,
            handler: None,
            slow: SLOW,
            on_stall: None,
        }
    }

    /// Gives the loop a clock that stands still while anything is ready and jumps to the next
    /// timer when nothing is: a day of sleeping takes no time.
    ///
    /// | what the tasks wait for | what the clock does |
    /// | --- | --- |
    /// | timers alone | it jumps to the next one, at once |
    /// | a timer, and a socket is registered or a [`Remote`](crate::Remote) lives | it stands still, and the loop sleeps until the socket or the `Remote` brings something: a `timeout` around a silent peer does **not** fire. [`jump_anyway`](Builder::jump_anyway) lets it, [`Loop::advance`] moves the time by hand, and an in-memory stream in the socket's place registers nothing. Where nothing came for 5 s ([`deadlock_after`](Builder::deadlock_after)), a [report](crate::ReportKind::ClockStands) says all this, once until something runs |
    /// | nobody: no timer, socket or `Remote` is left | [`block_on`](Loop::block_on) panics and names the tasks: see [`deadlock_after`](Builder::deadlock_after) |
    ///
    /// A socket counts from its first operation that had to wait until it is dropped, whether or not
    /// anybody waits for it at the moment. A `Remote` counts as long as one of its clones lives, on
    /// whatever thread; so keep none that is not needed.
    ///
    /// ```
    /// use std::time::Duration;
    /// let event_loop = oneloop::Loop::builder().paused_clock().build()?;
    /// let slept = event_loop.block_on(async {
    ///     let start = oneloop::now();
    ///     oneloop::sleep(Duration::from_secs(86_400)).await;
    ///     oneloop::now() - start
    /// });
    /// assert_eq!(slept, Duration::from_secs(86_400));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn paused_clock(mut self) -> Builder {
        self.paused = true;
        self.rare.wait = Some(Core::wait_paused);
        self.rare.deadlock = Some(Core::deadlock);
        self.rare.is_deserted = Some(Core::is_deserted);
        take_notes();
        self
    }

    /// Lets a paused clock jump although a descriptor is registered or a `Remote` lives.
    ///
    /// With it, time goes on whenever no task is ready, be it that an answer is on its way: a time-out
    /// of an hour may fire before a peer on the same machine has answered. It serves where the tasks
    /// wait for time only while sockets (a listener, say) are merely open. Without a timer the loop
    /// waits for the sockets as ever.
    ///
    /// ```
    /// use std::time::Duration;
    /// let event_loop = oneloop::Loop::builder().paused_clock().jump_anyway().build()?;
    /// let remote = event_loop.handle().remote();
    /// event_loop.block_on(async { oneloop::sleep(Duration::from_secs(3600)).await });
    /// # drop(remote);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn jump_anyway(mut self) -> Builder {
        self.jump_anyway = true;
        self
    }

    /// Says how long a loop with a paused clock waits, in real time, when nothing can happen any more,
    /// until [`block_on`](Loop::block_on) and [`run_forever`](Loop::run_forever) panic with the names
    /// of the tasks that are left: 5 seconds if not set, `Duration::MAX` for ever. A real clock has no
    /// such thing.
    ///
    /// "Nothing can happen" means: no task is ready, no timer set, no descriptor registered, and no
    /// [`Remote`](crate::Remote) or [`RemoteTask`](crate::RemoteTask) lives. What a loop cannot know is
    /// whether a bare `Waker` of one of its tasks went to another thread, and that is what it waits
    /// for. Let such a thread hold a `Remote` while it works, and the loop waits as long as that lives.
    ///
    /// Where a timer waits, and a socket or a `Remote` keeps the clock from a jump to it, the loop goes on
    /// waiting after as long, but [reports](crate::ReportKind::ClockStands) that and the tasks, once.
    ///
    /// ```
    /// use oneloop::sync::Promise;
    /// use std::panic::{AssertUnwindSafe, catch_unwind};
    /// use std::time::Duration;
    ///
    /// let event_loop = oneloop::Loop::builder()
    ///     .paused_clock()
    ///     .deadlock_after(Duration::from_millis(100))
    ///     .build()?;
    /// let promise = Promise::<i32>::new(); // and nobody sets it
    /// let panic = catch_unwind(AssertUnwindSafe(|| event_loop.block_on(async { (&promise).await })));
    /// let text = panic.unwrap_err().downcast::<String>().unwrap();
    /// assert!(text.starts_with("deadlock"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn deadlock_after(mut self, patience: Duration) -> Builder {
        self.deadlock_after = patience;
        self
    }

    /// Runs each batch of ready tasks in an order that depends on `seed` alone, to find hidden
    /// assumptions about order. See [`testing::explore`](crate::testing::explore). Nor does a turn end
    /// after some time then, but after so many polls alone.
    ///
    /// ```
    /// let event_loop = oneloop::Loop::builder().seed(1).build()?;
    /// event_loop.block_on(async {});
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn seed(mut self, seed: u64) -> Builder {
        self.seed = Some(seed);
        self.rare.shuffle = Some(Scheduler::set_shuffle);
        self
    }

    /// Looks at sockets and timers after at most so many polls (256 if not set; 0 counts as 1).
    /// Sooner, if those polls take longer than 5 ms and somebody waits for a timer, a socket, another
    /// thread or, as a host, for the turn's end: work that is split by
    /// [`yield_now`](crate::yield_now) lets them have their time in between.
    ///
    /// ```
    /// let event_loop = oneloop::Loop::builder().polls_per_look(32).build()?;
    /// event_loop.block_on(async {});
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn polls_per_look(mut self, polls: u32) -> Builder {
        self.polls_per_look = polls.max(1);
        self
    }

    /// Says what happens when a task panics; [`PanicPolicy::Report`] if not set.
    ///
    /// ```
    /// use oneloop::{Loop, PanicPolicy};
    /// let event_loop = Loop::builder().panic_policy(PanicPolicy::Propagate).build()?;
    /// # let _ = event_loop;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn panic_policy(mut self, policy: PanicPolicy) -> Builder {
        self.panic_policy = policy;
        self
    }

    /// Switches debug mode on: asyncio's `debug=True`.
    ///
    /// The loop's exception handler ([`Handle::set_exception_handler`]), or standard error, then also
    /// hears of
    ///
    /// - each step (a poll, a callback) that holds the loop for longer than
    ///   [`slow_callback_duration`](Builder::slow_callback_duration), with the task, its place and the
    ///   time; and, by a watchdog on a thread of its own, while the step still runs (see
    ///   [`on_stall`](Builder::on_stall)). No other mode starts a thread;
    /// - a deadlock: all tasks wait, and nothing can wake them. A real clock is given
    ///   [`deadlock_after`](Builder::deadlock_after) first; the loop then goes on waiting;
    /// - a caught cancellation that is dropped, neither suppressed nor resumed, so that it goes on;
    /// - a body with a catch point that foreign code (a `select!`) drops: its clean-up is not awaited;
    /// - of tasks that are unfinished at the end, for how long each has waited, and for which lock, queue,
    ///   promise and the like. Names, places, and waits for tasks, timers, sockets and other threads are
    ///   always told.
    ///
    /// [`Handle::set_exception_handler`]: crate::Handle::set_exception_handler
    ///
    /// ```
    /// use std::{cell::Cell, rc::Rc, thread, time::Duration};
    /// let reports = Rc::new(Cell::new(0));
    /// let count = reports.clone();
    /// let event_loop = oneloop::Loop::builder()
    ///     .debug()
    ///     .slow_callback_duration(Duration::from_millis(60))
    ///     .on_stall(|report| println!("still running: {report}"))
    ///     .exception_handler(move |_| count.set(count.get() + 1))
    ///     .build()?;
    /// event_loop.block_on(async { thread::sleep(Duration::from_millis(120)) });
    /// assert_eq!(reports.get(), 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn debug(mut self) -> Builder {
        self.rare.watch = Some(Debug::install);
        take_notes();
        self.rare.wait.get_or_insert(Core::wait_watchful); // A paused clock has a watch of its own.
        self
    }

    /// Says how long a step may take in [debug mode](Builder::debug) before it is reported: 100 ms if
    /// not set. See asyncio's `loop.slow_callback_duration`.
    ///
    /// ```
    /// use std::time::Duration;
    /// let event_loop = oneloop::Loop::builder()
    ///     .debug()
    ///     .slow_callback_duration(Duration::from_secs(1))
    ///     .build()?;
    /// event_loop.block_on(async {});
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn slow_callback_duration(mut self, limit: Duration) -> Builder {
        self.slow = limit;
        self
    }

    /// Lets `hear` be told of a step that takes too long and still runs, in [debug
    /// mode](Builder::debug): on the watchdog's thread, since the loop's own is busy. Standard error is
    /// told if this is not set.
    ///
    /// ```
    /// let event_loop = oneloop::Loop::builder()
    ///     .debug()
    ///     .on_stall(|report| eprintln!("{report}"))
    ///     .build()?;
    /// event_loop.block_on(async {});
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn on_stall(mut self, hear: impl Fn(&Report) + Send + 'static) -> Builder {
        self.on_stall = Some(Box::new(hear));
        self
    }

    /// Lets `handler` hear of failures that nobody else will: see
    /// [`Handle::set_exception_handler`](crate::Handle::set_exception_handler).
    ///
    /// ```
    /// let event_loop = oneloop::Loop::builder()
    ///     .exception_handler(|report| println!("oh: {report}"))
    ///     .build()?;
    /// event_loop.handle().call_exception_handler(&oneloop::Report::new("no sensor"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn exception_handler(mut self, handler: impl Fn(&Report) + 'static) -> Builder {
        self.handler = Some(Rc::new(handler));
        self
    }

    /// Tells `observer` of every event of the loop.
    ///
    /// Events are emitted only if the crate was built with its feature `trace`, which
    /// [`trace::ENABLED`](crate::trace::ENABLED) tells; without it, [`build`](Builder::build) fails
    /// rather than leave the observer waiting in vain.
    ///
    /// ```
    /// use oneloop::trace::{self, Recorder};
    /// let recorder = Recorder::new();
    /// match oneloop::Loop::builder().observer(recorder.clone()).build() {
    ///     Ok(event_loop) => event_loop.block_on(async {}),
    ///     Err(error) => println!("{error}"),
    /// }
    /// assert_eq!(recorder.events().is_empty(), !trace::ENABLED);
    /// ```
    pub fn observer(mut self, observer: impl Observer + 'static) -> Builder {
        self.observer = Some(Rc::new(observer));
        self
    }

    /// Makes the loop.
    ///
    /// # Errors
    /// When the system gives no more descriptors: a loop takes three. `Unsupported`, with a text
    /// that names the cure, when an observer was set and the crate was built without its feature
    /// `trace`.
    ///
    /// ```
    /// let event_loop = oneloop::Loop::builder().build()?;
    /// event_loop.block_on(async {});
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn build(self) -> io::Result<Loop> {
        if self.observer.is_some() && !ENABLED {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "an observer would hear nothing: oneloop was built without its feature `trace` \
                 (in Cargo.toml: oneloop = { features = [\"trace\"] })",
            ));
        }
        let tracer = Rc::new(Tracer::new(self.observer));
        let reactor = Rc::new(Reactor::new(tracer.clone())?);
        let unparker = reactor.unparker();
        let doorbell = Arc::new(Doorbell::new(Box::new(move || unparker.ring())));
        let scheduler = Scheduler::new(doorbell.clone(), tracer.clone());
        if let (Some(shuffle), Some(seed)) = (self.rare.shuffle, self.seed) {
            shuffle(&scheduler, seed);
        }
        scheduler.set_panic_policy(self.panic_policy);
        scheduler.reporter().set_handler(self.handler);
        if let Some(watch) = self.rare.watch {
            watch(&scheduler, self.slow, self.on_stall, self.paused);
        }
        let clock = match self.paused {
            true => Clock::paused(),
            false => Clock::real(),
        };
        let began = clock.began();
        Ok(Loop {
            core: Rc::new(Core {
                scheduler,
                timers: PartCell::new(TimerWheel::new(began)),
                reactor,
                clock,
                inbox: Arc::new(Inbox::new(doorbell.clone(), self.paused)),
                doorbell,
                tracer,
                read_time: Cell::new(began),
                tells_time: Cell::new(false),
                entered: Cell::new(false),
                woken: Cell::default(),
                due: Cell::default(),
                next_look: Cell::new(0),
                alone: Cell::new(false),
                settings: Settings {
                    polls_per_look: self.polls_per_look,
                    jump_anyway: self.jump_anyway,
                    deadlock_after: self.deadlock_after,
                    seed: self.seed,
                    rare: self.rare,
                },
                keeps_context: Cell::new(false),
                attachments: PartCell::default(),
                deadlock_told: Cell::new(u64::MAX),
                unfinished_told: Cell::new(false),
                turns: Cell::new(0),
                timers_fired: Cell::new(0),
                io_events: Cell::new(0),
            }),
        })
    }
}

/// Switches debug mode on: see [`Debug::install`].
type Install = fn(&Scheduler, Duration, Option<OnStall>, bool);

/// What few loops need. The builder's method that asks for it fills it in, so that a program that
/// never asks does not contain the code.
#[derive(Clone, Copy, Default)]
pub(super) struct Rare {
    /// [`Builder::seed`].
    shuffle: Option<fn(&Scheduler, u64)>,
    /// [`Builder::debug`].
    watch: Option<Install>,
    /// The same, and [`Builder::paused_clock`]: how a turn waits.
    pub(super) wait: Option<OtherWait>,
    /// [`Builder::paused_clock`]: the text of the panic when nothing can wake the tasks.
    pub(super) deadlock: Option<fn(&Core, Option<&'static Location<'static>>) -> String>,
    /// The same: whether nothing can, but a waker on another thread.
    pub(super) is_deserted: Option<fn(&Core) -> bool>,
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("paused", &self.paused)
            .field("jump_anyway", &self.jump_anyway)
            .field("deadlock_after", &self.deadlock_after)
            .field("seed", &self.seed)
            .field("polls_per_look", &self.polls_per_look)
            .field("panic_policy", &self.panic_policy)
            .field("observed", &self.observer.is_some())
            .finish()
    }
}
