//! [`PartCell`]: the cell of a part of the loop, lent for the length of a statement.
//!
//! Discussion: a `RefCell` notes each place that borrows it, to name it should the cell be borrowed already. Every
//! such place is 48 bytes of a program, beside a panic of its own and the name of its file. Here no borrow meets
//! another (the code of users is never called while a part is borrowed). So in a release build all places share one
//! note, by which a small server is 1.9 KB smaller; a debug build, where a mistake of ours is looked for, keeps them
//! apart. The borrow itself takes the same instructions.
//!
//! Whatever lends its content to the code of users is a `RefCell`, such as a `Registration`'s source.

use std::cell::{Ref, RefCell, RefMut};

/// A `RefCell` that tells who borrows it twice in debug builds only.
#[derive(Debug, Default)]
pub(crate) struct PartCell<T>(RefCell<T>);

impl<T> PartCell<T> {
    pub(crate) const fn new(part: T) -> PartCell<T> {
        PartCell(RefCell::new(part))
    }

    /// Lends the part, to be looked at.
    #[inline(always)]
    #[cfg_attr(debug_assertions, track_caller)]
    pub(crate) fn borrow(&self) -> Ref<'_, T> {
        self.0.borrow()
    }

    /// Lends the part, to be changed.
    #[inline(always)]
    #[cfg_attr(debug_assertions, track_caller)]
    pub(crate) fn borrow_mut(&self) -> RefMut<'_, T> {
        self.0.borrow_mut()
    }

    /// Takes the part out, and leaves an empty one.
    #[inline(always)]
    #[cfg_attr(debug_assertions, track_caller)]
    pub(crate) fn take(&self) -> T
    where
        T: Default,
    {
        self.replace(T::default())
    }

    /// Puts another part in its place, and returns the former.
    #[inline(always)]
    #[cfg_attr(debug_assertions, track_caller)]
    pub(crate) fn replace(&self, part: T) -> T {
        std::mem::replace(&mut *self.borrow_mut(), part)
    }
}
