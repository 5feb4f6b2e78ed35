//! Several at once: gathers that nest, and gathers that are cancelled. Next: `callbacks.rs`.

use crate::{milliseconds, run};
use oneloop::cancel::{Caught, catch};
use oneloop::{create_task, gather, now, sleep, yield_now};
use std::cell::Cell;
use std::future::pending;
use std::rc::Rc;

/// Waits for ever. Cancelled, it cleans up for so many milliseconds and counts one more.
async fn cleans_up(time: u64, cleaned: Rc<Cell<u32>>) -> u64 {
    let ended = catch(pending::<()>()).await;
    sleep(milliseconds(time)).await;
    cleaned.set(cleaned.get() + 1);
    ended.or_resume().await;
    time
}

/// Feature row 28.
#[test]
fn cancelling_an_outer_gather_reaches_the_innermost_children() {
    run(async {
        let cleaned = Rc::new(Cell::new(0));
        let child = |time| cleans_up(time, cleaned.clone());
        let innermost = create_task(child(5));
        let inner = gather((child(10), gather([child(20), child(30)]), innermost));
        let outer = gather((inner, child(40), async { "ended before" }));
        let task = create_task(async move { drop(outer.await) });
        sleep(milliseconds(1)).await;
        let began = now();
        task.cancel();
        assert!(task.await.unwrap_err().is_cancelled());
        assert_eq!(cleaned.get(), 5);
        assert_eq!(now() - began, milliseconds(40), "at once, and all awaited");
    });
}

/// asyncio's gather comes back before its slower children have cleaned up; ours does not.
///
/// Feature row 29.
/// Pain 5.
#[test]
fn cancelling_a_gather_or_its_awaiter_cancels_every_unfinished_child_and_waits() {
    run(async {
        let cleaned = Rc::new(Cell::new(0));
        let child = |time| cleans_up(time, cleaned.clone());
        // The gather itself, as a task.
        let gathering = create_task(gather([child(10), child(50)]));
        // Whoever awaits one, whose children are tasks.
        let tasks = [child(20), child(60)].map(create_task);
        let ended = create_task(async { 1 });
        let awaiter = create_task(async move {
            let outcomes = gather((gather(tasks), ended)).await;
            drop(outcomes);
        });
        yield_now().await;
        yield_now().await;
        let began = now();
        assert!(gathering.cancel());
        assert!(gathering.await.unwrap_err().is_cancelled());
        assert_eq!((cleaned.get(), now() - began), (2, milliseconds(50)));
        let began = now();
        assert!(awaiter.cancel());
        assert!(awaiter.await.unwrap_err().is_cancelled());
        assert_eq!((cleaned.get(), now() - began), (4, milliseconds(60)));
    });
}
