//! What a non-blocking operation found out about its source: whether there may be more.
//!
//! Next: `registration.rs`, which waits without a further try when there is not.

/// What an operation found out about the source besides its result.
///
/// ```
/// use oneloop::reactor::Drained;
///
/// assert_eq!(Drained::if_short(512, 4096), Drained::Yes);
/// assert_eq!(Drained::if_short(4096, 4096), Drained::No);
/// assert_eq!(Drained::if_short(0, 4096), Drained::No, "the end of a stream stays readable");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drained {
    /// It took all there was, so the next operation may wait without trying.
    Yes,
    /// There may be more: the next operation is tried first.
    No,
}

impl Drained {
    /// Judges a read or write by its length: one that was shorter than asked took all there was.
    ///
    /// This spares the call that would only return `WouldBlock`. A length of 0 is the end of the
    /// stream, which is there to be read again.
    pub fn if_short(transferred: usize, asked: usize) -> Drained {
        if 0 < transferred && transferred < asked {
            Drained::Yes
        } else {
            Drained::No
        }
    }
}
