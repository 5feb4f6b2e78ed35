//! The loop's ear at the kernel: which sockets can be read or written, which timer is due, who rings.
//!
//! Parts, to be read in this order:
//! - this file: `Reactor`, one mio `Poll` with all that hangs on it. It knows no current loop,
//!   takes and returns values, and hands every waker back to its caller instead of calling it;
//! - `slots.rs`: what is remembered of each source, and why an old event can't reach a new source;
//! - `waiter.rs`: who may wait for a source;
//! - `pushed_out.rs`: who lost its place to another, and may live still;
//! - `timerfd.rs`: the kernel's timer, which wakes the poll on time to some tens of microseconds;
//! - `interrupts.rs`: Ctrl-C, with the feature `signal`;
//! - `drained.rs`: what an operation says besides its result;
//! - `home.rs`: whether the loop of a source is the one that runs;
//! - `registration.rs`: [`Registration`], a source together with its place in the reactor. This is
//!   what sockets are made of, and the only part that asks for the running loop.
//!
//! A source is registered once, for both directions, edge-triggered: the kernel tells of a change
//! once, we remember it as a bit, and the bit stands until an operation finds the source drained.

mod slots;

mod waiter;

mod pushed_out;

mod timerfd;

#[cfg(all(unix, feature = "signal"))]
mod interrupts;

mod drained;

mod home;

mod registration;

#[cfg(test)]
mod tests;

use crate::part_cell::PartCell;
use crate::trace::{Event, Tracer, trace_event};
use mio::{Events, Interest, Poll, Registry, Token};
use pushed_out::Kept;
use slots::{Key, Slots};
use std::cell::{Cell, OnceCell};
use std::io;
use std::num::NonZeroU64;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;
use timerfd::Timerfd;
use waiter::Refusal;

pub use crate::trace::Direction;
pub use drained::Drained;
pub use home::Home;
/// What can be registered: mio's trait, re-exported so that sockets of other crates fit.
///
/// ```
/// use oneloop::reactor::Source;
///
/// fn takes_any_source(_source: &mut dyn Source) {}
///
/// takes_any_source(&mut mio::net::TcpListener::bind("127.0.0.1:0".parse().unwrap()).unwrap());
/// ```
pub use mio::event::Source;
pub use registration::Registration;

/// The token of the [`Unparker`]'s events. No slot has it: see `slots::Key::token`.
const BELL: Token = Token(usize::MAX);
/// The token of the timerfd's events.
const TIMER: Token = Token(usize::MAX - 1);

/// How many events one look at the kernel takes over. The rest comes with the next look.
const EVENTS_PER_LOOK: usize = 1024;

/// How many operations on ready sockets one poll of a task may do before it has to yield.
///
/// Discussion: an await on what is ready does not suspend, so a task whose peer sends without a
/// pause would never return to the loop. 64 operations of up to 64 KiB are some hundred
/// microseconds, and one yield (about 5 ns) per 64 system calls costs nothing that can be measured.
const OPERATIONS_PER_POLL: u32 = 64;

/// One mio `Poll`, the slots of its sources, its bell and its timer.
///
/// Shared as `Rc<Reactor>` between the loop and the sockets, which may outlive the loop.
///
/// Invariant: no borrow of a cell is alive when user code runs, which for a reactor means when
/// a waker is cloned, woken or dropped. Methods return what they took out.
pub(crate) struct Reactor {
    /// Borrowed for the length of [`Reactor::poll`] only.
    poll: PartCell<Poll>,
    /// The buffer that the kernel writes events into, kept to be used again.
    events: PartCell<Events>,
    /// A second handle of the same epoll: registering needs no borrow of `poll`, and this one,
    /// other than `Poll`, can lend its descriptor safely.
    registry: Registry,
    /// Rings this reactor out of its poll, from any thread.
    unparker: Unparker,
    /// `None` where the system has no timerfd: then the poll's timeout serves.
    timer: Option<Timerfd>,
    /// What is known of each registered source.
    slots: PartCell<Slots>,
    /// Who waited for one of them, and was pushed out by another. Whoever first keeps one here brings
    /// the code for it, so that a program in which nobody does goes without.
    pushed_out: OnceCell<Box<dyn Kept>>,
    /// What came of Ctrl-C while `run` listens.
    #[cfg(all(unix, feature = "signal"))]
    pub(crate) interrupts: interrupts::Interrupts,
    /// Hears of each source that is opened, waited for, ready and closed.
    tracer: Rc<Tracer>,
    /// Set when the loop is gone: sockets answer with an error from then on.
    closed: Cell<bool>,
    /// Number of polls so far, to tell one look from the next. It may wrap.
    looks: Cell<u32>,
    /// The number that the next holder of a waiter's place gets.
    next_ticket: Cell<NonZeroU64>,
    /// The task poll that was counted last, and how many operations it has done.
    spent: Cell<(u64, u32)>,
    /// How often a task had to yield because it used up [`OPERATIONS_PER_POLL`].
    io_yields: Cell<u64>,
}

/// Rings the bell of one reactor: its current or next [`Reactor::poll`] returns at once.
#[derive(Clone, Debug)]
pub(crate) struct Unparker {
    /// Shared, because mio allows one waker per poll.
    waker: Arc<mio::Waker>,
}

impl Reactor {
    /// Opens an epoll (or its kin), its bell and its timer.
    pub(crate) fn new(tracer: Rc<Tracer>) -> io::Result<Reactor> {
        let poll = Poll::new()?;
        let registry = poll.registry().try_clone()?;
        let waker = Arc::new(mio::Waker::new(&registry, BELL)?);
        let timer = Timerfd::new(&registry, TIMER);
        Ok(Reactor {
            poll: PartCell::new(poll),
            events: PartCell::new(Events::with_capacity(EVENTS_PER_LOOK)),
            registry,
            unparker: Unparker { waker },
            timer,
            slots: PartCell::new(Slots::new()),
            pushed_out: OnceCell::new(),
            #[cfg(all(unix, feature = "signal"))]
            interrupts: interrupts::Interrupts::default(),
            tracer,
            closed: Cell::new(false),
            looks: Cell::new(0),
            next_ticket: Cell::new(NonZeroU64::MIN),
            spent: Cell::new((0, 0)),
            io_yields: Cell::new(0),
        })
    }

    /// Returns what other threads, and wakes outside a turn, ring this reactor with.
    pub(crate) fn unparker(&self) -> Unparker {
        self.unparker.clone()
    }

    /// Looks at the kernel, for at most `timeout`, and returns how many sources had news.
    ///
    /// Those who waited for the news are pushed on `woken`; the caller wakes them. `None` waits until
    /// something happens. A signal handler that interrupts the wait counts as no event.
    pub(crate) fn poll(
        &self,
        timeout: Option<Duration>,
        woken: &mut Vec<Waker>,
    ) -> io::Result<usize> {
        self.looks.set(self.looks.get().wrapping_add(1));
        let mut events = self.events.borrow_mut();
        if let Err(error) = self.poll.borrow_mut().poll(&mut events, timeout) {
            return match error.kind() {
                io::ErrorKind::Interrupted => Ok(0),
                _ => Err(error),
            };
        }
        let mut slots = self.slots.borrow_mut();
        let mut delivered = 0;
        let mut news = Vec::new();
        for event in events.iter() {
            match event.token() {
                // Both are edge-triggered and never read: the next ring is a new edge.
                BELL => {}
                TIMER => self.timer.iter().for_each(Timerfd::fired),
                #[cfg(all(unix, feature = "signal"))]
                interrupts::INTERRUPT => woken.extend(self.interrupts.arrived()),
                token => {
                    let Some(ready) = slots.deliver(token, event, woken) else {
                        continue;
                    };
                    delivered += 1;
                    if self.tracer.enabled() {
                        news.extend(ready.into_iter().flatten());
                    }
                }
            }
        }
        drop(slots);
        drop(events);
        if let Some(kept) = self.pushed_out.get()
            && delivered > 0
        {
            kept.take_into(woken);
        }
        for (token, direction) in news {
            trace_event!(self.tracer, Event::IoReady { token, direction });
        }
        Ok(delivered)
    }

    /// Makes the kernel end a poll at `deadline_ns`, if it would not end one earlier anyway.
    ///
    /// Both times are nanoseconds on the same clock. Returns `false` where there is no timerfd:
    /// then the caller passes the time that is left to [`Reactor::poll`].
    ///
    /// Call it before every wait, and again when a turn ends: a timer that has fired is disarmed.
    pub(crate) fn arm_timer(&self, deadline_ns: u64, now_ns: u64) -> bool {
        match &self.timer {
            Some(timer) => timer.arm(deadline_ns, now_ns),
            None => false,
        }
    }

    /// Registers a source for both directions, and takes it to be ready until it says otherwise.
    pub(crate) fn register(&self, source: &mut dyn Source) -> io::Result<Key> {
        if self.closed.get() {
            return Err(Refusal::Gone.tell());
        }
        let key = self.slots.borrow_mut().insert()?;
        let both = Interest::READABLE | Interest::WRITABLE;
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let both = both | Interest::PRIORITY;
        if let Err(error) = source.register(&self.registry, key.token(), both) {
            let waiters = self.slots.borrow_mut().remove(key);
            drop(waiters); // There are none, since the slot is new.
            return Err(error);
        }
        Ok(key)
    }

    /// Forgets a source whose descriptor is about to be closed, which removes it from the kernel too.
    pub(crate) fn forget(&self, key: Key) {
        let removed = self.slots.borrow_mut().remove(key);
        let Some(waiters) = removed else { return };
        let token = key.number();
        trace_event!(self.tracer, Event::IoClosed { token });
        // What was left behind here belonged to futures that nobody polls any more.
        drop(waiters);
    }

    /// Forgets a source and removes it from the kernel, for a descriptor that lives on.
    pub(crate) fn deregister(&self, key: Key, source: &mut dyn Source) -> io::Result<()> {
        self.forget(key);
        // Also after `close`: the descriptor may be registered again with another loop.
        source.deregister(&self.registry)
    }

    /// The number by which the trace knows the source that was registered with this token.
    #[cfg(target_os = "linux")]
    pub(crate) fn number_in(token: u64) -> u64 {
        Key::from_token(Token(token as usize)).number() as u64
    }

    /// Which sources, by their numbers, the task with this waker waits for.
    pub(crate) fn awaited_by(&self, waker: &Waker, tell: impl FnMut(u64, Direction)) {
        self.slots.borrow().awaited_by(waker, tell);
    }

    /// Tells whether an operation in this direction is worth trying.
    pub(crate) fn is_ready(&self, key: Key, direction: Direction) -> bool {
        self.slots.borrow().is_ready(key, direction)
    }

    /// Notes that an operation said `WouldBlock`: the next one waits for news.
    pub(crate) fn clear_ready(&self, key: Key, direction: Direction) {
        self.slots.borrow_mut().clear(key, direction);
    }

    /// Notes that an operation seems to have taken all there was, since it came back with less than asked.
    ///
    /// That is no sign after a peer's FIN: the kernel has no further news, and the end must still be read;
    /// and so it is with what lies behind an urgent byte.
    pub(crate) fn clear_drained(&self, key: Key, direction: Direction) {
        self.slots.borrow_mut().clear_unless_lasting(key, direction);
    }

    /// Returns a number that no other holder of a waiter's place has.
    pub(crate) fn ticket(&self) -> NonZeroU64 {
        let ticket = self.next_ticket.get();
        self.next_ticket.set(ticket.saturating_add(1));
        ticket
    }

    /// Counts one operation of the task poll `stamp`, or refuses it because the poll had its share.
    ///
    /// A refused task wakes itself and returns `Pending`. The count starts anew then, so that one
    /// who is polled outside a task, where the stamp stands still, goes on as well.
    #[must_use = "a task that used up its share has to yield"]
    pub(crate) fn spend(&self, stamp: u64) -> bool {
        let (last, count) = self.spent.get();
        if last != stamp {
            self.spent.set((stamp, 1));
            return true;
        }
        if count < OPERATIONS_PER_POLL {
            self.spent.set((stamp, count + 1));
            return true;
        }
        self.spent.set((stamp, 0));
        self.io_yields.set(self.io_yields.get() + 1);
        false
    }

    /// Returns how often a task had to yield because its socket was always ready.
    pub(crate) fn io_yields(&self) -> u64 {
        self.io_yields.get()
    }

    /// Returns how many sources are registered now. A paused clock must not jump while there are any.
    pub(crate) fn registered(&self) -> usize {
        self.slots.borrow().len()
    }

    /// Returns how many waits there are for sources, in either direction.
    pub(crate) fn waiters(&self) -> usize {
        self.slots.borrow().waiters()
    }

    /// Ends the reactor's life with its loop: forgets all sources and returns all who waited.
    ///
    /// Sockets that outlive the loop hold the reactor still, and get an error from it.
    #[must_use = "the waiters have to be woken, to learn that their loop is gone"]
    pub(crate) fn close(&self) -> Vec<Waker> {
        self.closed.set(true);
        let slots = std::mem::replace(&mut *self.slots.borrow_mut(), Slots::new());
        let mut waiters = slots.into_wakers();
        if let Some(kept) = self.pushed_out.get() {
            kept.take_into(&mut waiters);
        }
        waiters
    }

    /// Tells whether the loop is gone.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.get()
    }
}

/// The one descriptor that tells a host everything: sockets, timers and rings.
#[cfg(unix)]
impl std::os::fd::AsFd for Reactor {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.registry.as_fd()
    }
}

impl Unparker {
    /// Ends the reactor's poll, or makes the next one return at once.
    pub(crate) fn ring(&self) {
        // An eventfd write fails only if the descriptor is bad, and we own it.
        let rung = self.waker.wake();
        debug_assert!(rung.is_ok(), "the reactor's bell is broken: {rung:?}");
    }
}
