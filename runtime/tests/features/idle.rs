//! A loop that waits costs nothing, and waits in the kernel. Next: `compile_errors.rs`.

#[cfg(target_os = "linux")]
use {
    oneloop::Loop,
    oneloop::sync::Promise,
    std::os::fd::{AsFd, AsRawFd},
    std::thread,
    std::time::Duration,
};

/// How long this thread has used a processor.
#[cfg(target_os = "linux")]
fn processor_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    let nanoseconds = text.split(' ').next().unwrap();
    Duration::from_nanos(nanoseconds.parse().unwrap())
}

/// Feature row 10.
#[cfg(target_os = "linux")]
#[test]
fn the_loops_descriptor_is_an_epoll() {
    let event_loop = Loop::new().unwrap();
    let path = format!("/proc/self/fdinfo/{}", event_loop.as_fd().as_raw_fd());
    // Only an epoll has these lines: one for each descriptor that it watches.
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains("tfd:"), "{text}");
    let path = format!("/proc/self/fd/{}", event_loop.as_fd().as_raw_fd());
    let link = std::fs::read_link(path).unwrap();
    assert_eq!(link.to_str(), Some("anon_inode:[eventpoll]"));
}

/// A real second: nothing but real time shows that nothing happens. A task waits for what nobody
/// sets, and another thread ends the wait.
///
/// Feature rows 10, 26.
#[cfg(target_os = "linux")]
#[test]
fn a_loop_that_waits_for_a_second_makes_no_turn_and_uses_no_processor() {
    let event_loop = Loop::new().unwrap();
    let (handle, remote) = (event_loop.handle(), event_loop.handle().remote());
    let promise = Promise::<()>::new();
    let future = promise.future();
    let waits = handle.create_task(future);
    assert_eq!(event_loop.turn(Some(Duration::ZERO)).unwrap().ran, 1);

    let (turns, used) = (handle.stats().turns, processor_time());
    let thread = thread::spawn(move || {
        thread::sleep(Duration::from_secs(1));
        let stop = || Loop::current().unwrap().stop();
        remote.call_soon_threadsafe(stop).unwrap();
    });
    event_loop.run_forever();
    let turns = handle.stats().turns - turns;
    let used = processor_time() - used;
    thread.join().unwrap();
    // One that slept and was woken; one before it, perhaps, since making the task rang for a host.
    assert!(turns <= 2, "{turns} turns in a second");
    assert!(used < Duration::from_millis(100), "{used:?}");
    assert!(!waits.done());
    drop(promise);
    let outcome = event_loop.block_on(waits).unwrap();
    assert!(
        outcome.is_err(),
        "whoever waits for a dropped promise is told"
    );
}
