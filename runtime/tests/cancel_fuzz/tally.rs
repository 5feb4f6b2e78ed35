//! What a program keeps count of while it runs, so that losses show. Next: `waits.rs`.

use crate::waits::World;
use oneloop::call_later;
use oneloop::sync::channel::{Receiver, Sender, unbounded};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

/// What was begun, and what was brought to its end.
#[derive(Default)]
pub(crate) struct Tally {
    /// Bodies with a clean-up that were entered, and clean-ups that were run.
    pub(crate) entered: Cell<u32>,
    pub(crate) cleaned_up: Cell<u32>,
    /// Requests that were suppressed.
    pub(crate) suppressed: Cell<u32>,
    /// Tasks alive that somebody awaits.
    pub(crate) children: Cell<u32>,
    /// Items sent, and items that somebody has.
    pub(crate) sent: Cell<u32>,
    pub(crate) received: Cell<u32>,
    /// Items that whoever put them knows to be put, and such that were fetched.
    pub(crate) put: Cell<u32>,
    pub(crate) fetched: Cell<u32>,
    /// Which parts began and ended, in this order, by their addresses.
    pub(crate) story: RefCell<Vec<(usize, bool)>>,
    /// What the parts contend for.
    pub(crate) world: World,
}

pub(crate) fn count_up(counter: &Cell<u32>) {
    counter.set(counter.get() + 1);
}

impl Tally {
    pub(crate) fn enter(&self) {
        count_up(&self.entered);
    }

    pub(crate) fn clean_up(&self) {
        count_up(&self.cleaned_up);
    }

    pub(crate) fn suppress(&self) {
        count_up(&self.suppressed);
    }

    /// Tells that a part begins, and that it ends when what is returned is dropped.
    pub(crate) fn tell<P>(self: &Rc<Self>, part: &Rc<P>) -> impl Drop + use<P> {
        struct Told(Rc<Tally>, usize);
        impl Drop for Told {
            fn drop(&mut self) {
                self.0.story.borrow_mut().push((self.1, false));
            }
        }
        let part = Rc::as_ptr(part).addr();
        self.story.borrow_mut().push((part, true));
        Told(self.clone(), part)
    }

    /// Counts a child as alive until its future is gone.
    pub(crate) fn child<F: Future<Output = ()>>(
        self: &Rc<Self>,
        body: F,
    ) -> impl Future<Output = ()> + use<F> {
        struct Alive(Rc<Tally>);
        impl Drop for Alive {
            fn drop(&mut self) {
                self.0.children.set(self.0.children.get() - 1);
            }
        }
        count_up(&self.children);
        let alive = Alive(self.clone());
        async move {
            let _alive = alive;
            body.await;
        }
    }
}

/// A channel whose items are all accounted for, whatever becomes of the receiver.
pub(crate) struct Inbox {
    tally: Rc<Tally>,
    sender: Sender<()>,
    receiver: Receiver<()>,
}

impl Inbox {
    pub(crate) fn new(tally: &Rc<Tally>) -> Inbox {
        let (sender, receiver) = unbounded();
        Inbox {
            tally: tally.clone(),
            sender,
            receiver,
        }
    }

    /// Lets a timer send an item.
    pub(crate) fn will_get_one(&self, after: Duration) {
        let (sender, tally) = (self.sender.clone(), self.tally.clone());
        call_later(after, move || {
            if sender.try_send(()).is_ok() {
                count_up(&tally.sent);
            }
        });
    }

    pub(crate) async fn take(&mut self) {
        self.receiver
            .recv()
            .await
            .expect("we have a sender ourselves");
        count_up(&self.tally.received);
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        while self.receiver.try_recv().is_ok() {
            count_up(&self.tally.received);
        }
    }
}
