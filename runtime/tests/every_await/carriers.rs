//! Scenarios of what carries items from task to task: queues, channels, promises. No item may be
//! missing, doubled or out of order. Next: `time.rs`.

use crate::registry::{Row, three};
use futures_lite::StreamExt;
use oneloop::sync::channel::{Receiver, Sender};
use oneloop::sync::{Lock, Promise, Queue, channel, oneshot, unbounded};
use oneloop::testing::{Scenario, cancel_at_every_await};
use oneloop::yield_now;
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;

pub(crate) const ROWS: &[Row] = &[
    Row::new(
        "a queue",
        3,
        &[
            "sync::queue::OrderedQueue::put",
            "sync::queue::OrderedQueue::get",
            "sync::queue::OrderedQueue::join",
        ],
        || cancel_at_every_await(queue),
    ),
    Row::new(
        "room in a queue",
        2,
        &["sync::queue::OrderedQueue::reserve"],
        || cancel_at_every_await(reserving),
    ),
    Row::new(
        "sending through a full channel",
        3,
        &[
            "sync::channel::channel",
            "sync::channel::Sender::send",
            "Future for sync::channel::Sending",
        ],
        || cancel_at_every_await(sending),
    ),
    Row::new(
        "receiving from a channel",
        3,
        &[
            "sync::channel::Receiver::recv",
            "Future for sync::channel::Receiving",
        ],
        || cancel_at_every_await(async || receiving(channel(2), How::Recv)),
    ),
    Row::new(
        "receiving from a channel without a bound",
        3,
        &["sync::channel::unbounded"],
        || cancel_at_every_await(async || receiving(unbounded(), How::Recv)),
    ),
    Row::new(
        "a channel as a stream",
        3,
        &["Stream for sync::channel::Receiver"],
        || cancel_at_every_await(async || receiving(channel(2), How::Next)),
    ),
    Row::new(
        "polling a channel",
        3,
        &["sync::channel::Receiver::poll_recv"],
        || cancel_at_every_await(async || receiving(channel(2), How::Poll)),
    ),
    Row::new(
        "a oneshot",
        1,
        &[
            "sync::oneshot::channel",
            "Future for sync::oneshot::Receiver",
        ],
        || cancel_at_every_await(oneshot),
    ),
    Row::new(
        "promises",
        2,
        &[
            "sync::Promise::future",
            "Future for sync::PromiseFuture",
            "IntoFuture for &sync::Promise",
        ],
        || cancel_at_every_await(promises),
    ),
];

async fn queue() -> Scenario {
    let (mine, other, looks) = three(Queue::new(1));
    looks.put_nowait(0).unwrap();
    // What was put, and what was taken out, in order.
    let (notes, taken, log) = three(RefCell::new((vec![0], Vec::new())));
    Scenario::new(async move {
        mine.put(1).await.unwrap();
        notes.borrow_mut().0.push(1);
        for _ in 0..2 {
            let item = mine.get().await.unwrap();
            notes.borrow_mut().1.push(item);
        }
        mine.join().await;
    })
    .beside(async move {
        let item = other.get().await.unwrap();
        taken.borrow_mut().1.push(item);
        other.task_done().unwrap();
        for _ in 0..4 {
            yield_now().await;
        }
        // Its place may be taken, by who was interrupted afterwards.
        if other.put_nowait(2).is_ok() {
            taken.borrow_mut().0.push(2);
        }
        for _ in 0..4 {
            yield_now().await;
        }
        while other.task_done().is_ok() {}
    })
    .after(async move {
        let (put, mut got) = log.take();
        while let Ok(item) = looks.get_nowait() {
            got.push(item);
        }
        assert_eq!(put, got);
        looks.put(3).await.unwrap();
        assert_eq!(looks.get().await, Ok(3));
    })
}

async fn reserving() -> Scenario {
    let (mine, other, looks) = three(Queue::new(1));
    looks.put_nowait(0).unwrap();
    let (kept, _, item) = three(Cell::new(Some(1)));
    Scenario::new(async move {
        let room = mine.reserve().await.unwrap();
        yield_now().await;
        room.put(kept.take().unwrap()).unwrap();
    })
    .beside(async move {
        assert_eq!(other.get().await, Ok(0));
    })
    .after(async move {
        assert_eq!(looks.get_nowait().ok().or(item.take()), Some(1));
        assert_eq!(item.take(), None, "it is in one place");
        looks.put(2).await.unwrap();
    })
}

async fn sending() -> Scenario {
    let (sender, receiver) = channel(1);
    let (sends, _, sends_after) = three(sender);
    let (receives, _, looks) = three(Lock::new(receiver));
    let (notes, _, sent) = three(Cell::new(0));
    let (collects, _, collected) = three(RefCell::new(Vec::new()));
    let (there, is_there, _) = three(());
    Scenario::new(async move {
        let _there = there;
        for item in 1..=4 {
            sends.send(item).await.unwrap();
            notes.set(item);
        }
    })
    .beside(async move {
        let mut receiver = receives.try_lock().unwrap();
        while Rc::strong_count(&is_there) > 1 {
            collects.borrow_mut().extend(receiver.try_recv());
            yield_now().await;
        }
    })
    .after(async move {
        let mut receiver = looks.lock().await;
        let mut got = collected.take();
        got.extend(receiver.try_recv());
        let all: Vec<i32> = (1..=sent.get()).collect();
        assert_eq!(got, all);
        // There is room for one again, and for no more.
        sends_after.send(7).await.unwrap();
        assert!(sends_after.try_send(8).is_err());
        assert_eq!(receiver.recv().await, Some(7));
    })
}

/// The ways to receive.
#[derive(Clone, Copy)]
enum How {
    Recv,
    Next,
    Poll,
}

fn receiving((sender, receiver): (Sender<i32>, Receiver<i32>), how: How) -> Scenario {
    // The receiver outlives who waits for it.
    let (takes, _, looks) = three(Lock::new(receiver));
    let (notes, _, log) = three(RefCell::new(Vec::new()));
    Scenario::new(async move {
        let mut receiver = takes.try_lock().unwrap();
        loop {
            let item = match how {
                How::Recv => receiver.recv().await,
                How::Next => receiver.next().await,
                How::Poll => poll_fn(|context| receiver.poll_recv(context)).await,
            };
            let Some(item) = item else { break };
            notes.borrow_mut().push(item);
        }
    })
    .beside(async move {
        for item in 1..=3 {
            // There is room for two, and nobody may be there to take them.
            if sender.try_send(item).is_err() {
                assert_eq!(item, 3);
            }
            yield_now().await;
        }
    })
    .after(async move {
        let mut got = log.take();
        while let Some(item) = looks.lock().await.recv().await {
            got.push(item);
        }
        assert!(got == [1, 2, 3] || got == [1, 2], "{got:?}");
    })
}

async fn oneshot() -> Scenario {
    let (sender, receiver) = oneshot::channel();
    let (takes, _, looks) = three(Lock::new(receiver));
    let (notes, _, got) = three(Cell::new(None));
    Scenario::new(async move {
        let mut receiver = takes.try_lock().unwrap();
        notes.set(Some((&mut *receiver).await.unwrap()));
    })
    .beside(async move { sender.send(7).unwrap() })
    .after(async move {
        let left = looks.lock().await.try_recv().ok().flatten();
        assert_eq!(got.get().or(left), Some(7));
    })
}

async fn promises() -> Scenario {
    let (waits, sets, looks) = three((Promise::new(), Promise::new()));
    let (there, is_there, _) = three(());
    Scenario::new(async move {
        let _there = there;
        assert_eq!((&waits.0).await.unwrap(), 1);
        assert_eq!(waits.1.future().await.unwrap(), 2);
    })
    .beside(async move {
        for (promise, value) in [(&sets.0, 1), (&sets.1, 2)] {
            // Nobody who is gone may be waiting still.
            match Rc::strong_count(&is_there) > 1 {
                true => promise.set_result(value).unwrap(),
                false => assert!(format!("{promise:?}").contains("0 waiting")),
            }
            yield_now().await;
        }
    })
    .after(async move {
        for promise in [&looks.0, &looks.1] {
            let _ = promise.set_result(0);
            assert!(promise.future().await.is_ok());
        }
    })
}
