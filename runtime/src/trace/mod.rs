//! What happens inside the loop, told as a list of [`Event`]s.
//!
//! A loop that is given an [`Observer`] reports every step that a learner would want to see: a turn
//! begins, a timer fires, a task is woken by another one, is polled, ends. The events are plain
//! data, and what the loop looks like after event *i* follows from the events up to *i* alone, so
//! that a page or a debugger can step backward by replaying fewer of them.
//!
//! The types are always here, and no program needs a `cfg` for them. What the feature `trace` of
//! this crate decides is whether the loop emits anything: without it there is no code for it at
//! all ([`ENABLED`] says which build this is), and `Builder::build` refuses an observer with an
//! error that names the feature, since an observer that silently never hears anything would be
//! worse. With the feature, a loop without an observer pays one branch an event.
//!
//! ```
//! use std::time::Duration;
//! use oneloop::trace::{Event, Observer, Recorder};
//!
//! let recorder = Recorder::new();
//! // The loop calls this, once an event; here the story is told by hand.
//! recorder.event(Duration::ZERO, &Event::TurnBegin);
//! recorder.event(Duration::ZERO, &Event::Poll { task: 1 });
//! assert_eq!(recorder.lines(), ["turn begins", "Task-1 is polled"]);
//! ```
//!
//! In a program, with the feature `trace`, it is the builder that takes the observer:
//!
//! ```
//! use oneloop::trace::{self, TextObserver};
//!
//! let mut builder = oneloop::Loop::builder();
//! if trace::ENABLED {
//!     builder = builder.observer(TextObserver::stderr());
//! }
//! builder.build()?.block_on(async { oneloop::mark("here we are") });
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! Read next: `tracer.rs`, how the loop emits; `text.rs` and `sentence.rs`, how events become
//! text; `recorder.rs`, how tests collect them.

use std::panic::Location;
use std::rc::Rc;
use std::time::Duration;

mod tracer;

mod text;

mod sentence;

mod recorder;

pub use recorder::Recorder;
pub use text::TextObserver;
pub(crate) use tracer::{Tracer, trace_event};

/// Whether this build of the crate emits events, that is, has its feature `trace`.
///
/// ```
/// if !oneloop::trace::ENABLED {
///     eprintln!("this program was built without the feature `trace`");
/// }
/// ```
pub const ENABLED: bool = cfg!(feature = "trace");

/// Hears every event of a loop, on the loop's thread, while the loop is in the middle of a step.
///
/// A closure `Fn(Duration, &Event)` is an observer too. An observer may use the loop (spawn a task,
/// schedule a callback), but what it does so is not told to it: such events are counted, and the
/// count comes as [`Event::Dropped`] before the next event. A panic in it is kept until the turn is
/// over, and goes on then in whoever turns the loop.
///
/// ```
/// use std::{cell::Cell, rc::Rc, time::Duration};
/// use oneloop::trace::{Event, Observer};
///
/// let polls = Rc::new(Cell::new(0));
/// let observer = {
///     let polls = polls.clone();
///     move |_at: Duration, event: &Event| {
///         if let Event::Poll { .. } = event {
///             polls.set(polls.get() + 1);
///         }
///     }
/// };
/// observer.event(Duration::ZERO, &Event::Poll { task: 1 });
/// assert_eq!(polls.get(), 1);
/// ```
pub trait Observer {
    /// Hears one event; `at` is the loop's time, counted from its epoch (the moment it was built).
    ///
    /// The loop reads its clock once a turn, so all events of one batch carry the same time.
    fn event(&self, at: Duration, event: &Event);
}

impl<F: Fn(Duration, &Event)> Observer for F {
    fn event(&self, at: Duration, event: &Event) {
        self(at, event);
    }
}

/// One step of the loop, in the order in which a turn takes them.
///
/// Tasks are numbered by their `id`, which is never used again in one loop. The numbers of timers
/// and of I/O sources are used again once the former owner is gone.
///
/// ```
/// use oneloop::trace::{Cause, Event};
///
/// let event = Event::Wake { task: 2, by: Cause::Task(1) };
/// assert_eq!(event.to_string(), "Task-2 is woken by Task-1");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A turn of the loop begins.
    TurnBegin,
    /// The loop has nothing to do and sleeps in the kernel.
    Park {
        /// The next timer's deadline, since the loop began; `None` where only the outside can
        /// end the sleep.
        until: Option<Duration>,
    },
    /// The loop is back from the kernel.
    Unpark,
    /// A descriptor was registered with the kernel.
    IoOpened {
        /// The number of the I/O source.
        token: usize,
        /// What its owner calls it, such as "tcp from 127.0.0.1:4711": see
        /// [`Registration::set_name`](crate::reactor::Registration::set_name).
        name: Option<Rc<str>>,
    },
    /// A task would have had to block and waits for the kernel's word.
    IoWaits {
        /// The number of the I/O source.
        token: usize,
        /// What the task wants to do.
        direction: Direction,
    },
    /// The kernel says that an operation may be tried again.
    IoReady {
        /// The number of the I/O source.
        token: usize,
        /// What may be tried.
        direction: Direction,
    },
    /// A descriptor left the loop.
    IoClosed {
        /// The number of the I/O source.
        token: usize,
    },
    /// A timer was put into the wheel.
    TimerAdded {
        /// The timer's number, unique among those in the wheel.
        timer: u64,
        /// When it is due, since the loop began; zero if before that.
        deadline: Duration,
    },
    /// A timer came due and left the wheel.
    TimerFired {
        /// The timer's number, unique among those in the wheel.
        timer: u64,
        /// When it was due; the event's own time says when it fired.
        deadline: Duration,
    },
    /// A timer left the wheel before it was due.
    TimerCancelled {
        /// The timer's number, unique among those in the wheel.
        timer: u64,
        /// When it would have been due.
        deadline: Duration,
    },
    /// A task came to life; it is ready, and no [`Event::Wake`] announces its first poll.
    Spawn {
        /// The new task.
        task: u64,
        /// The task that was running, if one was.
        parent: Option<u64>,
        /// The name it was given.
        name: Option<Rc<str>>,
        /// The call that created it.
        place: &'static Location<'static>,
    },
    /// A task that waited became ready. A wake of a task that is ready already is no event.
    Wake {
        /// The task that became ready.
        task: u64,
        /// Who woke it.
        by: Cause,
    },
    /// A callback was handed to the loop (`call_soon`, `call_later`, `call_at`, and what other
    /// threads send). Callbacks and tasks are numbered together.
    CallbackAdded {
        /// The new callback.
        callback: u64,
        /// The call that handed it over.
        place: &'static Location<'static>,
    },
    /// A callback was put into the ready queue: at once, or when its time came.
    CallbackReady {
        /// The callback that is to run.
        callback: u64,
        /// Who saw to that.
        by: Cause,
    },
    /// Somebody prevented a callback that had not been called. It still comes to its turn, to be
    /// dropped.
    CallbackCancelled {
        /// The callback that will not be called.
        callback: u64,
    },
    /// A callback's turn begins. What follows, up to its [`Event::CallbackDone`], happens inside it.
    CallbackRun {
        /// The callback that now runs.
        callback: u64,
    },
    /// A callback's turn is over, and with it the callback.
    CallbackDone {
        /// The callback.
        callback: u64,
        /// How it ended: never [`Outcome::Pending`].
        outcome: Outcome,
    },
    /// A task's poll begins. What follows, up to its [`Event::Polled`], happens inside the task.
    Poll {
        /// The task that now runs.
        task: u64,
    },
    /// The running task asked for another's result and waits for it.
    Join {
        /// The task that waits.
        task: u64,
        /// The task whose end it waits for.
        awaited: u64,
    },
    /// Somebody called `cancel()` on a task that had not ended.
    CancelRequested {
        /// The task that is to be cancelled.
        task: u64,
    },
    /// The request arrived: the task's future is dropped where it waits. This happens at the end
    /// of a poll, or (for a task that never began, or whose loop ends) instead of one; what
    /// follows, up to the task's [`Event::Polled`], happens inside the task.
    CancelDelivered {
        /// The task that is cancelled.
        task: u64,
    },
    /// A caught request was dropped, neither suppressed nor resumed: it goes on at the next suspension.
    CancelDropped {
        /// The task in which it was caught.
        task: u64,
    },
    /// Foreign code dropped a body with a catch point in it, whose clean-up is not awaited.
    BodyDropped {
        /// The task in which it waited.
        task: u64,
    },
    /// A task's code panicked, in its poll or in a destructor.
    Panic {
        /// The task whose code it was.
        task: u64,
    },
    /// The program left a note of its own.
    Mark {
        /// The note.
        text: Rc<str>,
    },
    /// A task's poll is over, or what came instead of one.
    Polled {
        /// The task that ran.
        task: u64,
        /// How its poll ended; all but [`Outcome::Pending`] are the end of the task.
        outcome: Outcome,
    },
    /// Events are missing here: a ring was full, or the observer caused them itself.
    Dropped {
        /// How many.
        count: u64,
    },
    /// The turn is over.
    TurnEnd {
        /// How many tasks and callbacks ran in it.
        ran: usize,
        /// How many are ready for the next turn.
        ready: usize,
    },
}

/// Who made a task ready.
///
/// ```
/// use oneloop::trace::Cause;
///
/// assert_eq!(Cause::Task(3).to_string(), "Task-3");
/// assert_eq!(Cause::Timer.to_string(), "a timer");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// Another task (or the task itself), while it was polled.
    Task(u64),
    /// A timer that came due.
    Timer,
    /// A descriptor that became ready.
    Socket,
    /// A callback of this loop, while it ran.
    Callback(u64),
    /// Code on another thread.
    Thread,
    /// Code on the loop's thread, outside of tasks and callbacks.
    Host,
}

/// How a poll ended.
///
/// ```
/// use oneloop::trace::{Event, Outcome};
///
/// let event = Event::Polled { task: 1, outcome: Outcome::Ready };
/// assert_eq!(event.to_string(), "Task-1 is done");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The task waits for something.
    Pending,
    /// The task returned its value.
    Ready,
    /// The task was cancelled.
    Cancelled,
    /// The task panicked.
    Panicked,
}

/// One of the two ways that a descriptor can be waited for.
///
/// ```
/// use oneloop::trace::{Direction, Event};
///
/// let event = Event::IoWaits { token: 4, direction: Direction::Read };
/// assert_eq!(event.to_string(), "io 4 waits until it can read");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Something arrives: bytes, a connection to accept, the end of the stream.
    Read,
    /// There is room to send, or a connection that was started is made.
    Write,
}
