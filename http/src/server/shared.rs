//! What all connections of a server share: the settings, the list of who is open, and the stop.
//!
//! Nothing here waits. Whoever waits leaves a waker and looks again when it is woken; no waker is
//! called and no task cancelled while a cell is borrowed. Read next: `accepting.rs`.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use oneloop::Task;
use oneloop::sync::Event;
use slab::Slab;

use super::Stopped;
use super::answer::Stamp;
use super::report::ServingError;
use super::settings::Settings;
use crate::body::remember;
use crate::scratch::Scratch;
use crate::wire::{DateCache, RequestHead};

/// Room for a head above this size, in octets, is given back.
const KEPT_HEAD: usize = 16 * 1024;

/// The state of one server.
pub(super) struct Shared {
    pub(super) settings: Settings,
    pub(super) scratch: Rc<Scratch>,
    /// The lines that all answers have, and until when they are true.
    stamp: RefCell<(Stamp, Option<Instant>)>,
    /// The room of a head that was answered, for the next one. Handlers mostly answer at once, so that
    /// one such room serves all connections and an idle one has none.
    spare_head: Cell<Option<Rc<RequestHead>>>,
    /// How many requests have been handed to the handler.
    requests: Cell<u64>,
    /// The open connections.
    connections: RefCell<Slab<Open>>,
    /// Set when the server shall stop.
    stop: Cell<Option<Stop>>,
    /// How many connections were open when the first order to stop came.
    open_at_stop: Cell<usize>,
    /// How many of them were cancelled when the grace was over.
    cancelled: Cell<usize>,
    /// The server's own task, while it waits for room, for a connection or for the last one to go.
    acceptor: RefCell<Option<Waker>>,
    /// The server has ended: the listener is closed and so is every connection.
    ended: Event,
}

/// An order to stop.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stop {
    /// When those that still run are cancelled; `None` is never.
    pub(super) deadline: Option<Instant>,
}

/// What is known of an open connection.
#[derive(Default)]
struct Open {
    /// Its task, so that it can be cancelled. Missing until the task has been made, and for a
    /// connection that is served inside a task of the user.
    task: Option<Task<()>>,
    /// Its waker while it waits for a request, so that a stop reaches it.
    idle: Option<Waker>,
}

impl Shared {
    pub(super) fn new(settings: Settings) -> Rc<Shared> {
        Rc::new(Shared {
            settings,
            scratch: Scratch::here(),
            stamp: RefCell::new((Stamp::new(DateCache::new().at(UNIX_EPOCH)), None)),
            spare_head: Cell::new(None),
            requests: Cell::new(0),
            connections: RefCell::new(Slab::new()),
            stop: Cell::new(None),
            open_at_stop: Cell::new(0),
            cancelled: Cell::new(0),
            acceptor: RefCell::new(None),
            ended: Event::new(),
        })
    }

    /// Enters a connection into the list; it leaves when the place is dropped.
    pub(super) fn open(self: &Rc<Shared>) -> Place {
        let key = self.connections.borrow_mut().insert(Open::default());
        Place {
            shared: Rc::clone(self),
            key,
        }
    }

    /// Remembers which task serves the connection at `key`, unless it has ended already.
    pub(super) fn set_task(&self, key: usize, task: Task<()>) {
        if let Some(open) = self.connections.borrow_mut().get_mut(key) {
            open.task = Some(task);
        }
    }

    pub(super) fn open_connections(&self) -> usize {
        self.connections.borrow().len()
    }

    /// Gives room for a head, which nobody else holds.
    pub(super) fn room_for_head(&self) -> Rc<RequestHead> {
        let spare = self.spare_head.take();
        spare.unwrap_or_else(|| Rc::new(RequestHead::blank()))
    }

    /// Takes the room of a head back, unless somebody still holds it or it is a large one.
    pub(super) fn take_back(&self, mut head: Rc<RequestHead>) {
        if Rc::get_mut(&mut head).is_some() && head.kept() <= KEPT_HEAD {
            self.spare_head.set(Some(head));
        }
    }

    pub(super) fn count_request(&self) {
        self.requests.set(self.requests.get() + 1);
    }

    pub(super) fn requests(&self) -> u64 {
        self.requests.get()
    }

    /// Sees to it that the date is the present one. Each connection does so when its task goes on.
    ///
    /// The system is asked for the date once a second. That a second is over the turn's time tells,
    /// which costs next to nothing; a look at the clock for each answer was 3 % of a pipelined one, and
    /// a look at the turn's time 2 %.
    pub(super) fn renew_stamp(&self) {
        let turn = oneloop::turn_time();
        let (stamp, true_until) = &mut *self.stamp.borrow_mut();
        if true_until.is_none_or(|until| until <= turn) {
            let now = SystemTime::now();
            let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
            let rest = Duration::from_secs(1) - Duration::from_nanos(since.subsec_nanos().into());
            *stamp = Stamp::new(DateCache::new().at(now));
            *true_until = Some(turn + rest);
        }
    }

    /// Runs `use_it` with the lines that all answers have, the date among them.
    pub(super) fn with_stamp<T>(&self, use_it: impl FnOnce(&Stamp) -> T) -> T {
        use_it(&self.stamp.borrow().0)
    }

    pub(super) fn report(&self, error: &ServingError) {
        (self.settings.on_error)(error);
    }

    /// Orders the stop: the acceptor and all idle connections look up. A second order may only
    /// bring the deadline forward.
    pub(super) fn stop(&self, grace: Duration) {
        if self.stop.get().is_none() {
            self.open_at_stop.set(self.open_connections());
        }
        let asked = oneloop::now().checked_add(grace);
        let deadline = match self.stop.get() {
            Some(Stop {
                deadline: Some(before),
            }) => Some(asked.map_or(before, |at| at.min(before))),
            _ => asked,
        };
        self.stop.set(Some(Stop { deadline }));
        let idle = {
            let mut connections = self.connections.borrow_mut();
            let wakers = connections
                .iter_mut()
                .filter_map(|(_, open)| open.idle.take());
            wakers.collect::<Vec<_>>()
        };
        idle.into_iter().for_each(Waker::wake);
        self.wake_acceptor();
    }

    pub(super) fn stopping(&self) -> Option<Stop> {
        self.stop.get()
    }

    /// Cancels every connection that is still open.
    pub(super) fn cancel_connections(&self) {
        let tasks = {
            let mut connections = self.connections.borrow_mut();
            connections
                .iter_mut()
                .filter_map(|(_, open)| open.task.take())
                .collect::<Vec<_>>()
        };
        self.cancelled.set(self.cancelled.get() + tasks.len());
        for task in tasks {
            task.cancel();
        }
    }

    /// What became of the connections that were open at the stop. Asked at the end.
    pub(super) fn stopped(&self) -> Stopped {
        let cancelled = self.cancelled.get();
        Stopped {
            finished: self.open_at_stop.get().saturating_sub(cancelled),
            cancelled,
        }
    }

    /// Has the acceptor's task woken at the next change.
    pub(super) fn remember_acceptor(&self, context: &Context<'_>) {
        let replaced = remember(&mut self.acceptor.borrow_mut(), context);
        drop(replaced);
    }

    fn wake_acceptor(&self) {
        let acceptor = self.acceptor.borrow_mut().take();
        acceptor.into_iter().for_each(Waker::wake);
    }

    /// Says that the server has ended.
    pub(super) fn end(&self) {
        self.ended.set();
    }

    /// Waits for the server to end.
    pub(super) async fn ended(&self) {
        self.ended.wait().await;
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Server")
            .field("open", &self.open_connections())
            .field("requests", &self.requests())
            .field("stopping", &self.stop.get().is_some())
            .finish_non_exhaustive()
    }
}

/// A connection's place in the list of its server.
pub(super) struct Place {
    shared: Rc<Shared>,
    pub(super) key: usize,
}

impl Place {
    pub(super) fn shared(&self) -> &Rc<Shared> {
        &self.shared
    }

    /// Is ready when the server stops; else has the connection woken when it does.
    pub(super) fn poll_stop(&self, context: &mut Context<'_>) -> Poll<()> {
        if self.shared.stop.get().is_some() {
            return Poll::Ready(());
        }
        let replaced = {
            let mut connections = self.shared.connections.borrow_mut();
            remember(&mut connections[self.key].idle, context)
        };
        drop(replaced);
        Poll::Pending
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let open = self.shared.connections.borrow_mut().remove(self.key);
        drop(open);
        // There is news for the acceptor only where it waits for room, or for the last to go.
        let was_full = self.shared.open_connections() + 1 >= self.shared.settings.max_connections;
        if was_full || self.shared.stopping().is_some() {
            self.shared.wake_acceptor();
        }
    }
}
