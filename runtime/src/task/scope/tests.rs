//! That nobody stays behind in the forest. What participants do is tested through the public API, in
//! `runtime/tests`.

use crate::cancel::{Caught, catch, masked};
use crate::context::with_core;
use crate::{create_task, gather, race, sleep, timeout, yield_now};
use std::cell::RefCell;
use std::future::{pending, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

/// How many participants the running loop has.
fn participants() -> usize {
    with_core(|core| core.map_or(0, |core| core.scheduler.scopes().len()))
}

#[test]
fn whoever_took_part_leaves_in_the_end() {
    let event_loop = crate::Loop::builder().paused_clock().build().unwrap();
    event_loop.block_on(async {
        let parts = async || {
            let _ = timeout(Duration::from_secs(1), pending::<()>()).await;
            gather((masked(sleep(Duration::from_secs(1))), yield_now())).await;
        };
        let ended = create_task(async move {
            let inner = create_task(async move { parts().await });
            (&inner).await.unwrap();
            inner.await.unwrap();
        });
        let cancelled = create_task(async {
            let inner = create_task(pending::<()>());
            let both = catch(gather([&inner, &inner])).await;
            yield_now().await;
            both.or_resume().await;
        });
        sleep(Duration::from_millis(500)).await;
        assert!(participants() > 5, "{}", participants());
        cancelled.cancel();
        ended.await.unwrap();
        assert!(cancelled.await.unwrap_err().is_cancelled());
        // What is left is this future, which has awaited nothing but tasks.
        assert_eq!(participants(), 0);
    });
}

/// How many children were looked through for such as were given places.
fn looked_at() -> u64 {
    with_core(|core| core.map_or(0, |core| core.scheduler.scopes().forest.borrow().looked_at))
}

/// Each poll of a gather looked through all its children, if anybody in the loop had been given a place.
#[test]
fn places_that_others_are_given_cost_a_gather_of_many_nothing() {
    // Fewer under Miri, which took more than ten minutes for all.
    const MANY: usize = if cfg!(miri) { 60 } else { 1000 };
    const OTHERS: u64 = if cfg!(miri) { 10 } else { 100 };
    crate::run(async {
        let children = (0..MANY).map(async |number| {
            for _ in 0..OTHERS {
                match number {
                    0 => {
                        let other = create_task(async { race([pending::<()>()]).await });
                        yield_now().await;
                        other.cancel(); // This gives its child a place.
                        let _cancelled = other.await;
                    }
                    _ => drop(timeout(HOUR, pending::<()>()).await),
                }
            }
        });
        let all = create_task(async { gather(children).await });
        while participants() < MANY {
            yield_now().await;
        }
        for _ in 0..3 * OTHERS {
            yield_now().await;
        }
        all.cancel();
        let _cancelled = all.await;
        assert!(looked_at() < 10 * OTHERS, "{}", looked_at());
    });
}

/// What waits may point into itself, as `yield_now` does: only Miri sees a look at it by `&`.
#[test]
fn a_body_that_waits_is_not_borrowed_while_its_scope_is_looked_for() {
    crate::run(async {
        let over = timeout(Duration::ZERO, async {
            loop {
                yield_now().await;
            }
        });
        let over: Result<(), _> = over.await;
        assert!(over.is_err());
        let grouped = crate::TaskGroup::scope(async |_group| {
            for _ in 0..3 {
                yield_now().await;
            }
            Ok::<_, String>(())
        });
        grouped.await.unwrap();
    });
}

/// A request that is made outside a turn wakes whoever waits; one of those drops the loop.
#[test]
fn a_waker_that_drops_the_loop_may_be_woken_by_a_request() {
    thread_local!(static LOOP: RefCell<Option<crate::Loop>> = const { RefCell::new(None) });
    struct DropsTheLoop;
    impl Wake for DropsTheLoop {
        fn wake(self: Arc<DropsTheLoop>) {
            drop(LOOP.take());
        }
    }
    let event_loop = crate::Loop::new().unwrap();
    let task = event_loop.handle().create_task(async {
        let mut body = pin!(catch(pending::<()>()));
        let waker = Waker::from(Arc::new(DropsTheLoop));
        poll_fn(|_| body.as_mut().poll(&mut Context::from_waker(&waker)))
            .await
            .unwrap();
    });
    let _ = event_loop.turn(Some(Duration::ZERO)).unwrap();
    LOOP.set(Some(event_loop));
    assert!(task.cancel_with("from outside"));
    assert!(task.cancelled());
}
