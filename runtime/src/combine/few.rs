//! [`Few`]: one task that polls several children, all of them whenever it is woken.
//!
//! Who uses it: `children.rs`, for `select!`. Read next: `slot.rs`.
//!
//! To poll a future once too often costs less than a waker for it, if there are few.

use std::task::{Context, Poll};

/// Which of several children have not ended, a bit each.
pub(crate) struct Few {
    unfinished: u64,
}

impl Few {
    /// How many there may be.
    pub(crate) const MOST: usize = u64::BITS as usize;

    pub(crate) fn new(children: usize) -> Few {
        assert!(children <= Few::MOST, "these need wakers of their own");
        Few {
            unfinished: match children {
                0 => 0,
                some => u64::MAX >> (Few::MOST - some),
            },
        }
    }

    /// Polls all from number `first` on that have not ended, in their order. Ready once all have.
    #[inline]
    pub(crate) fn poll(
        &mut self,
        first: usize,
        context: &mut Context<'_>,
        mut poll_child: impl FnMut(usize, &mut Context<'_>) -> Poll<()>,
    ) -> Poll<()> {
        let mut left = match first {
            Few::MOST.. => 0,
            first => self.unfinished & u64::MAX << first,
        };
        while left != 0 {
            let index = left.trailing_zeros() as usize;
            left &= left - 1;
            if poll_child(index, context).is_ready() {
                self.finish(index);
            }
        }
        match self.unfinished {
            0 => Poll::Ready(()),
            _ => Poll::Pending,
        }
    }

    /// A child has ended without being polled.
    pub(crate) fn finish(&mut self, index: usize) {
        self.unfinished &= !(1 << index);
    }

    pub(crate) fn is_unfinished(&self, index: usize) -> bool {
        self.unfinished >> index & 1 == 1
    }

    pub(crate) fn unfinished(&self) -> usize {
        self.unfinished.count_ones() as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Waker;

    #[test]
    fn all_that_have_not_ended_are_polled_in_their_order() {
        let mut few = Few::new(3);
        let mut context = Context::from_waker(Waker::noop());
        let mut polled = Vec::new();
        for ends in [1, 0, 2] {
            let all = few.poll(0, &mut context, |index, _| {
                polled.push(index);
                match index == ends {
                    true => Poll::Ready(()),
                    false => Poll::Pending,
                }
            });
            assert_eq!(all.is_ready(), ends == 2);
        }
        assert_eq!(polled, [0, 1, 2, 0, 2, 2]);
        assert_eq!(Few::new(Few::MOST).unfinished(), Few::MOST);
        assert_eq!(Few::new(0).unfinished(), 0);
    }
}
