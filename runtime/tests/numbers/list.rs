//! The two lists: what each number means, in a line. Next: `collect.rs`.

use crate::collect::Kind::{self, Feature, Pain};

/// A number of a list.
pub(crate) struct Entry {
    pub(crate) kind: Kind,
    pub(crate) number: u32,
    pub(crate) meaning: &'static str,
    pub(crate) due: Due,
}

impl Entry {
    pub(crate) fn waits(&self) -> bool {
        matches!(self.due, Due::Waits(_))
    }
}

/// What has to show it.
pub(crate) enum Due {
    /// A test, or a program that a test runs.
    Shown,
    /// The same, as far as it can be shown without what is named.
    Partly(&'static str),
    /// A passage of the docs: it cannot happen here, or is left out on purpose.
    ByDocs,
    /// Nothing yet: what has to come first.
    Waits(&'static str),
}

const fn row(number: u32, meaning: &'static str) -> Entry {
    entry(Feature, number, meaning, Due::Shown)
}

const fn pain(number: u32, meaning: &'static str) -> Entry {
    entry(Pain, number, meaning, Due::Shown)
}

const fn entry(kind: Kind, number: u32, meaning: &'static str, due: Due) -> Entry {
    Entry {
        kind,
        number,
        meaning,
        due,
    }
}

pub(crate) const ENTRIES: &[Entry] = &[
    row(1, "two tasks that sleep share one thread"),
    row(2, "calling an async function runs nothing"),
    row(
        3,
        "futures, promises and tasks are awaited alike, a finished task again and again",
    ),
    row(4, "the compiler allows `await` in async code only"),
    row(5, "a task has a state, and an outcome when it has ended"),
    row(
        6,
        "a promise is set once; its callbacks run later, in order",
    ),
    row(7, "a task is pending, running, done or cancelled"),
    entry(
        Feature,
        8,
        "what runs side by side is ordered by readiness",
        Due::Partly("the guide's chapter comes with the guide"),
    ),
    row(
        9,
        "a step that does not end delays all; slow ones are reported",
    ),
    row(10, "epoll is underneath, and an idle loop costs nothing"),
    row(11, "an echo over TCP, UDP and TLS"),
    row(12, "a blocking call stops the loop, unless it is offloaded"),
    entry(
        Feature,
        13,
        "where the idea comes from",
        Due::Waits("the guide"),
    ),
    row(
        14,
        "the running loop can be asked for; outside one, an error",
    ),
    entry(Feature, 15, "no `get_event_loop`, and why", Due::ByDocs),
    row(16, "loops are values: two of them on two threads at once"),
    row(
        17,
        "`block_on` drives a future, and is refused inside a loop",
    ),
    row(18, "`block_on` gives its future the identity of a task"),
    row(
        19,
        "`run` cancels what is left, awaits it, and keeps main's outcome",
    ),
    row(20, "a loop that closes drops its tasks and names them"),
    row(21, "what can be awaited is handed through as it is"),
    row(22, "`create_task` schedules now and runs later"),
    row(23, "tasks have names"),
    row(24, "`Debug` of a task: name, state, function, place, value"),
    row(25, "`sleep`, and it gives nothing"),
    row(
        26,
        "who waits for what nobody sets is reported, and costs nothing",
    ),
    row(27, "a promise is set from another task"),
    row(
        28,
        "`gather`: outputs in the order of the arguments, nested too",
    ),
    row(29, "a gather can be cancelled, with all its children"),
    row(
        30,
        "`wait` parts tasks into done and pending, by three conditions",
    ),
    row(31, "`wait` with a time-out cancels nobody"),
    row(32, "`wait` keeps the order of completion"),
    row(33, "a program that ends with pending tasks lists them"),
    row(34, "what is awaited together may be of different types"),
    row(
        35,
        "a semaphore bounds, first come first served, and loses no permit",
    ),
    row(
        38,
        "the outcome of a job is awaited, or blocked on where there is no loop",
    ),
    row(
        39,
        "a thread pool runs so many jobs at once, and ends with all of them done",
    ),
    row(41, "the loop's own pool; a panic in a job is an error"),
    row(42, "a pool of one's own, made before the loop"),
    row(43, "what a thread will bring is awaited"),
    row(
        44,
        "a blocking library is used on threads while the loop goes on",
    ),
    row(
        40,
        "functions run in worker processes; a killed one is an error, not a hang",
    ),
    entry(
        Feature,
        36,
        "this loop is itself the faster one, and there is no policy",
        Due::Waits("the comparison of speeds with asyncio and uvloop"),
    ),
    row(
        131,
        "work in the background needs time, or a group that waits for it",
    ),
    row(132, "an error outside a loop says what to call"),
    row(135, "the message about pending tasks at the end"),
    row(136, "a future that never ends is reported"),
    row(137, "`gather` takes a Vec, an array, a tuple, an iterator"),
    row(
        138,
        "tasks made before the loop runs, on it; without one, an error",
    ),
    row(
        139,
        "cancelling one task, and all, with clean-up that awaits",
    ),
    row(
        140,
        "plain functions on the loop, in order, not after their removal",
    ),
    row(141, "`run_forever` and `stop`, and once more"),
    row(142, "several await one task"),
    row(147, "splitting long work lets a ticker be on time"),
    row(148, "the compiler refuses to await what is no future"),
    row(
        45,
        "a stream is asked for its next item until there is none",
    ),
    row(46, "a loop takes a stream, and what makes one"),
    row(
        47,
        "a resource is closed however its use ended, is told how, and may await",
    ),
    pain(1, "a task that nobody holds vanishes"),
    pain(
        2,
        "pending tasks at exit are told without where they came from",
    ),
    pain(3, "errors of forgotten tasks are seen late or never"),
    pain(4, "a failed gather leaves the siblings running"),
    pain(
        5,
        "a cancelled gather comes back before its children have cleaned up",
    ),
    pain(6, "a gather of outcomes swallows a cancellation"),
    pain(7, "a cancellation is swallowed by accident"),
    pain(8, "clean-up that awaits is cut, or asked again in a circle"),
    pain(
        9,
        "a time-out loses a result that is due at the same instant",
    ),
    pain(10, "a time-out does or does not wait for what it ended"),
    pain(11, "what a time-out of nothing lets run"),
    pain(12, "a cancelled waiter takes a permit or an item with it"),
    pain(13, "timers with equal deadlines fire in any order"),
    pain(14, "`wait` gives sets without an order"),
    pain(15, "waiting for a server's end hangs, or comes back early"),
    pain(16, "a task group cannot be ended early"),
    pain(17, "what a task was given is lost if it never starts"),
    pain(18, "eager tasks confuse groups and the current task"),
    pain(
        19,
        "a second kind of task for what is not `Send`, that nobody drives",
    ),
    pain(20, "the loser of a `select!` takes an item with it"),
    pain(21, "clean-up cannot await in a destructor"),
    pain(22, "a panic in a task is swallowed"),
    pain(
        23,
        "a loop inside a loop fails without a word on what to do",
    ),
    pain(
        24,
        "a step that blocks stops everything, and nothing tells which",
    ),
    pain(25, "a task that wakes itself starves the others"),
    pain(
        26,
        "a paused clock jumps although something is about to come",
    ),
    pain(
        27,
        "a paused clock cannot be moved by hand without surprises",
    ),
    pain(
        28,
        "Ctrl-C loses what is under way, or cannot break a step or a clean-up",
    ),
    entry(Pain, 29, "which loop is the current one", Due::ByDocs),
    pain(30, "a queue has no end"),
    pain(
        31,
        "the picture of who waits for whom explodes, or has gaps",
    ),
    pain(46, "a writer that nobody drains or closes"),
];
