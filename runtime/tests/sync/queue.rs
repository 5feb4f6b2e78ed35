//! The queues: order of items and of waiters, `join`, and cancelled waiters that lose nothing.
//!
//! Read next: `queue_state.rs`, `queue_shutdown.rs`.

use std::cell::Cell;
use std::rc::Rc;
use std::task::Poll;

use oneloop::cancel::catch;
use oneloop::sync::queue::{GetNowaitError, NothingUnfinished, PutNowaitError};
use oneloop::sync::{LifoQueue, PriorityQueue, Queue};
use oneloop::{create_task, gather, sleep, yield_now};

use crate::hand::{Count, poll, poll_quietly};
use crate::story::{Story, milliseconds, run};

/// asyncio's program 099.
#[test]
fn put_waits_for_room_and_items_come_out_in_order() {
    run(async {
        let story = Story::default();
        let queue = Rc::new(Queue::new(2));
        let producer = {
            let (queue, story) = (queue.clone(), story.clone());
            create_task(async move {
                for number in 0..4 {
                    queue.put(number).await.unwrap();
                    story.say(format!("put {number} size {}", queue.qsize()));
                }
            })
        };
        sleep(milliseconds(10)).await;
        story.say(format!(
            "full {} producer done {}",
            queue.full(),
            producer.done()
        ));
        for _ in 0..4 {
            story.say(format!("got {}", queue.get().await.unwrap()));
            sleep(milliseconds(10)).await;
        }
        story.say(format!(
            "empty {} producer done {}",
            queue.empty(),
            producer.done()
        ));
        assert_eq!(
            story.told(),
            [
                "put 0 size 1",
                "put 1 size 2",
                "full true producer done false",
                "got 0",
                "put 2 size 2",
                "got 1",
                "put 3 size 2",
                "got 2",
                "got 3",
                "empty true producer done true",
            ]
        );
    });
}

/// asyncio's program 101.
#[test]
fn each_kind_has_its_order_and_the_nowait_methods_refuse() {
    let items = [3, 1, 4, 2];
    let (queue, stack, heap) = (Queue::new(4), LifoQueue::new(4), PriorityQueue::new(4));
    for item in items {
        queue.put_nowait(item).unwrap();
        stack.put_nowait(item).unwrap();
        heap.put_nowait(item).unwrap();
    }
    assert_eq!(queue.put_nowait(0), Err(PutNowaitError::Full(0)));
    assert_eq!(stack.put_nowait(0), Err(PutNowaitError::Full(0)));
    assert_eq!(heap.put_nowait(0), Err(PutNowaitError::Full(0)));
    assert_eq!([(); 4].map(|()| queue.get_nowait().unwrap()), [3, 1, 4, 2]);
    assert_eq!([(); 4].map(|()| stack.get_nowait().unwrap()), [2, 4, 1, 3]);
    assert_eq!([(); 4].map(|()| heap.get_nowait().unwrap()), [1, 2, 3, 4]);
    assert_eq!(queue.get_nowait(), Err(GetNowaitError::Empty));
    assert_eq!(stack.get_nowait(), Err(GetNowaitError::Empty));
    assert_eq!(heap.get_nowait(), Err(GetNowaitError::Empty));
}

/// asyncio's program 103.
#[test]
fn waiting_getters_are_served_in_order_and_waiting_putters_likewise() {
    run(async {
        let story = Story::default();
        let queue = Rc::new(Queue::new(1));
        let getters = [0, 1, 2].map(|number| {
            let (queue, story) = (queue.clone(), story.clone());
            create_task(async move {
                let item = queue.get().await.unwrap();
                story.say(format!("getter {number} got {item}"));
            })
        });
        yield_now().await;
        for item in ["x", "y", "z"] {
            queue.put(item).await.unwrap();
        }
        gather(getters).await;
        queue.put_nowait("full").unwrap();
        let putters = ["0", "1", "2"].map(|item| {
            let (queue, story) = (queue.clone(), story.clone());
            create_task(async move {
                queue.put(item).await.unwrap();
                story.say(format!("putter {item} done"));
            })
        });
        yield_now().await;
        for _ in 0..4 {
            story.say(format!("taken {}", queue.get().await.unwrap()));
            yield_now().await;
        }
        gather(putters).await;
        assert_eq!(
            story.told(),
            [
                "getter 0 got x",
                "getter 1 got y",
                "getter 2 got z",
                "taken full",
                "putter 0 done",
                "taken 0",
                "putter 1 done",
                "taken 1",
                "putter 2 done",
                "taken 2",
            ]
        );
    });
}

#[test]
fn equal_priorities_come_out_in_the_order_in_which_they_went_in() {
    #[derive(Debug, PartialEq, Eq)]
    struct Job(u32, &'static str);
    impl Ord for Job {
        fn cmp(&self, other: &Job) -> std::cmp::Ordering {
            self.0.cmp(&other.0)
        }
    }
    impl PartialOrd for Job {
        fn partial_cmp(&self, other: &Job) -> Option<std::cmp::Ordering> {
            Some(self.cmp(other))
        }
    }
    let queue = PriorityQueue::new(0);
    for job in [
        Job(1, "a"),
        Job(0, "b"),
        Job(1, "c"),
        Job(0, "d"),
        Job(1, "e"),
    ] {
        queue.put_nowait(job).unwrap();
    }
    let order: Vec<_> = std::iter::from_fn(|| queue.get_nowait().ok())
        .map(|job| job.1)
        .collect();
    assert_eq!(order, ["b", "d", "a", "c", "e"]);
}

#[test]
fn a_comparison_that_uses_the_queue_finds_it_whole_and_loses_nothing() {
    struct Nosy(Rc<PriorityQueue<Nosy>>, u32, Rc<Cell<u32>>);
    impl Ord for Nosy {
        fn cmp(&self, other: &Nosy) -> std::cmp::Ordering {
            let left = self.2.get();
            if left > 0 {
                self.2.set(left - 1);
                assert!(left < 2 || self.0.get_nowait().is_err());
                let another = Nosy(self.0.clone(), 10 + left, self.2.clone());
                assert!(self.0.put_nowait(another).is_ok());
            }
            self.1.cmp(&other.1)
        }
    }
    impl PartialOrd for Nosy {
        fn partial_cmp(&self, other: &Nosy) -> Option<std::cmp::Ordering> {
            Some(self.cmp(other))
        }
    }
    impl PartialEq for Nosy {
        fn eq(&self, other: &Nosy) -> bool {
            self.1 == other.1
        }
    }
    impl Eq for Nosy {}
    let (queue, left) = (Rc::new(PriorityQueue::new(0)), Rc::new(Cell::new(2)));
    for number in [2, 1, 3] {
        assert!(
            queue
                .put_nowait(Nosy(queue.clone(), number, left.clone()))
                .is_ok()
        );
    }
    assert_eq!((left.get(), queue.qsize()), (0, 5));
    let numbers: Vec<_> = std::iter::from_fn(|| queue.get_nowait().ok())
        .map(|nosy| nosy.1)
        .collect();
    assert_eq!(numbers, [1, 2, 3, 11, 12]);
}

#[test]
fn a_promised_item_cannot_be_taken_by_another() {
    let queue = Queue::new(1);
    let mut getter = Box::pin(queue.get());
    assert!(poll_quietly(&mut getter).is_pending());
    queue.put_nowait(1).unwrap();
    assert_eq!(queue.get_nowait(), Err(GetNowaitError::Empty));
    assert_eq!(queue.put_nowait(2), Err(PutNowaitError::Full(2)));
    assert_eq!(poll_quietly(&mut getter), Poll::Ready(Ok(1)));
    assert_eq!(queue.put_nowait(2), Ok(()));
}

#[test]
fn a_getter_that_is_dropped_with_an_item_promised_passes_it_on() {
    let queue = Queue::new(0);
    let (mut leaver, mut patient) = (Box::pin(queue.get()), Box::pin(queue.get()));
    let (waker, wakes) = Count::waker();
    assert!(poll_quietly(&mut leaver).is_pending());
    assert!(poll(&mut patient, &waker).is_pending());
    queue.put_nowait(1).unwrap();
    assert_eq!(wakes.get(), 0);
    drop(leaver);
    assert_eq!(wakes.get(), 1);
    assert_eq!(poll(&mut patient, &waker), Poll::Ready(Ok(1)));
}

#[test]
fn a_cancellation_beats_an_item_which_stays_in_the_queue() {
    run(async {
        let queue = Rc::new(Queue::new(0));
        let getter = {
            let queue = queue.clone();
            create_task(async move { queue.get().await })
        };
        yield_now().await;
        queue.put_nowait("item").unwrap();
        getter.cancel();
        assert!(getter.await.unwrap_err().is_cancelled());
        assert_eq!(queue.get_nowait(), Ok("item"));
    });
}

#[test]
fn a_put_that_got_room_beats_a_cancellation_since_its_item_would_be_lost() {
    run(async {
        let queue = Rc::new(Queue::new(1));
        queue.put_nowait(1).unwrap();
        let putter = {
            let queue = queue.clone();
            create_task(async move {
                queue.put(2).await.unwrap();
                yield_now().await;
                unreachable!("the request goes on at the next await");
            })
        };
        yield_now().await;
        assert_eq!(queue.get_nowait(), Ok(1));
        putter.cancel();
        let end: Result<(), _> = putter.await;
        assert!(end.unwrap_err().is_cancelled());
        assert_eq!(queue.get_nowait(), Ok(2));
    });
}

#[test]
fn a_putter_that_is_cancelled_without_room_puts_nothing_in() {
    run(async {
        let queue = Rc::new(Queue::new(1));
        queue.put_nowait(1).unwrap();
        let [first, second] = [2, 3].map(|number| {
            let queue = queue.clone();
            create_task(async move { queue.put(number).await.unwrap() })
        });
        yield_now().await;
        first.cancel();
        assert!(first.await.unwrap_err().is_cancelled());
        assert_eq!(queue.get().await, Ok(1));
        second.await.unwrap();
        assert_eq!(queue.get().await, Ok(3));
        assert_eq!(queue.task_done().and(queue.task_done()), Ok(()));
        assert_eq!(queue.task_done(), Err(NothingUnfinished));
    });
}

#[test]
fn who_waits_for_room_keeps_the_item_and_a_room_of_the_same_moment_goes_to_the_next() {
    run(async {
        let queue = Rc::new(Queue::new(1));
        queue.put_nowait("in").unwrap();
        let offering = |item: &'static str| {
            let queue = queue.clone();
            create_task(async move {
                match catch(queue.reserve()).await {
                    Ok(room) => room.unwrap().put(item).map(|()| "put").unwrap(),
                    Err(cancelled) => {
                        cancelled.suppress();
                        item
                    }
                }
            })
        };
        let (first, second, third) = (offering("first"), offering("second"), offering("third"));
        yield_now().await;
        first.cancel();
        assert_eq!(first.await.unwrap(), "first");
        assert_eq!(queue.get().await, Ok("in"));
        second.cancel();
        assert_eq!(second.await.unwrap(), "second");
        assert_eq!(third.await.unwrap(), "put");
        assert_eq!(queue.get_nowait(), Ok("third"));
    });
}

#[test]
fn a_room_that_is_dropped_goes_to_the_next_and_one_that_is_held_is_taken() {
    run(async {
        let queue = Rc::new(Queue::new(1));
        let room = queue.reserve().await.unwrap();
        let putter = {
            let queue = queue.clone();
            create_task(async move { queue.put(2).await.unwrap() })
        };
        yield_now().await;
        assert!(!putter.done());
        drop(room);
        putter.await.unwrap();
        assert_eq!(queue.get_nowait(), Ok(2));
    });
}

#[test]
fn join_waits_until_each_item_is_done_with() {
    run(async {
        let story = Story::default();
        let queue = Queue::new(0);
        for number in 0..3 {
            queue.put_nowait(number).unwrap();
        }
        let worker = async {
            for _ in 0..3 {
                let number = queue.get().await.unwrap();
                sleep(milliseconds(10)).await;
                story.say(format!("done {number}"));
                queue.task_done().unwrap();
            }
        };
        let joiner = async {
            queue.join().await;
            story.say("joined");
        };
        gather((joiner, worker)).await;
        assert_eq!(story.told(), ["done 0", "done 1", "done 2", "joined"]);
        queue.join().await; // Nothing is unfinished: no wait.
        assert_eq!(queue.task_done(), Err(NothingUnfinished));
    });
}
