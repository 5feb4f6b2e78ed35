//! `gather` polled by hand and from other threads. Its story on a loop: `gather_story.rs`.

use std::cell::Cell;
use std::future::{Future, pending, poll_fn, ready};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use futures_lite::future::{block_on, yield_now};
use oneloop::gather;
use oneloop::sync::oneshot;

/// Feature rows 28, 137.
#[test]
fn outputs_come_in_the_order_of_the_arguments_whatever_ended_first() {
    block_on(async {
        let slow = async {
            yield_now().await;
            yield_now().await;
            "slow"
        };
        assert_eq!(
            gather((slow, async { 1 }, async { 'c' })).await,
            ("slow", 1, 'c')
        );
    });
}

/// Feature row 137.
#[test]
fn an_array_a_vec_and_an_iterator_give_a_vec() {
    async fn double(number: u32) -> u32 {
        yield_now().await;
        2 * number
    }
    block_on(async {
        assert_eq!(gather([double(1), double(2)]).await, [2, 4]);
        assert_eq!(gather(vec![double(3)]).await, [6]);
        assert_eq!(gather((4..6).map(double)).await, [8, 10]);
        assert_eq!(
            gather(Vec::<std::future::Ready<u8>>::new()).await,
            [],
            "nothing to wait for"
        );
    });
}

#[test]
fn twelve_children_of_twelve_types_fit() {
    block_on(async {
        let numbers = gather((
            async { 0_u8 },
            async { 1_u16 },
            async { 2_u32 },
            async { 3_u64 },
            async { 4_i8 },
            async { 5_i16 },
            async { 6_i32 },
            async { 7_i64 },
            async { "8" },
            async { '9' },
            async { 10_usize },
            async { Some(11) },
        ));
        let expected = (0, 1, 2, 3, 4, 5, 6, 7, "8", '9', 10, Some(11));
        assert_eq!(numbers.await, expected);
    });
}

#[test]
fn children_may_borrow_from_outside_and_from_the_same_thing() {
    block_on(async {
        let steps = Cell::new(0);
        let step = || async {
            yield_now().await;
            steps.set(steps.get() + 1);
        };
        gather([step(), step(), step()]).await;
        assert_eq!(steps.get(), 3);
    });
}

/// Feature row 28.
#[test]
fn gathers_nest_and_keep_their_shape() {
    block_on(async {
        let inner = || gather([ready(1), ready(1)]);
        let outer = gather((inner(), async { "between" }, gather((inner(),))));
        assert_eq!(outer.await, (vec![1, 1], "between", (vec![1, 1],)));
    });
}

#[test]
fn a_child_that_was_not_woken_is_not_polled() {
    let polls = Cell::new(0);
    let quiet = poll_fn(|_| {
        polls.set(polls.get() + 1);
        Poll::<()>::Pending
    });
    let (sender, receiver) = oneshot::channel();
    let mut both = pin!(gather((quiet, receiver, pending::<()>())));
    let mut context = Context::from_waker(Waker::noop());
    assert!(both.as_mut().poll(&mut context).is_pending());
    sender.send(()).unwrap();
    assert!(both.as_mut().poll(&mut context).is_pending());
    assert_eq!(polls.get(), 1);
}

#[test]
fn a_child_is_dropped_when_it_ends_not_when_all_have_ended() {
    let (dropped_with_child, mut signal) = oneshot::channel::<()>();
    let child = async move { drop(dropped_with_child) };
    let mut both = pin!(gather((child, pending::<()>())));
    let mut context = Context::from_waker(Waker::noop());
    assert!(both.as_mut().poll(&mut context).is_pending());
    assert!(signal.try_recv().is_err());
}

#[test]
fn dropping_the_gather_drops_its_children() {
    let (child_has_it, mut signal) = oneshot::channel::<()>();
    let child = async move {
        pending::<()>().await;
        drop(child_has_it);
    };
    let mut gathered = Box::pin(gather([child]));
    let mut context = Context::from_waker(Waker::noop());
    assert!(gathered.as_mut().poll(&mut context).is_pending());
    assert_eq!(signal.try_recv(), Ok(None));
    drop(gathered);
    assert!(signal.try_recv().is_err());
}

#[test]
fn children_may_be_woken_from_other_threads() {
    /// Waits until another thread has counted to the end, which wakes it at every count.
    async fn counted_elsewhere(last: usize) {
        let count = std::sync::Arc::new(AtomicUsize::new(0));
        let (wakers, on_thread) = mpsc::channel::<Waker>();
        let thread = thread::spawn({
            let count = count.clone();
            move || {
                for waker in on_thread.iter().take(last) {
                    count.fetch_add(1, Ordering::SeqCst);
                    waker.wake();
                }
            }
        });
        let mut seen = None;
        poll_fn(|context| {
            let now = count.load(Ordering::SeqCst);
            if now == last {
                return Poll::Ready(());
            }
            if seen != Some(now) {
                seen = Some(now);
                wakers.send(context.waker().clone()).unwrap();
            }
            Poll::Pending
        })
        .await;
        thread.join().unwrap();
    }
    let (done, in_time) = mpsc::channel();
    thread::spawn(move || {
        block_on(gather([1, 100, 1000].map(counted_elsewhere)));
        done.send(()).unwrap();
    });
    let bound = Duration::from_secs(60);
    in_time
        .recv_timeout(bound)
        .expect("a wake from a thread was lost");
}

#[test]
#[should_panic(expected = "was awaited again after it had given its output")]
fn polling_it_after_it_was_ready_panics() {
    let mut gathered = pin!(gather([async {}]));
    let mut context = Context::from_waker(Waker::noop());
    assert!(gathered.as_mut().poll(&mut context).is_ready());
    let _ = gathered.as_mut().poll(&mut context);
}
