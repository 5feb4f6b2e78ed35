//! The current loop: what `create_task`, `sleep` and the like find without being handed anything. And
//! the current values of context variables, of which `contextvars/` tells.
//!
//! There is a current loop only while one is *entered* on this thread: by `run`, `block_on`,
//! `turn` or `enter`, and at most one at a time. This is the only place of the crate (with
//! `task/owner.rs`) that holds a thread-local.

use crate::contextvars::{Context, Follow};
use crate::debug::{Notes, Sentence};
use crate::event_loop::{AlreadyRunning, Core, NoRunningLoop};
use crate::reactor::Reactor;
use crate::task::owner;
use crate::task::raw::{Scoped, TaskRef};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::thread::{self, Thread};

thread_local! {
    static CURRENT: Scoped<Rc<Core>> = const { Scoped::new() };
    /// Whose loop has a function run here, if one has.
    static RUNS_FOR: Scoped<Home> = const { Scoped::new() };
    /// The context of whoever runs. Nothing, if nothing is set in it.
    static VARIABLES: RefCell<Option<Context>> = const { RefCell::new(None) };
    /// Filled in when the first variable is set: a thread on which none is does without the code.
    static FOLLOW: Cell<Option<&'static Follow>> = const { Cell::new(None) };
    /// What the futures of this thread wait for, as far as it is noted.
    static NOTES: Notes = const { Notes::new() };
    /// Filled in when something is noted there.
    static NOTES_READER: Cell<Option<NotesReader>> = const { Cell::new(None) };
    /// Whether somebody wants to know more of that than what is always noted.
    static TAKES_NOTES: Cell<bool> = const { Cell::new(false) };
}

/// Shows `look` the current loop, if there is one.
#[inline(always)]
pub(crate) fn with_core<R>(look: impl FnOnce(Option<&Rc<Core>>) -> R) -> R {
    CURRENT.with(|current| current.with(look))
}

/// Shows `look` the current loop, or panics at the place of the caller: `what` was called.
#[track_caller]
#[inline(always)]
pub(crate) fn expect_core<R>(what: &'static str, look: impl FnOnce(&Rc<Core>) -> R) -> R {
    // The panic is raised out here, since a closure's place is not its caller's.
    let mut look = Some(look);
    let found = with_core(|core| core.map(|core| look.take().map(|look| look(core))));
    match found.flatten() {
        Some(answer) => answer,
        None => no_loop(what),
    }
}

#[cold]
#[track_caller]
fn no_loop(what: &'static str) -> ! {
    let both = RUNS_FOR.with(|home| home.with(|home| home.map(|home| (home.name_both)(home))));
    panic!(
        "`{what}` was called outside a loop{}: {}",
        both.as_deref().unwrap_or_default(),
        NoRunningLoop::CURE
    )
}

/// The thread of a loop that has a function run on another.
struct Home {
    thread: Thread,
    /// Says that, with the names of both. Reached through here, so that a program that has nothing run
    /// on other threads does without the code (5 KB of a small server). Of a thread that is nobody's
    /// the head of each panic says the name.
    name_both: fn(&Home) -> String,
}

impl Home {
    fn name_both(&self) -> String {
        let (here, home) = (named(&thread::current()), named(&self.thread));
        format!(", on thread {here}, where the loop of thread {home} has a function run")
    }
}

/// What a thread is called.
fn named(thread: &Thread) -> String {
    match thread.name() {
        Some(name) => format!("\"{name}\" ({:?})", thread.id()),
        None => format!("{:?}", thread.id()),
    }
}

/// Lets `work`, which is to run on another thread, know whose loop asked for it: what it can't do there
/// names both threads.
pub(crate) fn for_this_loop<T>(work: impl FnOnce() -> T) -> impl FnOnce() -> T {
    let home = with_core(|core| {
        core.map(|_| Home {
            thread: thread::current(),
            name_both: Home::name_both,
        })
    });
    move || match home {
        Some(home) => RUNS_FOR.with(|runs_for| runs_for.enter(&home, work)),
        None => work(),
    }
}

/// The current loop, to keep.
#[inline]
pub(crate) fn current_core() -> Result<Rc<Core>, NoRunningLoop> {
    with_core(|core| core.cloned()).ok_or(NoRunningLoop)
}

/// The reactor of the current loop.
pub(crate) fn current_reactor() -> Result<Rc<Reactor>, NoRunningLoop> {
    with_core(|core| core.map(|core| core.reactor.clone())).ok_or(NoRunningLoop)
}

/// Tells whether this is the reactor of the current loop.
pub(crate) fn is_current_reactor(reactor: &Rc<Reactor>) -> bool {
    with_core(|core| core.is_some_and(|core| Rc::ptr_eq(&core.reactor, reactor)))
}

/// Tells whether another loop is current than that of this reactor. With none at all somebody polls
/// by hand, who may turn that loop.
pub(crate) fn is_foreign_reactor(reactor: &Rc<Reactor>) -> bool {
    with_core(|core| core.is_some_and(|core| !Rc::ptr_eq(&core.reactor, reactor)))
}

/// A number that is another one in every poll of a task; 0 outside a loop.
pub(crate) fn poll_stamp() -> u64 {
    with_core(|core| core.map_or(0, |core| core.scheduler.turned()))
}

/// Shows `look` the notes of this thread; `None` at its end, when they are gone.
pub(crate) fn with_notes<R>(look: impl FnOnce(&Notes) -> R) -> Option<R> {
    NOTES.try_with(look).ok()
}

/// Adds what is noted of a task.
type NotesReader = fn(&Core, &TaskRef, &mut Sentence);

/// What reads the notes, if there were any: a thread on which nothing is noted does without the code.
pub(crate) fn notes_reader() -> Option<NotesReader> {
    NOTES_READER.get()
}

pub(crate) fn set_notes_reader(read: NotesReader) {
    NOTES_READER.set(Some(read));
}

/// Whether everything that is waited for is noted.
#[inline(always)]
pub(crate) fn takes_notes() -> bool {
    TAKES_NOTES.with(Cell::get)
}

/// Lets everything be noted on this thread that is waited for from here on.
pub(crate) fn take_notes() {
    TAKES_NOTES.with(|takes| takes.set(true));
}

/// As [`take_notes`], or lets nothing be noted any more. To be called while nobody waits.
pub(crate) fn set_takes_notes(takes_notes: bool) {
    TAKES_NOTES.with(|takes| takes.set(takes_notes));
}

/// Makes `core` the current loop while `body` runs.
///
/// A loop that is being dropped enters itself whatever else is entered, since that never blocks;
/// everybody else asks [`check_free`] first.
pub(crate) fn enter<R>(core: &Rc<Core>, body: impl FnOnce() -> R) -> R {
    let identity = core.scheduler.identity();
    owner::enter(identity, || {
        CURRENT.with(|current| {
            current.enter(core, || {
                let _following = Following::begin(core);
                body()
            })
        })
    })
}

/// Tells the contexts of a loop's tasks that it was entered and, when this is dropped, that it is left.
struct Following<'a>(&'a Core);

impl Following<'_> {
    fn begin(core: &Core) -> Following<'_> {
        if let Some(follow) = follow() {
            (follow.entered)(core);
        }
        Following(core)
    }
}

impl Drop for Following<'_> {
    fn drop(&mut self) {
        if let Some(follow) = follow() {
            (follow.left)(self.0);
        }
    }
}

/// What is to be told of what becomes of contexts, if a variable was set on this thread.
#[inline]
pub(crate) fn follow() -> Option<&'static Follow> {
    FOLLOW.get()
}

pub(crate) fn set_follow(follow: &'static Follow) {
    FOLLOW.set(Some(follow));
}

/// Shows `look`, which runs no user code, the context of whoever runs. At a thread's end there is none.
pub(crate) fn with_variables<R>(look: impl FnOnce(Option<&Context>) -> R) -> R {
    let mut look = Some(look);
    let seen =
        VARIABLES.try_with(|context| look.take().map(|look| look(context.borrow().as_ref())));
    match (seen, look) {
        (Ok(Some(seen)), _) => seen,
        (_, Some(look)) => look(None),
        _ => unreachable!("it was called once"),
    }
}

/// Puts another context in place, and returns the one that was, for the caller to drop.
pub(crate) fn replace_variables(context: Option<Context>) -> Option<Context> {
    VARIABLES
        .try_with(|current| current.replace(context))
        .ok()
        .flatten()
}

/// Says no if a loop is entered on this thread already.
pub(crate) fn check_free() -> Result<(), AlreadyRunning> {
    with_core(|core| match core {
        None => Ok(()),
        Some(core) => Err(AlreadyRunning::new(core.scheduler.current().map(
            |task| match task.name() {
                Some(name) => format!("Task-{} \"{name}\"", task.id()),
                None => format!("Task-{}", task.id()),
            },
        ))),
    })
}
