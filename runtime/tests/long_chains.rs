//! Tasks that await each other, a hundred thousand in a row, on the stack of a usual thread: nothing
//! that goes along such a chain may call itself for each of them, or look at all of them for each.
//! Read `cancel/callers.rs` for what a request does in a short one.

use oneloop::cancel::{Caught, catch};
use oneloop::{JoinError, Loop, Task, TaskGroup, create_task, gather, sleep, to_thread, yield_now};
use std::cell::Cell;
use std::future::pending;
use std::rc::Rc;
use std::time::{Duration, Instant};

const LENGTH: usize = 100_000;

/// Many times what it takes in a debug build on a busy machine; what is quadratic takes minutes.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs this on a thread with the stack that std gives to one by default.
fn on_a_thread<F: Future<Output = ()>>(main: impl FnOnce() -> F + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(2 << 20);
    let began = Instant::now();
    let run = move || oneloop::run(main());
    thread.spawn(run).unwrap().join().unwrap();
    assert!(began.elapsed() < PATIENCE, "{:?}", began.elapsed());
}

/// So many tasks, each of which awaits the next: the last one runs `last`, each other one is made by
/// `link`. Returns the first, which is made last.
fn chain<F: Future<Output = Result<(), JoinError>> + 'static>(
    length: usize,
    last: impl Future<Output = Result<(), JoinError>> + 'static,
    link: impl Fn(Task<Result<(), JoinError>>) -> F,
) -> Task<Result<(), JoinError>> {
    let mut task = create_task(last);
    for _ in 1..length {
        task = create_task(link(task));
    }
    task
}

/// The plain chain.
fn plain() -> Task<Result<(), JoinError>> {
    chain(LENGTH, pending(), async |next| next.await?)
}

async fn all_have_begun() {
    sleep(Duration::from_millis(1)).await;
}

#[test]
fn a_long_chain_of_tasks_is_cancelled_by_its_first() {
    on_a_thread(async || {
        let first = plain();
        all_have_begun().await;
        assert!(first.cancel());
        assert!(first.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn a_long_chain_of_tasks_is_cancelled_with_a_message() {
    on_a_thread(async || {
        let first = plain();
        all_have_begun().await;
        assert!(first.cancel_with("enough"));
        let error = first.await.unwrap_err();
        assert_eq!(error.to_string(), "the task was cancelled: enough");
    });
}

#[test]
fn a_long_chain_of_tasks_with_scopes_cleans_up_from_its_last_to_its_first() {
    on_a_thread(async || {
        // Each one has ten times as much to do in a debug build.
        let length = LENGTH / 4;
        let cleaned_up = Rc::<Cell<usize>>::default();
        let count = cleaned_up.clone();
        let first = chain(length, pending(), move |next| {
            let count = count.clone();
            async move {
                let result = catch(async { gather((next, yield_now())).await.0? }).await;
                yield_now().await;
                count.set(count.get() + 1);
                result.or_resume().await
            }
        });
        all_have_begun().await;
        assert!(first.cancel());
        assert!(first.cancel());
        assert!(first.await.unwrap_err().is_cancelled());
        assert_eq!(cleaned_up.get(), length - 1);
    });
}

#[test]
fn a_long_chain_of_groups_in_members_of_groups_is_cancelled() {
    on_a_thread(async || {
        let first = chain(LENGTH / 4, pending(), async |next| {
            let member = async { next.await.map_err(drop)?.map_err(drop) };
            let group = TaskGroup::scope(async |group| {
                drop(group.create_task(member));
                Ok(())
            });
            group.await.unwrap();
            Ok(())
        });
        all_have_begun().await;
        assert!(first.cancel());
        assert!(first.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn a_program_that_leaves_a_long_chain_of_tasks_ends() {
    on_a_thread(async || {
        drop(plain());
        all_have_begun().await;
    });
}

#[test]
fn a_program_that_leaves_a_long_chain_of_tasks_that_never_began_ends() {
    on_a_thread(async || drop(plain()));
}

#[test]
fn a_program_that_leaves_a_long_chain_of_tasks_that_unwinds_ends() {
    on_a_thread(async || {
        let first = plain();
        all_have_begun().await;
        first.cancel();
    });
}

#[test]
fn a_loop_with_a_long_chain_of_tasks_is_dropped() {
    on_a_thread(async || {
        let drops = || {
            let event_loop = Loop::new().unwrap();
            event_loop.block_on(async {
                drop(plain());
                all_have_begun().await;
            });
        };
        to_thread(drops).await.unwrap();
    });
}

#[test]
fn a_long_circle_of_tasks_is_cancelled() {
    on_a_thread(async || {
        let first = Rc::new(Cell::new(None::<Task<Result<(), JoinError>>>));
        let awaited = first.clone();
        let last = async move {
            sleep(Duration::from_millis(1)).await;
            let first = awaited.take().unwrap();
            (&first).await?
        };
        let task = chain(LENGTH, last, async |next| next.await?);
        let asked = task.any();
        first.set(Some(task));
        sleep(Duration::from_millis(20)).await;
        assert!(asked.cancel());
        while !asked.done() {
            yield_now().await;
        }
    });
}
