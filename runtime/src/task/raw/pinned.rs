//! [`PinnedSlice`]: several values of one type, pinned, in one block of memory. Who uses it: the children
//! of [`combine`](crate::combine). This ends the module.
//!
//! std pins a slice as a whole, and has no safe way from there to its elements.

use std::pin::Pin;

/// Values that stay where they are until they are dropped.
pub(crate) struct PinnedSlice<T>(Pin<Box<[T]>>);

impl<T> PinnedSlice<T> {
    pub(crate) fn new(values: impl Iterator<Item = T>) -> PinnedSlice<T> {
        PinnedSlice(Box::into_pin(values.collect()))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The value at this place.
    ///
    /// # Panics
    /// If there is none.
    #[inline]
    pub(crate) fn get(&mut self, index: usize) -> Pin<&mut T> {
        // SAFETY: an element of a pinned slice is pinned with it: it does not move out of the box, whose
        // only owner never hands out anything but this, and which drops it where it is.
        unsafe {
            self.0
                .as_mut()
                .map_unchecked_mut(|values| &mut values[index])
        }
    }
}
