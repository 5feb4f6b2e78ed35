//! Foreign code whose panic is nobody's business but its own.
//!
//! Wakers, destructors and observers are other people's code, and the loop calls them while others
//! still wait to be woken, or while it dies. A panic of one of them must not reach past it: the
//! panic hook has told of it by then. What is left of a panic is its payload, a value of any type,
//! whose own destructor may panic too; so it is dropped with the same care.

use crate::part_cell::PartCell;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a panic carries.
pub(crate) type Payload = Box<dyn Any + Send>;

/// Calls foreign code and ends its panic here.
pub(crate) fn quietly(call: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(call)) {
        forget_payload(payload);
    }
}

/// Drops what a panic carried. If that panics too, what the second one carries is dropped, and so
/// on; what goes on for ever is leaked.
pub(crate) fn forget_payload(mut payload: Payload) {
    for _ in 0..PATIENCE {
        match catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            Ok(()) => return,
            Err(next) => payload = next,
        }
    }
    std::mem::forget(payload);
}

/// How often the drop of a payload may panic.
const PATIENCE: u32 = 8;

/// Keeps the first of several panics, to be raised again later; the others are dropped, while
/// nothing is borrowed.
pub(crate) fn keep_first(place: &PartCell<Option<Payload>>, payload: Payload) {
    let rest = match &mut *place.borrow_mut() {
        Some(_) => Some(payload),
        empty => {
            *empty = Some(payload);
            None
        }
    };
    if let Some(rest) = rest {
        forget_payload(rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::panic_any;

    /// A payload whose drop panics, with a payload whose drop panics, so many times.
    struct Again(u32);

    impl Drop for Again {
        fn drop(&mut self) {
            if self.0 > 0 {
                panic_any(Again(self.0 - 1));
            }
        }
    }

    /// The same without end. What is given up is leaked, but takes no memory.
    struct Endless;

    impl Drop for Endless {
        fn drop(&mut self) {
            panic_any(Endless);
        }
    }

    #[test]
    fn a_payload_that_panics_in_its_drop_gets_no_further() {
        for depth in 0..PATIENCE {
            quietly(|| panic_any(Again(depth)));
        }
        quietly(|| panic_any(Endless));
        let place = PartCell::new(None);
        keep_first(&place, Box::new("the first"));
        keep_first(&place, Box::new(Again(1)));
        let kept = place.take().unwrap();
        assert_eq!(*kept.downcast::<&str>().unwrap(), "the first");
    }
}
