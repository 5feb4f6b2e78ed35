//! How a loop knows whose context is whose.
//!
//! A program that sets no variable must not pay for them: neither a word in each task nor a test at
//! each `create_task` or poll. So nothing is noted where a task is made. Instead:
//!
//! - The present context lies in a thread-local (`crate::context`): nothing in it is the empty context.
//! - The first `set` on a thread fills in a pointer there, [`FOLLOW`], through which loops are told when
//!   they are entered and left, and a loop that is entered gets a [`Contexts`] that hears of each step
//!   of its tasks, as debug mode does ([`Watch`]). It puts the task's context in place, and the outer
//!   one back.
//! - Tasks and callbacks are numbered in the order in which they are made. Before the present context
//!   changes, in whatever way, [`Contexts::flush`] notes: "those made since the last note began under
//!   these values". When a task is to run for the first time, its number finds them.

use super::context::{Context, Values};
use crate::context::{follow, replace_variables, set_follow, with_core};
use crate::event_loop::{Core, Loop};
use crate::quietly::quietly;
use crate::task::raw::{Scheduler, TaskRef, Watch};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::rc::{Rc, Weak};

/// What the rest of the loop calls once a variable was set on its thread.
pub(crate) struct Follow {
    /// The loop was entered.
    pub(crate) entered: fn(&Core),
    /// It is about to be left.
    pub(crate) left: fn(&Core),
    /// A task or callback was made while the loop is not entered.
    pub(crate) made: fn(&Core),
    /// One was made of what another thread sent, which brings its context along, if any.
    pub(crate) received: fn(&Core),
    /// Lets what goes to another thread bring the context along.
    pub(crate) carry: fn(Callback) -> Callback,
}

/// What goes to another thread.
type Callback = Box<dyn FnOnce() + Send>;

static FOLLOW: Follow = Follow {
    entered: |core| Contexts::of(core, 0).entered(core),
    left: |core| Contexts::of(core, 0).left(),
    made: |core| Contexts::of(core, 1).flush(),
    received: |core| Contexts::of(core, 1).note(None),
    carry: |callback| match super::Carried::take() {
        carried if carried.is_empty() => callback,
        carried => Box::new(move || carried.run(callback)),
    },
};

/// Variables are in use on this thread.
pub(super) struct Following;

impl Following {
    /// Says so, and lets the current loop follow.
    pub(super) fn begin() -> Following {
        set_follow(&FOLLOW);
        with_core(|core| core.map(|core| Contexts::of(core, 0)));
        Following
    }

    pub(super) fn is_on() -> bool {
        follow().is_some()
    }
}

/// Notes under which values the current loop's tasks were made so far; called before they change.
pub(super) fn flush() {
    with_core(|core| {
        if let Some(contexts) = core.and_then(|core| core.find_attached::<Contexts>()) {
            contexts.flush();
        }
    });
}

/// Lets a task that was just made on the current loop run in this context, itself.
pub(crate) fn assign(task: u64, context: Context) {
    let _following = Following::begin();
    with_core(|core| {
        if let Some(contexts) = core.and_then(|core| core.find_attached::<Contexts>()) {
            contexts.own.borrow_mut().insert(task, context);
        }
    });
}

/// A context that a `Runner`'s loop runs its root in, in place of the runner's own, until this is dropped.
pub(crate) struct Lent<'a> {
    core: &'a Core,
    own: Option<Context>,
}

impl<'a> Lent<'a> {
    pub(crate) fn begin(core: &'a Core, context: Context) -> Lent<'a> {
        let _following = Following::begin();
        let own = Contexts::of(core, 0).runner.replace(Some(context));
        Lent { core, own }
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let lent = Contexts::of(self.core, 0).runner.replace(self.own.take());
        drop(lent);
    }
}

/// The contexts of one loop's tasks.
struct Contexts {
    scheduler: Weak<Scheduler>,
    /// Debug mode, which hears of steps, too.
    other: Option<Rc<dyn Watch>>,
    /// Up to this number it is known under which values tasks were made.
    noted: Cell<u64>,
    /// Those made under some, of which at least one has not begun. In order.
    made: RefCell<VecDeque<Made>>,
    /// The contexts of those that have begun, or were given one.
    own: RefCell<HashMap<u64, Context>>,
    /// What is to be put back after the present step.
    outer: RefCell<Option<Context>>,
    /// The step in which the loop began to follow: nobody was told of its beginning.
    unheard: RefCell<Option<TaskRef>>,
    /// The future of the `block_on` that runs.
    root: Cell<Option<u64>>,
    /// The loop is a `Runner`'s: its root's context, from one run to the next.
    runner: RefCell<Option<Context>>,
    keeps_root: Cell<bool>,
}

/// Some numbers that follow each other, and what held when their tasks were made.
struct Made {
    first: u64,
    last: u64,
    /// How many of them have not begun.
    left: u64,
    values: Values,
}

impl Contexts {
    /// The loop's, made if it has none; then all tasks but the `new` last were made under no values.
    fn of(core: &Core, new: u64) -> Rc<Contexts> {
        if let Some(found) = core.find_attached() {
            return found;
        }
        let scheduler = &core.scheduler;
        let contexts = Rc::new(Contexts {
            scheduler: Rc::downgrade(scheduler),
            other: scheduler.watch(),
            noted: Cell::new(scheduler.made() - new),
            made: RefCell::default(),
            own: RefCell::default(),
            outer: RefCell::default(),
            unheard: RefCell::new(scheduler.current()),
            root: Cell::new(None),
            runner: RefCell::default(),
            keeps_root: Cell::new(core.keeps_context.get()),
        });
        core.attach(contexts.clone(), finish);
        scheduler.set_watch(contexts.clone());
        contexts
    }

    fn entered(&self, core: &Core) {
        self.keeps_root.set(core.keeps_context.get());
        self.settle();
    }

    fn left(&self) {
        self.settle();
        self.flush();
        if let Some(root) = self.root.take() {
            let context = self.own.borrow_mut().remove(&root);
            quietly(|| drop(context));
        }
    }

    /// The step in which the loop began to follow is over: what it set is its own. Around it nothing
    /// was set, else the loop would have followed before.
    fn settle(&self) {
        let Some(task) = self.unheard.take() else {
            return;
        };
        self.flush();
        let context = replace_variables(None);
        if task.is_root() {
            self.root.set(Some(task.id()));
            if self.keeps_root.get() {
                self.runner.replace(context.clone());
            }
        }
        self.keep(&task, context);
    }

    /// Keeps a task's context until its next step, if there is to be one.
    fn keep(&self, task: &TaskRef, context: Option<Context>) {
        let mut own = self.own.borrow_mut();
        let old = match (task.is_done(), context) {
            (true, context) => (own.remove(&task.id()), context),
            (false, Some(context)) => (own.insert(task.id(), context), None),
            (false, None) => (None, None),
        };
        drop(own);
        quietly(|| drop(old)); // The drop of a value is a user's code.
    }

    fn flush(&self) {
        self.note(Values::here());
    }

    /// Those that were made since the last note were made under these values.
    fn note(&self, values: Option<Values>) {
        let noted = self.noted.get();
        let made = self.scheduler.upgrade().map_or(0, |all| all.made());
        if made <= noted {
            return;
        }
        self.noted.set(made);
        if let Some(values) = values {
            self.made.borrow_mut().push_back(Made {
                first: noted + 1,
                last: made,
                left: made - noted,
                values,
            });
        }
    }

    /// The values under which a task was made that is about to begin.
    fn begin(&self, number: u64) -> Option<Values> {
        let mut made = self.made.borrow_mut();
        let index = made.partition_point(|made| made.last < number);
        let found = made.get_mut(index).filter(|made| made.first <= number)?;
        found.left -= 1;
        match found.left {
            0 => made.remove(index).map(|made| made.values),
            _ => Some(found.values.clone()),
        }
    }

    /// The context of a task whose step begins.
    fn context_of(&self, task: &TaskRef) -> Option<Context> {
        let known = self.own.borrow().get(&task.id()).cloned();
        let values = match task.is_new() {
            true if known.is_none() || !task.is_root() => self.begin(task.id()),
            _ => None,
        };
        if known.is_some() || !task.is_root() {
            return known.or_else(|| values.map(Context::of));
        }
        // A root has a context in any case: one who is new at each of its steps would not find it.
        let context = Context::of(values.unwrap_or_default());
        let context = match self.keeps_root.get() {
            true => self.runner.borrow_mut().get_or_insert(context).clone(),
            false => context,
        };
        self.root.set(Some(task.id()));
        self.own.borrow_mut().insert(task.id(), context.clone());
        Some(context)
    }
}

impl Watch for Contexts {
    fn begins(&self, task: &TaskRef) {
        self.settle();
        self.flush();
        let context = self.context_of(task);
        self.outer.replace(replace_variables(context));
        if let Some(other) = &self.other {
            other.begins(task);
        }
    }

    fn ends(&self, task: &TaskRef) {
        if let Some(other) = &self.other {
            other.ends(task);
        }
        self.flush();
        let outer = self.outer.take();
        let own = replace_variables(outer);
        self.keep(task, own);
    }

    fn slow_steps(&self) -> u64 {
        self.other.as_ref().map_or(0, |other| other.slow_steps())
    }

    fn add_waiting_time(&self, task: &TaskRef, text: &mut String) {
        if let Some(other) = &self.other {
            other.add_waiting_time(task, text);
        }
    }
}

/// Contexts live as long as the loop: its last destructors may ask for them.
fn finish(_: &Loop, _: Rc<dyn Any>) {}
