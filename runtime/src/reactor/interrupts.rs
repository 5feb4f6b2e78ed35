//! Ctrl-C as an event of the poll, which counts as no source: a paused clock jumps although it
//! is listened for, and an idle loop has nothing open. Next: `drained.rs`.

use super::Reactor;
use crate::signal::pipe::{SignalPipe, interrupts_are_owned, seen};
use mio::unix::SourceFd;
use mio::{Interest, Token};
use std::cell::{Cell, RefCell};
use std::io;
use std::os::fd::AsRawFd;
use std::task::Waker;

/// The token of the pipe's events. No slot has it, as for the bell's.
pub(super) const INTERRUPT: Token = Token(usize::MAX - 2);

/// What came of SIGINT since somebody began to listen.
#[derive(Default)]
pub(crate) struct Interrupts {
    pipe: RefCell<Option<SignalPipe>>,
    count: Cell<usize>,
    /// More than so many, and nobody waits for anything any more.
    enough: Cell<usize>,
    /// Wakes who wants to know.
    waiter: Cell<Option<Waker>>,
}

impl Interrupts {
    /// Takes what has come, and gives whom to wake.
    pub(super) fn arrived(&self) -> Option<Waker> {
        let pipe = self.pipe.borrow();
        let mut came = 0;
        while let Some(Ok(bytes @ 1..)) = pipe.as_ref().map(SignalPipe::take) {
            came += bytes;
        }
        seen();
        if came == 0 || interrupts_are_owned() {
            return None;
        }
        self.count.set(self.count.get() + came);
        self.waiter.take()
    }

    /// Returns how often Ctrl-C came.
    pub(crate) fn count(&self) -> usize {
        self.count.get()
    }

    /// Tells whether it came so often that nothing is to be waited for.
    pub(crate) fn are_enough(&self) -> bool {
        self.count.get() > self.enough.get()
    }

    /// From now on one more is enough: `main` has ended, and there is nobody left to be asked.
    pub(crate) fn expect_the_last(&self) {
        self.enough.set(self.count.get());
    }

    /// Lets `waker` be woken by the next one. It takes the place of an earlier waker.
    pub(crate) fn wake(&self, waker: &Waker) {
        drop(self.waiter.replace(Some(waker.clone())));
    }
}

impl Reactor {
    /// Begins to listen: the first is a request, the second is enough.
    pub(crate) fn listen(&self, pipe: SignalPipe) -> io::Result<()> {
        let number = pipe.as_raw_fd();
        let mut source = SourceFd(&number);
        self.registry
            .register(&mut source, INTERRUPT, Interest::READABLE)?;
        self.interrupts.count.set(0);
        self.interrupts.enough.set(1);
        self.interrupts.pipe.replace(Some(pipe));
        Ok(())
    }

    /// Stops listening. What has come stays counted.
    pub(crate) fn hush(&self) {
        // The kernel forgets a descriptor that is closed.
        drop(self.interrupts.pipe.take());
        drop(self.interrupts.waiter.take());
    }
}
