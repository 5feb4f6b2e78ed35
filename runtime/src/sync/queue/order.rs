//! [`Order`]: which item a queue gives out next, and where the items lie. [`Fifo`], [`Lifo`],
//! [`SmallestFirst`].
//!
//! Read next: `unfinished.rs`.

use std::cell::{Cell, RefCell};
use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};
use std::fmt;

/// What a queue keeps its items in. Nothing but the order of `pop` is its business.
///
/// ```
/// use oneloop::sync::queue::order::{Lifo, Order};
///
/// let items = Lifo::default();
/// items.push(1);
/// items.push(2);
/// assert_eq!((items.pop(), items.len()), (Some(2), 1));
/// ```
pub trait Order<T>: Default {
    /// Puts an item in.
    fn push(&self, item: T);
    /// Takes the next item out.
    fn pop(&self) -> Option<T>;
    /// How many items there are.
    fn len(&self) -> usize;
    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// First in, first out.
///
/// ```
/// use oneloop::sync::queue::order::{Fifo, Order};
///
/// let items = Fifo::default();
/// items.push(1);
/// items.push(2);
/// assert_eq!(items.pop(), Some(1));
/// ```
pub struct Fifo<T>(RefCell<VecDeque<T>>);

/// Last in, first out.
///
/// ```
/// use oneloop::sync::queue::order::{Lifo, Order};
///
/// let items = Lifo::default();
/// items.push(1);
/// items.push(2);
/// assert_eq!(items.pop(), Some(2));
/// ```
pub struct Lifo<T>(RefCell<Vec<T>>);

/// The smallest first, and among equals the one that came first.
///
/// ```
/// use oneloop::sync::queue::order::{Order, SmallestFirst};
///
/// let items = SmallestFirst::default();
/// items.push(2);
/// items.push(1);
/// assert_eq!(items.pop(), Some(1));
/// ```
pub struct SmallestFirst<T> {
    heap: RefCell<BinaryHeap<Entry<T>>>,
    /// The number of the next item.
    next: Cell<u64>,
    /// How many items there are, also while the heap is being sorted.
    len: Cell<usize>,
}

/// An item and when it came. The greatest is given out first.
struct Entry<T> {
    item: T,
    number: u64,
}

impl<T> Order<T> for Fifo<T> {
    fn push(&self, item: T) {
        self.0.borrow_mut().push_back(item);
    }

    fn pop(&self) -> Option<T> {
        self.0.borrow_mut().pop_front()
    }

    fn len(&self) -> usize {
        self.0.borrow().len()
    }
}

impl<T> Order<T> for Lifo<T> {
    fn push(&self, item: T) {
        self.0.borrow_mut().push(item);
    }

    fn pop(&self) -> Option<T> {
        self.0.borrow_mut().pop()
    }

    fn len(&self) -> usize {
        self.0.borrow().len()
    }
}

impl<T: Ord> Order<T> for SmallestFirst<T> {
    fn push(&self, item: T) {
        let number = self.next.get();
        self.next.set(number + 1);
        self.len.set(self.len.get() + 1);
        TakenOut::from(self).heap.push(Entry { item, number });
    }

    fn pop(&self) -> Option<T> {
        let entry = TakenOut::from(self).heap.pop()?;
        self.len.set(self.len.get() - 1);
        Some(entry.item)
    }

    fn len(&self) -> usize {
        self.len.get()
    }
}

/// The heap, out of its cell while it compares items: that is foreign code, which may look at the
/// queue or panic. Dropping this puts the heap back, and what was put in meanwhile into it.
struct TakenOut<'a, T: Ord> {
    home: &'a RefCell<BinaryHeap<Entry<T>>>,
    heap: BinaryHeap<Entry<T>>,
}

impl<'a, T: Ord> TakenOut<'a, T> {
    fn from(order: &'a SmallestFirst<T>) -> TakenOut<'a, T> {
        TakenOut {
            home: &order.heap,
            heap: order.heap.take(),
        }
    }
}

impl<T: Ord> Drop for TakenOut<'_, T> {
    fn drop(&mut self) {
        loop {
            let meanwhile = self.home.take();
            if meanwhile.is_empty() {
                *self.home.borrow_mut() = std::mem::take(&mut self.heap);
                return;
            }
            self.heap.extend(meanwhile);
        }
    }
}

impl<T: Ord> Ord for Entry<T> {
    fn cmp(&self, other: &Entry<T>) -> Ordering {
        let by_item = other.item.cmp(&self.item);
        by_item.then_with(|| other.number.cmp(&self.number))
    }
}

impl<T: Ord> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Entry<T>) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: Ord> PartialEq for Entry<T> {
    fn eq(&self, other: &Entry<T>) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T: Ord> Eq for Entry<T> {}

impl<T> Default for Fifo<T> {
    fn default() -> Fifo<T> {
        Fifo(RefCell::default())
    }
}

impl<T> Default for Lifo<T> {
    fn default() -> Lifo<T> {
        Lifo(RefCell::default())
    }
}

impl<T: Ord> Default for SmallestFirst<T> {
    fn default() -> SmallestFirst<T> {
        SmallestFirst {
            heap: RefCell::default(),
            next: Cell::new(0),
            len: Cell::new(0),
        }
    }
}

impl<T> fmt::Debug for Fifo<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fifo({} items)", self.len())
    }
}

impl<T> fmt::Debug for Lifo<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lifo({} items)", self.len())
    }
}

impl<T> fmt::Debug for SmallestFirst<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SmallestFirst({} items)", self.len.get())
    }
}
