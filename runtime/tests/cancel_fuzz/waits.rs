//! What the parts of a program wait for: the sync types, which they share and contend for, and a pipe.
//! Next: `program.rs`.
//!
//! Whoever waits for an item, or for room, sees to one more of it himself, by a timer that goes with
//! him if he is cancelled. So there is never more than there are takers, and an item, a permit or a
//! notification that is lost with somebody who is cancelled leaves another waiting for ever.

use crate::tally::{Tally, count_up};
use mio::unix::pipe;
use oneloop::reactor::{Direction, Drained, Registration};
use oneloop::sync::{Barrier, Condition, Event, Lock, Queue, Semaphore};
use oneloop::{Task, TimerHandle, call_later, create_task, sleep};
use std::cell::Cell;
use std::io::{Read, Write};
use std::rc::Rc;
use std::time::Duration;

/// A wait, and for how many milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wait {
    /// Holds the one lock for a while.
    Lock(u64),
    /// Holds one of two permits for a while.
    Permit(u64),
    /// For an event that a timer sets.
    Event(u64),
    /// For stock that timers fill up, one at a time.
    Stock(u64),
    /// For an item in a queue that timers fill.
    Get(u64),
    /// For room in a queue that timers empty.
    Put(u64),
    /// For a second party.
    Barrier(u64),
    /// For a byte that a timer writes into a pipe.
    Pipe(u64),
}

impl Wait {
    /// All of them. The last takes its lock again when it is cancelled, and so must not stand twice in
    /// a foreign `join!`, nor in both parts of an `until`: see the limits of [`oneloop::cancel`].
    pub(crate) const ALL: [fn(u64) -> Wait; 8] = [
        Wait::Lock,
        Wait::Permit,
        Wait::Event,
        Wait::Get,
        Wait::Put,
        Wait::Barrier,
        Wait::Pipe,
        Wait::Stock,
    ];
}

const PERMITS: usize = 2;

/// What all parts of one program share.
pub(crate) struct World {
    lock: Lock<()>,
    permits: Semaphore,
    stock: Condition<u32>,
    /// Items on their way to those who get them.
    shelf: Queue<()>,
    /// Has room for one item.
    hatch: Queue<()>,
    /// Those who came for an item of that and found none: it may be on its way.
    fetchers: Cell<u32>,
}

impl Default for World {
    fn default() -> World {
        World {
            lock: Lock::new(()),
            permits: Semaphore::new(PERMITS),
            stock: Condition::new(0),
            shelf: Queue::new(0),
            hatch: Queue::new(1),
            fetchers: Cell::new(0),
        }
    }
}

impl World {
    /// Says what is not as it should be when nobody is left.
    pub(crate) fn fault(&self, tally: &Tally) -> Option<&'static str> {
        while self.shelf.get_nowait().is_ok() {
            count_up(&tally.received);
        }
        while self.hatch.get_nowait().is_ok() {
            count_up(&tally.fetched);
        }
        if self.lock.locked() || self.stock.locked() {
            return Some("a lock is held by nobody");
        }
        let permits = self.permits.available_permits();
        (permits != PERMITS).then_some("a permit was lost or invented")
    }
}

/// Waits.
pub(crate) async fn wait(wait: Wait, tally: &Rc<Tally>) {
    let world = &tally.world;
    match wait {
        Wait::Lock(time) => {
            let _guard = world.lock.lock().await;
            sleep(milliseconds(time)).await;
        }
        Wait::Permit(time) => {
            let _permit = world.permits.acquire().await;
            sleep(milliseconds(time)).await;
        }
        Wait::Event(time) => {
            let event = Rc::new(Event::new());
            let set = event.clone();
            let _supply = Supply::after(time, move || set.set());
            event.wait().await;
        }
        Wait::Stock(time) => {
            let supplied = tally.clone();
            let supply = Supply::after(time, move || fill_up(supplied));
            let mut stock = world.stock.lock().await;
            stock.wait_for(|stock: &mut u32| *stock > 0).await;
            *stock -= 1;
            supply.owe();
        }
        Wait::Get(time) => {
            let supplied = tally.clone();
            let supply = Supply::after(time, move || {
                supplied.world.shelf.put_nowait(()).expect("it has no end");
                count_up(&supplied.sent);
            });
            world.shelf.get().await.expect("it is not shut down");
            count_up(&tally.received);
            supply.owe();
        }
        Wait::Put(time) => {
            let supplied = tally.clone();
            let supply = Supply::after(time, move || {
                count_up(&supplied.world.fetchers);
                fetch(&supplied);
            });
            world.hatch.put(()).await.expect("it is not shut down");
            count_up(&tally.put);
            supply.owe();
            fetch(tally);
        }
        Wait::Barrier(time) => {
            let barrier = Rc::new(Barrier::new(2));
            let met = barrier.clone();
            let _second = Second(create_task(async move {
                sleep(milliseconds(time)).await;
                met.wait().await.ok();
            }));
            barrier.wait().await.expect("nobody breaks it");
        }
        Wait::Pipe(time) => {
            let (mut sender, receiver) = pipe::new().expect("a pipe");
            let mut reader = Reader {
                receiver: Registration::new(receiver).expect("a loop runs"),
                tally: tally.clone(),
            };
            let written = tally.clone();
            let _supply = Supply::after(time, move || {
                sender.write_all(&[1]).expect("there is room for a byte");
                count_up(&written.sent);
                // It ends the pipe by being dropped, so a byte must not be lost by that either.
            });
            reader.read().await;
        }
    }
}

fn milliseconds(number: u64) -> Duration {
    Duration::from_millis(number)
}

/// Puts one into the stock, and tells one who waits; later, if somebody looks at it just now.
fn fill_up(tally: Rc<Tally>) {
    match tally.world.stock.try_lock() {
        Some(mut stock) => {
            *stock += 1;
            stock.notify(1);
        }
        None => {
            let later = tally.clone();
            call_later(milliseconds(1), move || fill_up(later));
        }
    }
}

/// Lets those who came for an item have what there is.
fn fetch(tally: &Tally) {
    let World {
        hatch, fetchers, ..
    } = &tally.world;
    while fetchers.get() > 0 && hatch.get_nowait().is_ok() {
        fetchers.set(fetchers.get() - 1);
        count_up(&tally.fetched);
    }
}

/// What somebody who waits sees to. It goes with him, unless he was served: then he owes it.
struct Supply(Option<TimerHandle>);

impl Supply {
    fn after(time: u64, supply: impl FnOnce() + 'static) -> Supply {
        Supply(Some(call_later(milliseconds(time), supply)))
    }

    fn owe(mut self) {
        self.0 = None;
    }
}

impl Drop for Supply {
    fn drop(&mut self) {
        if let Some(timer) = self.0.take() {
            timer.cancel();
        }
    }
}

/// The second party at a barrier, who does not wait there alone.
struct Second(Task<()>);

impl Drop for Second {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// A pipe's end, in which no byte is left behind.
struct Reader {
    receiver: Registration<pipe::Receiver>,
    tally: Rc<Tally>,
}

impl Reader {
    async fn read(&mut self) {
        let read = |mut receiver: &pipe::Receiver| Ok((receiver.read(&mut [0])?, Drained::No));
        let bytes = self.receiver.io(Direction::Read, read).await;
        assert_eq!(bytes.expect("the loop is alive"), 1);
        count_up(&self.tally.received);
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let read = self.receiver.with(|mut receiver| receiver.read(&mut [0]));
        if let Ok(1) = read {
            count_up(&self.tally.received);
        }
    }
}
