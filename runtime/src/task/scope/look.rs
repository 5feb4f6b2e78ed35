//! What reports ask of the forest, which changes nothing in it.

use super::Scopes;
use super::construct::Construct;
use super::forest::Forest;
use super::kind::{Kind, Target};
use super::mistake::Mistake;
use super::node::{Key, Node};
use crate::task::raw::TaskRef;
use crate::task::report::{Report, Reporter};
use crate::trace::{Tracer, trace_event};
use std::rc::Rc;
use std::task::Waker;

impl Scopes {
    /// Whether a request that was made to the task of this root, or to a scope in it, is not answered
    /// yet, though somebody has taken it: clean-up is under way.
    pub(crate) fn is_unwinding(&self, root: u32) -> bool {
        let mut busy = false;
        self.forest.borrow().each(root, 0, &mut |_, _, node| {
            busy |= node.tokens > 0 || !node.rounds.is_empty();
        });
        busy
    }

    /// Shows `look`, which changes nothing here, what takes part in the task of this root, outermost
    /// first.
    pub(crate) fn participants(&self, root: u32, look: &mut dyn FnMut(Inside<'_>)) {
        self.with(|forest| forest.populate_all(root));
        self.forest.borrow().each(root, 0, &mut |depth, key, node| {
            let part = match &node.kind {
                Kind::Root(_) => return,
                Kind::Scope(construct) | Kind::Fan(construct) | Kind::Paused(construct) => {
                    Part::Construct(*construct)
                }
                Kind::Masked => Part::Construct(Construct::Masked),
                Kind::Forward(Target::Task(task)) => Part::Task(task.clone()),
                Kind::Forward(Target::Call(_, construct)) => Part::Construct(*construct),
            };
            let waker = match &part {
                Part::Construct(construct) if construct.has_a_waker() => node.waker.as_ref(),
                _ => None,
            };
            look(Inside {
                depth,
                key,
                part,
                waker,
            });
        });
    }

    /// Says who is to be told of what looks like a mistake.
    pub(crate) fn tell(&self, tracer: Rc<Tracer>, reporter: Rc<Reporter>) {
        let _second = self.told.set((tracer, reporter));
    }

    /// A body with a catch point in it is dropped by foreign code: clean-up that awaits is not run.
    #[cold]
    pub(super) fn body_dropped(&self, key: Key) {
        let is_scope = |node: &mut Node| matches!(node.kind, Kind::Scope(_));
        if self.listens() && self.forest.borrow_mut().node(key).is_some_and(is_scope) {
            self.mistake(Some(key), Mistake::BodyDropped);
        }
    }

    /// A token is dropped, so that its request goes on.
    #[cold]
    pub(super) fn token_dropped(&self, home: Option<Key>) {
        if self.listens() {
            self.mistake(home, Mistake::CancelDropped);
        }
    }

    /// Whether the loop is in debug mode.
    pub(crate) fn is_debug(&self) -> bool {
        self.told
            .get()
            .is_some_and(|(_, reporter)| reporter.is_debug())
    }

    pub(super) fn listens(&self) -> bool {
        let told = self.told.get();
        told.is_some_and(|(tracer, reporter)| tracer.enabled() || reporter.is_debug())
            && !std::thread::panicking()
    }

    /// Traces each, and reports the first of a task's: the others are told of by their number, when the
    /// task ends. A loop that makes a mistake makes it again and again.
    fn mistake(&self, key: Option<Key>, mistake: Mistake) {
        let (Some((root, task)), Some((tracer, reporter))) =
            (self.steady_root(key), self.told.get())
        else {
            return;
        };
        trace_event!(tracer, mistake.event(task.id()));
        if reporter.is_debug() && self.count(root, mistake) == 1 {
            let reporter = reporter.clone();
            let report = Report::of(mistake.kind(), mistake.text());
            reporter.report(&report.about(task.subject()));
        }
    }

    fn count(&self, root: Key, mistake: Mistake) -> u32 {
        let mut forest = self.forest.borrow_mut();
        let Some(node) = forest.node(root) else {
            return 0;
        };
        let count = &mut node.mistakes[mistake as usize];
        *count = count.saturating_add(1);
        *count
    }

    /// Tells of the mistakes of a task that ends, beside the first ones.
    pub(super) fn tell_the_rest(&self, root: u32) {
        let Some((_, reporter)) = self.told.get().filter(|told| told.1.is_debug()) else {
            return;
        };
        for mistake in Mistake::ALL {
            let told = |node: &Node| match &node.kind {
                Kind::Root(task) if node.mistakes[mistake as usize] > 1 => {
                    Some((task.subject(), node.mistakes[mistake as usize] - 1))
                }
                _ => None,
            };
            let rest = self.forest.borrow().get(root).and_then(told);
            if let Some((subject, number)) = rest {
                let report = Report::of(mistake.kind(), mistake.text_of_more(number));
                reporter.clone().report(&report.about(subject));
            }
        }
    }

    /// The task that a participant belongs to, and its root, unless something around it is being
    /// dropped: then it goes with that.
    fn steady_root(&self, mut key: Option<Key>) -> Option<(Key, TaskRef)> {
        let mut forest = self.forest.borrow_mut();
        while let Some(at) = key {
            let node = forest.node(at)?;
            if node.unwinding {
                return None;
            }
            if let Kind::Root(task) = &node.kind {
                return Some((at, task.clone()));
            }
            key = node.parent;
        }
        None
    }
}

/// One participant of a task, as reports see it.
pub(crate) struct Inside<'a> {
    /// How far in it stands; 1 is right below the task.
    pub(crate) depth: usize,
    pub(crate) key: Key,
    pub(crate) part: Part,
    /// Its own waker, if it has one.
    pub(crate) waker: Option<&'a Waker>,
}

/// What kind of thing takes part in a task.
pub(crate) enum Part {
    /// The await of a task.
    Task(TaskRef),
    /// Anything else.
    Construct(Construct),
}

impl Forest {
    /// Shows `look` the node at `index` and all inside, outermost first, with their depths.
    fn each(&self, index: u32, depth: usize, look: &mut dyn FnMut(usize, Key, &Node)) {
        let Some(node) = self.get(index) else { return };
        look(depth, node.key(index), node);
        let mut inside = self.first_in(index);
        while let Some(at) = inside {
            self.each(at, depth + 1, look);
            inside = self.next_of(at);
        }
    }
}
