//! That nobody stays behind in the forest. What participants do is tested through the public API, in
//! `runtime/tests`.

use crate::cancel::{Caught, catch, masked};
use crate::context::with_core;
use crate::{create_task, gather, sleep, timeout, yield_now};
use std::future::pending;
use std::time::Duration;

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
