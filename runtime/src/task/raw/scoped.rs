//! A slot that lends out a reference for as long as somebody further up the stack lends it.
//!
//! It is what "the current loop" is made of: [`enter`](Scoped::enter) puts a reference in, runs a
//! closure, and takes the reference out again; [`with`](Scoped::with) looks at it from anywhere
//! inside that closure. A `RefCell<Option<Rc<T>>>` would do the same in safe code, and cost two
//! counts and two flags at every `sleep` and `create_task`.

use std::cell::Cell;
use std::ptr;

/// Lends out a `&T` that lives further up the stack.
pub(crate) struct Scoped<T>(Cell<*const T>);

impl<T> Scoped<T> {
    pub(crate) const fn new() -> Scoped<T> {
        Scoped(Cell::new(ptr::null()))
    }

    /// Runs `body` with `value` in the slot, and puts back what was there before, also when
    /// `body` panics.
    pub(crate) fn enter<R>(&self, value: &T, body: impl FnOnce() -> R) -> R {
        struct Restore<'a, T>(&'a Cell<*const T>, *const T);
        impl<T> Drop for Restore<'_, T> {
            fn drop(&mut self) {
                self.0.set(self.1);
            }
        }
        let _restore = Restore(&self.0, self.0.replace(value));
        body()
    }

    /// Shows `look` what is in the slot.
    #[inline(always)]
    pub(crate) fn with<R>(&self, look: impl FnOnce(Option<&T>) -> R) -> R {
        // SAFETY: a pointer in the slot comes from a reference that an `enter` on this thread's
        // stack (`Cell` is not `Sync`) borrows until it returns; it takes the pointer out first,
        // and it cannot return while `look` runs, which is called from inside it. `look` cannot
        // keep the reference: its lifetime is this call's.
        look(unsafe { self.0.get().as_ref() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scoped_value_is_there_inside_and_only_inside() {
        let slot = Scoped::new();
        slot.with(|value: Option<&i32>| assert_eq!(value, None));
        slot.enter(&1, || {
            slot.enter(&2, || slot.with(|value| assert_eq!(value, Some(&2))));
            slot.with(|value| assert_eq!(value, Some(&1)));
        });
        slot.with(|value| assert_eq!(value, None));
    }
}
