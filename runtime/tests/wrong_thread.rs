//! What is called on a thread where no loop runs: which threads the complaint names. What types can rule
//! out is a compile error, as `Loop` shows. Read `guests.rs` next.

use oneloop::executor::ThreadPool;
use oneloop::{Loop, call_soon, run, run_in_executor, to_thread};
use std::panic::catch_unwind;
use std::thread;

const CURE: &str = "call it inside `oneloop::run(async { .. })`, `event_loop.block_on(..)` or \
    `event_loop.enter(..)`; elsewhere make tasks and callbacks by a `Handle` of it, on other threads by \
    its `Remote` (`handle.remote()`)";

/// What this thread is called in messages.
fn this_thread() -> String {
    let thread = thread::current();
    match thread.name() {
        Some(name) => format!("\"{name}\" ({:?})", thread.id()),
        None => format!("{:?}", thread.id()),
    }
}

/// Wants a loop where there is none: gives the complaint, and what the thread is called.
fn misuse() -> (String, String) {
    let Err(payload) = catch_unwind(|| call_soon(|| ())) else {
        panic!("it was let through");
    };
    (*payload.downcast::<String>().unwrap(), this_thread())
}

/// Feature rows 132, 138.
/// Pain 19.
#[test]
fn in_a_function_that_a_loop_has_run_on_another_thread_both_threads_are_named() {
    let check = |(message, there): (String, String), here: &str| {
        let both = format!("{there}, where the loop of thread {here} has a function run");
        let expected = format!("`call_soon` was called outside a loop, on thread {both}: {CURE}");
        assert_eq!(message, expected);
    };
    let pool = ThreadPool::new(1);
    run(async {
        let here = this_thread();
        check(to_thread(misuse).await.unwrap(), &here);
        check(run_in_executor(None, misuse).await.unwrap(), &here);
        check(run_in_executor(Some(&pool), misuse).await.unwrap(), &here);
    });
    // The same thread, with a function of nobody's loop.
    let (message, _) = pool.submit(misuse).result(None).unwrap();
    assert_eq!(
        message,
        format!("`call_soon` was called outside a loop: {CURE}")
    );
}

/// A loop elsewhere is nobody's to know of, as nothing is global; the head of the panic has the thread's
/// name.
#[test]
fn on_any_other_thread_the_way_in_is_named() {
    run(async {
        let (message, _) = thread::spawn(misuse).join().unwrap();
        assert_eq!(
            message,
            format!("`call_soon` was called outside a loop: {CURE}")
        );
        let current = thread::spawn(|| Loop::current().unwrap_err().to_string());
        let expected = format!("no loop is running on this thread: {CURE}");
        assert_eq!(current.join().unwrap(), expected);
    });
}
