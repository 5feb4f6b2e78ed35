//! How a request to end finds its way through a task: the one hard thing in the runtime.
//!
//! What users see of it is taught in [`cancel`](crate::cancel). Here is how it works.
//!
//! A task is a tree of *participants*: its root, the body of each `catch` and `until`, each child
//! of a `gather`, each `masked` body; and leaves that hand requests on, such as the await of
//! another task. They get a place when they are first suspended and leave when they end or are dropped.
//! Most tasks have none and cost nothing; the trees of one loop are one [`Forest`]. What is told apart
//! by nobody has no place yet: bodies in their first poll (`trial.rs`), and of those of which nothing was
//! asked the children of a `gather` or a `race` (`idle.rs`) and whoever is alone (`idle_scope.rs`). They
//! get theirs as soon as somebody looks.
//!
//! A request is not found while polling: it is pushed down the tree when `cancel()` is called, to
//! every innermost participant at once. Each of those *answers* in the end: *done* (the request is
//! used up), *raised* (it shall go on outward), or *returned* (it could not be delivered). A scope
//! goes on when all that it asked have answered.
//!
//! ```text
//! A request at scope S:   none, LAID, BELOW(n), CAUGHT, RAISED
//!
//!  1 asked, participants inside        none   ─► BELOW(n)  each of them is asked
//!  2 asked, nobody inside              none   ─► LAID      S is woken (a leaf that forwards hands
//!                                                          it on and is BELOW)
//!  3 polled, Ready                     LAID   ─► none      answers returned
//!  4 polled, Pending                   LAID   ─► CAUGHT    the body is dropped; a token takes the
//!                                                          place of S in its parent
//!  5 the token is suppressed           CAUGHT ─► none      answers done
//!  6 resumed, or the token is dropped  CAUGHT ─► none      answers raised
//!  7 all have answered, one raised     BELOW  ─► RAISED    S is woken, and asks those that were
//!                                                          not reached first (1)
//!  8 all have answered, one done       BELOW  ─► none      answers done
//!  9 all have answered, all returned   BELOW  ─► LAID
//! 10 somebody further in is suspended  LAID   ─► BELOW(1)  that one is asked
//! 11 asked again                       BELOW  ─► BELOW(n)  what is owed is owed to the newer one
//! 12 S is dropped by foreign code      any    ─► none      answers returned (raised if RAISED)
//! 13 S ends, tokens of its own alive   BELOW  ─► ended     answers when they have
//! 14 a root is polled, Pending         LAID, RAISED        the future is dropped: cancelled
//! 15 a task ends owing an answer                           whoever forwarded to it: returned
//! 16 forwarding comes back to itself                       that leaf is deaf, and answers returned
//! 17 raised in a body that requests do not reach           it goes on to the scope around that body
//! 18 a token is resumed elsewhere     any    ─► RAISED    there; each scope from there up to one that
//!                                                          is around both is BELOW(n); answers done
//!    RAISED and Pending: edge 4.
//! ```
//!
//! | edge | function |
//! | --- | --- |
//! | 1, 2 | `Forest::ask` |
//! | 3, 12, 13 | `Forest::leave` |
//! | 4 | `Forest::deliver`, `Participant::into_token` |
//! | 5, 6 | `Token::answer` |
//! | 7, 8, 9 | `Forest::answer`, `Forest::go_on` |
//! | 10 | `Forest::fetch`, `Forest::deliver` |
//! | 11 | `Forest::owe` |
//! | 14, 15 | `life::suspended`, `life::returned` in [`raw`](super::raw) |
//! | 16 | `Scopes::refuse` |
//! | 17 | `Forest::pierce`, `Forest::raise_through` |
//! | 18 | `Forest::carry` |
//!
//! User code (wakers, drops, what a leaf calls) runs only when the forest is not borrowed: what a
//! step wants done is written down as [`Effect`]s and done after it.

mod request;
mod construct;
mod kind;
mod node;
mod forest;
mod effects;
mod ask;
mod answer;
mod raise;
mod deliver;
mod participant;
mod trial;
mod idle;
mod idle_scope;
mod presence;
mod token;
mod mistake;
mod look;

#[cfg(all(test, not(loom)))]
mod tests;

pub(crate) use construct::Construct;
pub(crate) use idle_scope::IdleScope;
pub(crate) use kind::{Kind, OnRequest, Target};
pub(crate) use look::{Inside, Part};
pub(crate) use node::Key;
pub(crate) use participant::{Participant, Place};
pub(crate) use presence::Presence;
pub(crate) use request::Request;
pub(crate) use token::Token;
pub(crate) use trial::{Pass, Places};

use super::raw::TaskRef;
use super::report::Reporter;
use crate::part_cell::PartCell;
use crate::trace::Tracer;
use effects::{Effect, ToDo};
use forest::Forest;
use request::Letter;
use std::cell::{Cell, OnceCell};
use std::rc::Rc;
use std::sync::Arc;
use std::task::Waker;
use trial::{Settled, Trial};

/// The participants of one loop's tasks.
#[derive(Default)]
pub(crate) struct Scopes {
    forest: PartCell<Forest>,
    /// The innermost scope that is being polled. [`Key::ROOT`] in most tasks.
    current: Cell<Key>,
    /// How much is polled that is not in the forest, in the innermost scope.
    unsettled: Cell<u32>,
    /// The outermost of that, if there is any, and the others, outermost first.
    outermost: Cell<Trial>,
    trials: PartCell<Vec<Trial>>,
    /// What is polled and was put into the forest meanwhile, outermost first.
    settled: PartCell<Vec<Settled>>,
    /// Which batch of ready tasks runs, and after how many polls of the loop it is over.
    batch: Cell<u64>,
    batch_end: Cell<u64>,
    /// The task that was just asked cleans up, and was left alone: see [`while_ending`](Scopes::while_ending).
    skipped: Cell<bool>,
    /// See [`while_ending`](Scopes::while_ending).
    ending: Cell<bool>,
    /// What the steps wanted done.
    to_do: ToDo,
    /// Who is told of what looks like a mistake.
    told: OnceCell<(Rc<Tracer>, Rc<Reporter>)>,
}

impl Default for Key {
    fn default() -> Key {
        Key::ROOT
    }
}

impl Default for Trial {
    fn default() -> Trial {
        Trial::NONE
    }
}

impl Scopes {
    // ---- a task's root ----

    /// Makes the root of a task that has none. Returns its place.
    pub(super) fn plant(&self, task: TaskRef) -> u32 {
        let key = self.with(|forest| forest.add(None, Kind::Root(task), None));
        key.index
    }

    /// Lets a request lie at a root that was just planted: it was made when there was none. If it comes
    /// from the `ending` of a program, it is the one that others were asked by.
    pub(super) fn lay_at_root(&self, root: u32, settled: bool, ending: bool) {
        self.with(|forest| {
            let known = forest.ended_by;
            let mut request = forest.new_request(false, None);
            (request.settled, request.ending) = (settled, ending);
            if ending && known != 0 {
                request.number = known;
            }
            let key = forest.root(root);
            if let Some(node) = forest.node(key) {
                node.letter = Some(Letter::Asked(request));
            }
        });
    }

    /// Registers the await of `target` by the task of this root, on the awaiter's behalf.
    pub(super) fn foster(&self, root: u32, target: TaskRef, waker: Waker) -> Key {
        self.with(|forest| {
            let root = forest.root(root);
            forest.add(Some(root), Kind::Forward(Target::Task(target)), Some(waker))
        })
    }

    /// Asks tasks at the end of `run`. It is one request to all of them, so that whoever is reached by
    /// two ways hears of it once; and it leaves clean-up alone that is under way for another reason.
    /// Who awaits that waits for it, and is asked at its next suspension.
    pub(crate) fn while_ending(&self, ask: impl FnOnce()) {
        self.forest.borrow_mut().ending = Some(0);
        self.ending.set(true);
        ask();
        self.ending.set(false);
        self.forest.borrow_mut().ending = None;
    }

    /// A request that comes from another loop, or back to this one.
    pub(crate) fn request_from_afar(
        &self,
        message: Option<Arc<str>>,
        ending: bool,
        origin: u64,
    ) -> Request {
        self.step(|forest, _| Request {
            ending,
            origin,
            ..forest.new_request(false, message)
        })
    }

    /// Whether the tasks that are asked now are asked by the end of `run`.
    pub(super) fn is_ending(&self) -> bool {
        self.ending.get()
    }

    /// Asks a task, from outside (`None`) or by a request that is on its way. False if that
    /// request is on its way through this task already.
    pub(super) fn ask_root(
        &self,
        root: u32,
        request: Result<&Request, Option<Arc<str>>>,
        settled: bool,
        count: impl FnOnce(),
    ) -> bool {
        enum Known {
            Circle,
            Again,
            Skipped,
            New(Key, Request),
        }
        let unwinding = self.is_unwinding(root);
        let known = self.step(|forest, _| {
            let key = forest.root(root);
            let mut request = match request {
                Ok(request) => request.clone(),
                Err(message) => forest.new_request(false, message),
            };
            request.settled = settled;
            match forest.node(key) {
                None => Known::Circle,
                Some(node) if node.deaf => Known::Circle,
                Some(node) if node.number() == request.number => Known::Again,
                Some(_) if request.ending && unwinding => Known::Skipped,
                Some(node) => {
                    node.deaf = true;
                    node.asked = Some(request.clone());
                    Known::New(key, request)
                }
            }
        });
        match known {
            Known::Circle => false,
            Known::Again => true,
            Known::Skipped => {
                self.skipped.set(true);
                true
            }
            Known::New(key, request) => {
                count();
                self.step(|forest, effects| {
                    if let Some(node) = forest.node(key) {
                        node.deaf = false;
                    }
                    // What comes back while it is on its way has gone in a circle.
                    effects.push(Effect::OnItsWay(key, true));
                    forest.ask(key, &request, effects);
                    effects.push(Effect::OnItsWay(key, false));
                });
                self.skipped.set(false);
                true
            }
        }
    }

    /// Edge 14: the task's future was polled and is suspended, and something lies at the root. Says
    /// what ends it, if something does, and whether to look again next time.
    pub(super) fn deliver_at_root(&self, root: u32) -> (Option<Request>, bool) {
        self.step(|forest, effects| {
            let key = forest.root(root);
            let request = forest.deliver(key, effects);
            let lies = forest
                .node(key)
                .is_some_and(|node| node.letter.is_some() || !node.rounds.is_empty());
            (request, lies)
        })
    }

    /// The message of what lies at a root whose task never started.
    pub(super) fn take_at_root(&self, root: u32) -> Option<Arc<str>> {
        self.with(|forest| {
            let key = forest.root(root);
            let letter = forest.node(key)?.letter.take()?;
            letter.into_request().message
        })
    }

    /// The task's future is about to be dropped: nothing inside has a say any more.
    pub(super) fn unwind_root(&self, root: u32) {
        self.with(|forest| {
            let key = forest.root(root);
            if let Some(node) = forest.node(key) {
                node.unwinding = true;
            }
        });
    }

    /// Whether a task that returns now still owes an answer to a request (edge 15).
    pub(super) fn owes_at_root(&self, root: u32) -> bool {
        self.with(|forest| {
            let key = forest.root(root);
            forest.node(key).is_some_and(|node| !node.is_quiet())
        })
    }

    /// The task has ended.
    pub(super) fn fell(&self, root: u32) {
        self.tell_the_rest(root);
        self.step(|forest, effects| {
            let key = forest.root(root);
            forest.remove(key, effects);
        });
    }

    /// The key of a root.
    #[inline]
    pub(super) fn root(&self, root: u32) -> Key {
        self.with(|forest| forest.root(root))
    }

    // ---- where we are ----

    /// The innermost scope that is being polled.
    #[inline(always)]
    pub(crate) fn current(&self) -> Key {
        self.settle();
        self.current.get()
    }

    /// Notes that `scope` is polled now; returns which was.
    #[inline(always)]
    pub(crate) fn set_current(&self, scope: Key) -> Key {
        self.current.replace(scope)
    }

    /// Whether a request of `cancel()` lies at this scope.
    pub(crate) fn is_requested(&self, scope: Key) -> bool {
        self.with(|forest| forest.is_requested(scope))
    }

    /// Whether a request was raised at this scope, and has not ended its body yet.
    pub(crate) fn is_raised(&self, scope: Key) -> bool {
        self.with(|forest| {
            forest.node(scope).is_some_and(|node| {
                node.pierced
                    || matches!(node.letter, Some(Letter::Raised(_)))
                    || node.rounds.iter().any(|round| round.raised.is_some())
            })
        })
    }

    /// Tells after how many polls of the loop a request or a stop is made, and how many tasks are
    /// ready. Those are one batch: what is asked while they run is one delivery. (A turn of the loop
    /// is longer: a clean-up may begin and be asked again in one.)
    pub(crate) fn note_batch(&self, polls: u64, ready: usize) {
        if polls > self.batch_end.get() {
            self.batch.set(self.batch.get() + 1);
            self.batch_end.set(polls + ready as u64);
        }
    }

    /// How many requests and stops have ended a body that was caught.
    pub(crate) fn caught(&self) -> u64 {
        self.forest.borrow().caught
    }

    /// How many participants there are, roots included. Zero once all tasks have ended.
    pub(crate) fn len(&self) -> usize {
        self.settle();
        self.forest.borrow().len()
    }
}
