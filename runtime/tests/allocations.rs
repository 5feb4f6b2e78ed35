//! Awaiting a task registers without an allocation, in each form of the await. What a loop or a task
//! makes once (the first block of a size, a node of the tree) was made in the rounds before.
//! Read `ledger.rs` next.

use allocation_counter::measure;
use oneloop::cancel::catch;
use oneloop::{Loop, Task, create_task, gather, shield, wait, yield_now};
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;

/// A task that has not ended when it is awaited.
fn task() -> Task<u32> {
    create_task(async {
        yield_now().await;
        7
    })
}

/// Polls a future that is not ready, once.
async fn give_up<F: Future + Unpin>(future: &mut F) {
    poll_fn(|context| {
        assert!(Pin::new(&mut *future).poll(context).is_pending());
        Poll::Ready(())
    })
    .await;
}

async fn by_value() {
    assert_eq!(task().await.unwrap(), 7);
}

async fn by_mutable_reference() {
    let mut task = task();
    give_up(&mut &mut task).await;
    yield_now().await;
    assert_eq!((&mut task).await.unwrap(), 7);
}

async fn by_reference() {
    let task = task();
    assert_eq!((&task).await.unwrap(), 7);
    assert_eq!((&task).await.unwrap(), 7);
}

/// By a second form, when the first was given up.
async fn by_one_after_the_other() {
    let mut task = task();
    {
        let first = pin!(async { (&task).await });
        give_up(&mut { first }).await;
    }
    give_up(&mut task).await;
    assert_eq!(task.await.unwrap(), 7);
}

async fn shielded() {
    let task = task();
    assert_eq!(shield(&task).await.unwrap(), 7);
}

/// In a task whose tree there is: the await is one of its participants.
async fn inside_catch() {
    let caught = catch(async {
        by_value().await;
        by_mutable_reference().await;
        by_reference().await;
    });
    caught.await.unwrap();
}

/// How many allocations the third run of a scenario makes, on a loop of its own.
fn allocations<F: Future>(scenario: impl Fn() -> F) -> u64 {
    let event_loop = Loop::new().unwrap();
    for _ in 0..2 {
        event_loop.block_on(scenario());
    }
    measure(|| drop(event_loop.block_on(scenario()))).count_total
}

/// How many it takes to make so many tasks and let them run: none, but where a checker of memory wants
/// to see each block come and go.
fn making(tasks: u32) -> u64 {
    allocations(|| async {
        (0..tasks).for_each(|_| drop(task()));
        yield_now().await;
        yield_now().await;
    })
}

#[test]
fn awaiting_a_task_registers_without_an_allocation() {
    assert_eq!(allocations(by_value), making(1));
    assert_eq!(allocations(by_mutable_reference), making(1));
    assert_eq!(allocations(by_reference), making(1));
    assert_eq!(allocations(by_one_after_the_other), making(1));
    assert_eq!(allocations(shielded), making(1));
    assert_eq!(allocations(inside_catch), making(3));
    if !cfg!(any(miri, oneloop_no_pool)) {
        assert_eq!(making(3), 0, "blocks come from the pool");
    }
}

#[test]
fn what_awaits_several_tasks_allocates_nothing_for_each_await() {
    // `gather` and `wait` keep books on their children: as many with tasks as without any.
    let plain = allocations(|| async { gather((yield_now(), yield_now(), yield_now())).await });
    let tasks = allocations(|| async { gather((task(), task(), task())).await });
    assert_eq!(tasks, plain + making(3) - making(0), "gather");
    let ended = allocations(|| async {
        let tasks = [task(), task(), task()];
        for _ in 0..3 {
            yield_now().await;
        }
        wait(tasks).await
    });
    let waiting = allocations(|| async { wait([task(), task(), task()]).await });
    assert_eq!(waiting, ended, "wait");
}
