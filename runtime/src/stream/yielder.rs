//! [`Yielder`]: how a generator's body hands an item out. Next: `open.rs`.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// What the two sides of a generator share.
pub(super) struct Slot<T> {
    /// The item that was given and not taken yet.
    item: RefCell<Option<T>>,
    /// Parts of the body that go on when the item is taken and the next one is asked for, in the order in
    /// which they came; by the number that each [`Give`] has while it is in here.
    waiting: RefCell<BTreeMap<u64, Waker>>,
    /// The number of the next one.
    next: Cell<u64>,
    /// Whoever asks for items. An item may be given outside of the body, by a task that it started.
    asker: RefCell<Option<Waker>>,
    /// The body was asked to end: nobody takes items any more.
    pub(super) closing: Cell<bool>,
}

impl<T> Slot<T> {
    pub(super) fn new() -> Slot<T> {
        Slot {
            item: RefCell::new(None),
            waiting: RefCell::default(),
            next: Cell::new(0),
            asker: RefCell::default(),
            closing: Cell::new(false),
        }
    }

    /// The next item is asked for, or the end: what waited goes on. The body is about to be polled with
    /// the asker's own waker, which need not be woken for that.
    pub(super) fn ask(&self, asker: &Waker) {
        let waiting = mem::take(&mut *self.waiting.borrow_mut());
        let others = waiting.into_values().filter(|one| !one.will_wake(asker));
        others.for_each(Waker::wake);
        let known = self
            .asker
            .borrow()
            .as_ref()
            .is_some_and(|known| known.will_wake(asker));
        if !known {
            let former = self.asker.replace(Some(asker.clone()));
            drop(former);
        }
    }

    /// Lets this one be woken when the next item is asked for, in its former place if it has one.
    fn wait(&self, place: Option<u64>, waker: Waker) -> u64 {
        let place = place.unwrap_or_else(|| self.next.replace(self.next.get() + 1));
        let former = self.waiting.borrow_mut().insert(place, waker);
        drop(former);
        place
    }

    pub(super) fn take(&self) -> Option<T> {
        let item = self.item.borrow_mut().take();
        if item.is_some() {
            let former = self.asker.take();
            drop(former);
        }
        item
    }
}

/// Hands out a generator's items: what the body of a [`generator`](super::generator) is given.
///
/// ```
/// use oneloop::stream::{Yielder, generator};
///
/// async fn evens(yielder: Yielder<u32>) {
///     for number in (0..6).step_by(2) {
///         yielder.give(number).await;
///     }
/// }
///
/// oneloop::run(async {
///     let mut numbers = generator(evens);
///     assert_eq!((numbers.next().await, numbers.next().await), (Some(0), Some(2)));
/// });
/// ```
pub struct Yielder<T> {
    pub(super) slot: Rc<Slot<T>>,
}

impl<T> Yielder<T> {
    /// Hands an item out, and waits until the next one is asked for: Python's `yield`.
    ///
    /// When the generator is [closed](super::Generator::aclose), the body ends here, as at a request to
    /// end: clean-up runs. An item that is given by that clean-up is dropped (Python raises
    /// `RuntimeError: async generator ignored GeneratorExit`). Inside [`masked`](crate::cancel::masked)
    /// no request comes through, so that closing would wait for ever: give outside of it.
    ///
    /// Cancel safety: an item that was not taken yet when this is dropped is still handed out.
    ///
    /// ```
    /// use oneloop::stream::generator;
    /// oneloop::run(async {
    ///     let mut one = generator(async |yielder| yielder.give("item").await);
    ///     assert_eq!(one.next().await, Some("item"));
    /// });
    /// ```
    pub fn give(&self, item: T) -> Give<'_, T> {
        let item = Some(item);
        Give {
            yielder: self,
            item,
            place: None,
        }
    }
}

impl<T> fmt::Debug for Yielder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Yielder")
    }
}

/// The future of [`Yielder::give`].
///
/// ```
/// use oneloop::stream::{Give, generator};
/// oneloop::run(async {
///     let mut one = generator(async |yielder| {
///         let given: Give<'_, i32> = yielder.give(1);
///         given.await;
///     });
///     assert_eq!(one.next().await, Some(1));
/// });
/// ```
#[must_use = "nothing is handed out unless this is awaited"]
pub struct Give<'a, T> {
    yielder: &'a Yielder<T>,
    /// Until it is handed out.
    item: Option<T>,
    /// Where it waits, if it was polled.
    place: Option<u64>,
}

// The item is moved out and in, never pinned.
impl<T> Unpin for Give<'_, T> {}

impl<T> Future for Give<'_, T> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let slot = &self.yielder.slot;
        if slot.closing.get() {
            let Some(unwanted) = self.item.take() else {
                return Poll::Pending; // The request to end is on its way, and ends the body here.
            };
            drop(unwanted);
            return Poll::Ready(());
        }
        let is_free = slot.item.borrow().is_none();
        if is_free && self.item.is_none() {
            return Poll::Ready(());
        }
        let waker = context.waker().clone();
        let asker = match is_free {
            true => slot.asker.borrow().clone(),
            false => None,
        };
        let place = slot.wait(self.place, waker);
        self.place = Some(place);
        if is_free {
            let item = self.item.take();
            *self.yielder.slot.item.borrow_mut() = item;
        }
        if let Some(asker) = asker.filter(|asker| !asker.will_wake(context.waker())) {
            asker.wake();
        }
        Poll::Pending
    }
}

impl<T> Drop for Give<'_, T> {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            let former = self.yielder.slot.waiting.borrow_mut().remove(&place);
            drop(former);
        }
    }
}

impl<T> fmt::Debug for Give<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Give")
            .field("handed_out", &self.item.is_none())
            .finish()
    }
}
