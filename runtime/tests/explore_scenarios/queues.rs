//! Items on their way, and who may lose one. Next: `gathered.rs`.

use crate::{Log, all, milliseconds, tasks, yields};
use oneloop::sync::{LifoQueue, PriorityQueue, Queue, channel as make_channel};
use oneloop::{create_task, sleep, yield_now};
use std::rc::Rc;

/// Each lane's items come out in their order, each once, and `join` waits for the last. Broken:
/// what came out is noted a turn later.
pub(crate) async fn queue(broken: bool) {
    let (queue, got) = (Rc::new(Queue::new(2)), Log::new());
    let puts = |lane: u32| {
        let queue = queue.clone();
        async move {
            for item in 0..5 {
                queue.put((lane, item)).await.unwrap();
                yields(lane % 2).await;
            }
        }
    };
    let gets = |_| {
        let (queue, got) = (queue.clone(), got.clone());
        async move {
            while let Ok(item) = queue.get().await {
                if broken {
                    yield_now().await;
                }
                got.push(item);
                queue.task_done().unwrap();
            }
        }
    };
    let (producers, consumers) = (tasks(3, puts), tasks(2, gets));
    all(producers).await;
    queue.join().await;
    check_lanes(got.take(), 3, 5);
    queue.shutdown(false);
    all(consumers).await;
}

/// Each lane is complete and in order.
fn check_lanes(got: Vec<(u32, u32)>, lanes: u32, items: u32) {
    assert_eq!(got.len() as u32, lanes * items);
    for lane in 0..lanes {
        let in_lane = got.iter().filter(|item| item.0 == lane);
        let numbers: Vec<u32> = in_lane.map(|item| item.1).collect();
        assert_eq!(numbers, (0..items).collect::<Vec<_>>(), "lane {lane}");
    }
}

/// The newest comes out first. Broken: it is noted a turn before it goes in.
pub(crate) async fn lifo_queue(broken: bool) {
    let (queue, put) = (Rc::new(LifoQueue::new(0)), Log::new());
    let puts = |item: u32| {
        let (queue, put) = (queue.clone(), put.clone());
        async move {
            put.push(item);
            if broken {
                yield_now().await;
            }
            queue.put(item).await.unwrap();
        }
    };
    all(tasks(5, puts)).await;
    let mut expected = put.take();
    while let Some(item) = expected.pop() {
        assert_eq!(queue.get().await.unwrap(), item);
    }
}

/// The smallest comes out first, whatever the order in which they went in. Broken: a plain queue.
pub(crate) async fn priority_queue(broken: bool) {
    let (by_value, plain) = (Rc::new(PriorityQueue::new(3)), Rc::new(Queue::new(3)));
    let puts = |item: u32| {
        let (by_value, plain) = (by_value.clone(), plain.clone());
        async move {
            match broken {
                true => plain.put(item).await.unwrap(),
                false => by_value.put(item).await.unwrap(),
            }
        }
    };
    all(tasks(3, puts)).await;
    for item in 0..3 {
        let got = match broken {
            true => plain.get().await,
            false => by_value.get().await,
        };
        assert_eq!(got.unwrap(), item);
    }
}

/// Each sender's items come in their order, and the end comes when the last sender is gone. Broken:
/// a sender's items are sent by tasks of their own.
pub(crate) async fn channel(broken: bool) {
    let (sender, mut receiver) = make_channel(2);
    let sends = |lane: u32| {
        let sender = sender.clone();
        async move {
            for item in 0..4 {
                match broken {
                    true => {
                        let sender = sender.clone();
                        let send = async move { sender.send((lane, item)).await.unwrap() };
                        drop(create_task(send));
                    }
                    false => sender.send((lane, item)).await.unwrap(),
                }
                yields(lane % 2).await;
            }
        }
    };
    let senders = tasks(3, sends);
    drop(sender);
    let mut got = Vec::new();
    while let Some(item) = receiver.recv().await {
        got.push(item);
    }
    all(senders).await;
    check_lanes(got, 3, 4);
}

/// Starts who puts numbers into two queues now and then.
fn sources() -> [Rc<Queue<u32>>; 2] {
    let queues = [0, 0].map(|_| Rc::new(Queue::new(1)));
    for (number, queue) in queues.iter().enumerate() {
        let queue = queue.clone();
        drop(create_task(async move {
            for item in 0..ITEMS {
                sleep(milliseconds(u64::from(item) % (2 + number as u64))).await;
                queue.put(item).await.unwrap();
            }
        }));
    }
    queues
}

const ITEMS: u32 = 12;

/// Takes an item. Broken: and goes on waiting with the item in hand.
async fn take(queue: &Queue<u32>, broken: bool) -> u32 {
    let item = queue.get().await.unwrap();
    if broken {
        yield_now().await;
    }
    item
}

/// Whatever was taken, by whichever winner: each queue's items are complete and in order.
fn check_items(got: [Vec<u32>; 2]) {
    let expected: Vec<u32> = (0..ITEMS).collect();
    assert_eq!(got, [expected.clone(), expected], "a loser had an item");
}

/// A loser has nothing in its hands. Broken: see [`take`].
pub(crate) async fn race(broken: bool) {
    let (queues, mut got) = (sources(), [Vec::new(), Vec::new()]);
    for _ in 0..2 * ITEMS {
        let winner = oneloop::race(queues.iter().map(|queue| take(queue, broken)));
        // The broken form waits for items that are gone.
        let Ok((winner, item)) = oneloop::timeout(milliseconds(1000), winner).await else {
            break;
        };
        got[winner].push(item);
    }
    check_items(got);
}

/// The same, with a clock that cuts both.
pub(crate) async fn select(broken: bool) {
    let ([left, right], mut got) = (sources(), [Vec::new(), Vec::new()]);
    let mut cuts = 0;
    while got[0].len() + got[1].len() < 2 * ITEMS as usize && cuts < 1000 {
        oneloop::select! {
            item = take(&left, broken) => got[0].push(item),
            item = take(&right, broken) => got[1].push(item),
            () = sleep(milliseconds(1)) => cuts += 1,
        }
    }
    check_items(got);
}
