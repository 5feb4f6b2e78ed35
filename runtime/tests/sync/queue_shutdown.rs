//! The end of a queue, as in Python 3.13: what can still be got, and who is told.

use std::cell::Cell;
use std::rc::Rc;
use std::task::Poll;

use oneloop::sync::Queue;
use oneloop::sync::queue::{GetNowaitError, PutError, PutNowaitError, QueueShutDown};
use oneloop::{create_task, timeout, yield_now};

use crate::hand::{Count, poll, poll_quietly};
use crate::story::{milliseconds, run};

/// Pain 30.
#[test]
fn shutdown_lets_what_is_in_be_got_and_refuses_the_rest() {
    run(async {
        let queue = Rc::new(Queue::new(1));
        queue.put_nowait("in").unwrap();
        let putter = {
            let queue = queue.clone();
            create_task(async move { queue.put("out").await })
        };
        yield_now().await;
        queue.shutdown(false);
        assert_eq!(putter.await.unwrap(), Err(PutError("out")));
        assert_eq!(queue.put("late").await, Err(PutError("late")));
        assert_eq!(
            queue.put_nowait("late"),
            Err(PutNowaitError::ShutDown("late"))
        );
        assert!(timeout(milliseconds(1), queue.join()).await.is_err());
        assert_eq!(queue.get().await, Ok("in"));
        assert_eq!(queue.get().await, Err(QueueShutDown));
        assert_eq!(queue.get_nowait(), Err(GetNowaitError::ShutDown));
        queue.task_done().unwrap();
        queue.join().await;
    });
}

#[test]
fn shutdown_ends_getters_that_wait_but_for_those_who_were_promised_an_item() {
    let queue = Queue::new(0);
    let (mut first, mut second) = (Box::pin(queue.get()), Box::pin(queue.get()));
    let (waker, wakes) = Count::waker();
    assert!(poll(&mut first, &waker).is_pending());
    assert!(poll(&mut second, &waker).is_pending());
    queue.put_nowait(1).unwrap();
    queue.shutdown(false);
    assert_eq!(wakes.get(), 2);
    assert_eq!(poll(&mut second, &waker), Poll::Ready(Err(QueueShutDown)));
    assert_eq!(poll(&mut first, &waker), Poll::Ready(Ok(1)));
}

#[test]
fn an_item_whose_getter_left_during_shutdown_can_be_got_by_the_next() {
    let queue = Queue::new(0);
    let (mut first, mut second) = (Box::pin(queue.get()), Box::pin(queue.get()));
    assert!(poll_quietly(&mut first).is_pending());
    assert!(poll_quietly(&mut second).is_pending());
    queue.put_nowait(1).unwrap();
    queue.shutdown(false);
    drop(first);
    assert_eq!(poll_quietly(&mut second), Poll::Ready(Ok(1)));
}

#[test]
fn immediate_shutdown_drops_what_is_in_counts_it_as_done_and_ends_every_wait() {
    struct Item(Rc<Queue<Item>>, Rc<Cell<u32>>);
    impl Drop for Item {
        fn drop(&mut self) {
            assert!(self.0.empty(), "items are dropped when all is in order");
            self.1.set(self.1.get() + 1);
        }
    }
    let queue = Rc::new(Queue::new(2));
    let dropped = Rc::new(Cell::new(0));
    let item = || Item(queue.clone(), dropped.clone());
    let mut promised = Box::pin(queue.get());
    assert!(poll_quietly(&mut promised).is_pending());
    assert!(queue.put_nowait(item()).is_ok() && queue.put_nowait(item()).is_ok());
    let mut putter = Box::pin(queue.put(item()));
    let mut joiner = Box::pin(queue.join());
    assert!(poll_quietly(&mut putter).is_pending());
    assert!(poll_quietly(&mut joiner).is_pending());
    queue.shutdown(true);
    assert_eq!((dropped.get(), queue.qsize()), (2, 0));
    assert!(matches!(
        poll_quietly(&mut promised),
        Poll::Ready(Err(QueueShutDown))
    ));
    assert!(matches!(
        poll_quietly(&mut putter),
        Poll::Ready(Err(PutError(_)))
    ));
    assert!(poll_quietly(&mut joiner).is_ready());
    assert!(matches!(queue.get_nowait(), Err(GetNowaitError::ShutDown)));
}
