//! [`RwLock`]: many readers or one writer, in the order in which they came.
//!
//! asyncio has none. Read next: `event.rs`.

use std::cell::{Cell, Ref, RefCell, RefMut};
use std::fmt;
use std::future::Future;
use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use super::place::{Place, Standing};
use super::wait_queue::WaitQueue;
use crate::debug::Thing;

/// Guards a value that many tasks may read, or one may write, across awaits.
///
/// It is fair to both: who comes while others wait goes to the end of the line, also a reader while
/// readers hold it and a writer waits. So no kind starves the other. (And a task that holds a read
/// guard must not wait for a second one: a writer may stand between.)
///
/// ```
/// use oneloop::sync::RwLock;
///
/// oneloop::run(async {
///     let prices = RwLock::new(vec![3, 4]);
///     {
///         let (first, second) = (prices.read().await, prices.read().await);
///         assert_eq!(first[0] + second[1], 7);
///         assert!(prices.try_write().is_none(), "there are readers");
///     }
///     prices.write().await.push(5);
///     assert_eq!(prices.read().await.len(), 3);
/// });
/// ```
pub struct RwLock<T> {
    gate: Gate,
    value: RefCell<T>,
}

/// Who is in and who waits; all but the value.
struct Gate {
    inside: Cell<Inside>,
    /// To be served is to be inside.
    /// Invariant: who stands first could not be let in.
    waiting: WaitQueue<(Waker, Kind)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    Readers(usize),
    Writer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Reader,
    Writer,
}

impl<T> RwLock<T> {
    /// Creates a lock that nobody holds.
    ///
    /// ```
    /// assert_eq!(oneloop::sync::RwLock::new(1).into_inner(), 1);
    /// ```
    pub const fn new(value: T) -> RwLock<T> {
        RwLock {
            gate: Gate {
                inside: Cell::new(Inside::Readers(0)),
                waiting: WaitQueue::new(),
            },
            value: RefCell::new(value),
        }
    }

    /// Waits until nobody writes, in line.
    ///
    /// # Cancel safety
    ///
    /// Who is cancelled leaves the line, and those behind move up. A request to end wins against a
    /// lock that comes in the same moment.
    ///
    /// ```
    /// oneloop::run(async {
    ///     let lock = oneloop::sync::RwLock::new(1);
    ///     assert_eq!(*lock.read().await, 1);
    /// });
    /// ```
    pub async fn read(&self) -> ReadGuard<'_, T> {
        let pass = self.gate.enter(Kind::Reader).await;
        self.reading(pass)
    }

    /// Waits until nobody reads or writes, in line.
    ///
    /// # Cancel safety
    ///
    /// As [`read`](RwLock::read).
    ///
    /// ```
    /// oneloop::run(async {
    ///     let lock = oneloop::sync::RwLock::new(1);
    ///     *lock.write().await += 1;
    ///     assert_eq!(lock.into_inner(), 2);
    /// });
    /// ```
    pub async fn write(&self) -> WriteGuard<'_, T> {
        let pass = self.gate.enter(Kind::Writer).await;
        self.writing(pass)
    }

    /// Reads if nobody writes or waits.
    ///
    /// ```
    /// let lock = oneloop::sync::RwLock::new(1);
    /// let first = lock.try_read().unwrap();
    /// assert_eq!(*first + *lock.try_read().unwrap(), 2);
    /// ```
    pub fn try_read(&self) -> Option<ReadGuard<'_, T>> {
        let pass = self.gate.try_enter(Kind::Reader)?;
        Some(self.reading(pass))
    }

    /// Writes if nobody reads or writes or waits.
    ///
    /// ```
    /// let lock = oneloop::sync::RwLock::new(1);
    /// let reader = lock.try_read();
    /// assert!(lock.try_write().is_none());
    /// ```
    pub fn try_write(&self) -> Option<WriteGuard<'_, T>> {
        let pass = self.gate.try_enter(Kind::Writer)?;
        Some(self.writing(pass))
    }

    /// Returns the value; that the lock is owned says that nobody uses it.
    ///
    /// ```
    /// assert_eq!(oneloop::sync::RwLock::new("x").into_inner(), "x");
    /// ```
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }

    fn reading<'a>(&'a self, pass: Pass<'a>) -> ReadGuard<'a, T> {
        ReadGuard {
            value: self.value.borrow(),
            _pass: pass,
        }
    }

    fn writing<'a>(&'a self, pass: Pass<'a>) -> WriteGuard<'a, T> {
        WriteGuard {
            value: self.value.borrow_mut(),
            _pass: pass,
        }
    }
}

impl Gate {
    fn enter(&self, kind: Kind) -> Enter<'_> {
        Enter {
            gate: self,
            kind,
            place: Place::new(
                &self.waiting,
                match kind {
                    Kind::Reader => Thing::Reading,
                    Kind::Writer => Thing::Writing,
                },
            ),
        }
    }

    /// Goes in if there is room and nobody would be overtaken.
    fn try_enter(&self, kind: Kind) -> Option<Pass<'_>> {
        if !self.is_open(kind) {
            return None;
        }
        self.inside.set(self.with_one_more(kind)?);
        Some(Pass { gate: self, kind })
    }

    /// Whether a newcomer may go in.
    fn is_open(&self, kind: Kind) -> bool {
        self.waiting.len() == 0 && self.with_one_more(kind).is_some()
    }

    /// Who would be inside; `None` if there is no room.
    fn with_one_more(&self, kind: Kind) -> Option<Inside> {
        match (self.inside.get(), kind) {
            (Inside::Readers(readers), Kind::Reader) => Some(Inside::Readers(readers + 1)),
            (Inside::Readers(0), Kind::Writer) => Some(Inside::Writer),
            _ => None,
        }
    }

    fn go_out(&self, kind: Kind) {
        self.inside.set(match (self.inside.get(), kind) {
            (Inside::Readers(readers), Kind::Reader) => Inside::Readers(readers - 1),
            (Inside::Writer, Kind::Writer) => Inside::Readers(0),
            (inside, kind) => unreachable!("a {kind:?} leaves where {inside:?} are"),
        });
        self.let_in();
    }

    /// Lets in who stands first, and so on until one finds no room.
    fn let_in(&self) {
        // Each waker is foreign code, before which all is in order and after which all is asked anew.
        while let Some(kind) = self.waiting.ask_first(|(_, kind)| *kind)
            && let Some(inside) = self.with_one_more(kind)
        {
            let first = self.waiting.serve();
            self.inside.set(inside);
            if let Some((waker, _)) = first {
                waker.wake();
            }
        }
    }
}

/// The right to be inside.
struct Pass<'a> {
    gate: &'a Gate,
    kind: Kind,
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        self.gate.go_out(self.kind);
    }
}

/// The wait for one's turn.
struct Enter<'a> {
    gate: &'a Gate,
    kind: Kind,
    place: Place<'a, (Waker, Kind)>,
}

impl<'a> Future for Enter<'a> {
    type Output = Pass<'a>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Pass<'a>> {
        let this = self.get_mut();
        let (gate, kind) = (this.gate, this.kind);
        let is_over = |standing| match standing {
            Standing::Served => true,
            Standing::Newcomer => gate.is_open(kind),
            Standing::Waiting => false,
        };
        let standing = ready!(this.place.poll(context, |waker| (waker, kind), is_over));
        if standing == Standing::Newcomer {
            let pass = gate.try_enter(kind);
            return Poll::Ready(pass.expect("nothing happened since the gate was open"));
        }
        this.place.forget();
        Poll::Ready(Pass { gate, kind })
    }
}

impl Drop for Enter<'_> {
    fn drop(&mut self) {
        match self.place.standing() {
            Standing::Newcomer => {}
            Standing::Served => self.gate.go_out(self.kind),
            Standing::Waiting => {
                self.place.forget();
                // It may have been a writer before whom readers had to wait.
                self.gate.let_in();
            }
        }
    }
}

/// The right to read the value of an [`RwLock`]. Dropping it gives it back.
///
/// ```
/// use oneloop::sync::{RwLock, rw_lock::ReadGuard};
///
/// let lock = RwLock::new(1);
/// let guard: ReadGuard<'_, i32> = lock.try_read().unwrap();
/// assert_eq!(*guard, 1);
/// ```
#[must_use = "dropping the guard gives the lock back at once"]
pub struct ReadGuard<'a, T> {
    // Dropped in this order: the value is free when the next one is woken.
    value: Ref<'a, T>,
    _pass: Pass<'a>,
}

/// The right to change the value of an [`RwLock`]. Dropping it gives it back.
///
/// ```
/// use oneloop::sync::{RwLock, rw_lock::WriteGuard};
///
/// let lock = RwLock::new(1);
/// let mut guard: WriteGuard<'_, i32> = lock.try_write().unwrap();
/// *guard += 1;
/// ```
#[must_use = "dropping the guard gives the lock back at once"]
pub struct WriteGuard<'a, T> {
    // Dropped in this order: the value is free when the next one is woken.
    value: RefMut<'a, T>,
    _pass: Pass<'a>,
}

impl<T> Deref for ReadGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> Deref for WriteGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for WriteGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T: Default> Default for RwLock<T> {
    fn default() -> RwLock<T> {
        RwLock::new(T::default())
    }
}

impl<T> fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RwLock")
            .field("inside", &self.gate.inside.get())
            .field("line", &self.gate.waiting)
            .finish_non_exhaustive()
    }
}

impl<T: fmt::Debug> fmt::Debug for ReadGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ReadGuard").field(&**self).finish()
    }
}

impl<T: fmt::Debug> fmt::Debug for WriteGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WriteGuard").field(&**self).finish()
    }
}
