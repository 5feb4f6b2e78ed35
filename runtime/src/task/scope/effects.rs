//! What a step in the forest wants done, and who does it: user code runs, and other tasks are asked, when
//! the forest is not borrowed. Next: `ask.rs`, how a request goes down.

use super::super::raw::TaskRef;
use super::Scopes;
use super::forest::Forest;
use super::kind::{Kind, Target};
use super::node::Key;
use super::request::{Answer, Request};
use crate::quietly::quietly;
use std::cell::{Cell, RefCell, RefMut};
use std::task::Waker;

/// What is to be done once the forest is no longer borrowed.
pub(super) enum Effect {
    Wake(Waker),
    WakeTask(TaskRef),
    Forward {
        target: Target,
        request: Request,
        from: Key,
    },
    /// A request to this root goes on from here to whom it can reach; or all of them have been asked.
    OnItsWay(Key, bool),
    /// Only to be dropped.
    Drop(Kind, Option<Waker>),
}

pub(super) type Effects = Vec<Effect>;

/// What is still to be done.
///
/// What comes of an effect is done right after it, before its neighbors: but not by a call inside of
/// it, since a chain of tasks that await each other may be longer than the stack is deep. Whoever is at
/// the effects already does it.
#[derive(Default)]
pub(super) struct ToDo {
    /// The next one last.
    stack: RefCell<Effects>,
    /// What came of the one that is being done, the next one first.
    coming: RefCell<Effects>,
    /// Somebody further up the stack is at it.
    busy: Cell<bool>,
    /// A reused buffer.
    spare: Cell<Effects>,
}

/// For how many effects memory is kept. More of them come of long chains only.
const KEPT: usize = 64;

impl ToDo {
    /// Puts what came of the last one before the rest, and takes the next one.
    fn next(&self) -> Option<Effect> {
        let mut stack = self.stack.borrow_mut();
        stack.extend(self.coming.borrow_mut().drain(..).rev());
        stack.pop()
    }
}

/// Nobody is at it any more.
struct Done<'a>(&'a ToDo);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.stack.borrow_mut().shrink_to(KEPT);
        self.0.coming.borrow_mut().shrink_to(KEPT);
        self.0.busy.set(false);
    }
}

impl Scopes {
    /// Takes a step in the forest, and then does what it wants done.
    pub(super) fn step<R>(&self, step: impl FnOnce(&mut Forest, &mut Effects) -> R) -> R {
        let (mut forest, mut effects) = self.open();
        let answer = step(&mut forest, &mut effects);
        drop(forest);
        self.carry_out(effects);
        answer
    }

    /// Does something in the forest that wants nothing done after it.
    #[inline]
    pub(super) fn with<R>(&self, work: impl FnOnce(&mut Forest) -> R) -> R {
        self.settle();
        work(&mut self.forest.borrow_mut())
    }

    /// Out of line, as [`carry_out`](Scopes::carry_out): there are many kinds of step.
    #[inline(never)]
    fn open(&self) -> (RefMut<'_, Forest>, Effects) {
        self.settle();
        let mut forest = self.forest.borrow_mut();
        forest.batch = self.batch.get();
        (forest, self.to_do.spare.take())
    }

    #[inline(never)]
    fn carry_out(&self, mut effects: Effects) {
        let to_do = &self.to_do;
        if effects.is_empty() {
            return to_do.spare.set(effects);
        }
        to_do.coming.borrow_mut().append(&mut effects);
        effects.shrink_to(KEPT);
        to_do.spare.set(effects);
        if !to_do.busy.replace(true) {
            let _done = Done(to_do);
            while let Some(effect) = to_do.next() {
                self.carry_out_one(effect);
            }
        }
    }

    fn carry_out_one(&self, effect: Effect) {
        match effect {
            Effect::Wake(waker) => quietly(|| waker.wake()),
            Effect::WakeTask(task) => task.look_at_requests(),
            Effect::Forward {
                target,
                request,
                from,
            } => self.forward(target, request, from),
            Effect::OnItsWay(root, deaf) => {
                if let Some(node) = self.forest.borrow_mut().node(root) {
                    node.deaf = deaf;
                }
            }
            Effect::Drop(kind, waker) => quietly(|| drop((kind, waker))),
        };
    }

    fn forward(&self, target: Target, request: Request, from: Key) {
        match target {
            Target::Task(task) => {
                self.skipped.set(false);
                if !task.cancel_for(&request) {
                    self.refuse(from, request);
                } else if self.skipped.take()
                    && let Some(node) = self.forest.borrow_mut().node(from)
                {
                    node.unheard = true;
                }
            }
            Target::Call(call, _) => {
                let mut arrives = true;
                quietly(|| {
                    arrives = call(&request);
                    drop(call);
                });
                if !arrives {
                    self.refuse(from, request);
                }
            }
        }
    }

    /// Edge 16: the leaf waits for somebody who waits for it, or for one that has just ended.
    fn refuse(&self, leaf: Key, request: Request) {
        self.step(|forest, effects| {
            let Some(node) = forest.node(leaf) else {
                return;
            };
            if node.owes {
                node.deaf = true;
                node.owes = false;
                let (parent, number) = (node.parent, node.number());
                forest.answer(parent, number, Answer::Returned(request), effects);
            }
        });
    }
}
