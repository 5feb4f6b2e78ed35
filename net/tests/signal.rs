//! Signals, raised by the test program at itself.
#![cfg(all(unix, feature = "signal"))]

use oneloop_net::signal::{SIGHUP, SIGUSR1, SIGUSR2, Signal};
use signal_hook::low_level::raise;
use std::time::Duration;

#[test]
fn a_signal_wakes_the_task_that_waits_for_it() {
    oneloop::run(async {
        let signal = Signal::new(SIGUSR1).unwrap();
        let waiting = oneloop::create_task(async move { signal.recv().await });
        oneloop::yield_now().await;
        assert!(!waiting.done());
        raise(SIGUSR1).unwrap();
        waiting.await.unwrap().unwrap();
    });
}

#[test]
fn a_signal_that_came_before_the_wait_is_not_missed_and_not_given_twice() {
    oneloop::run(async {
        let signal = Signal::new(SIGUSR2).unwrap();
        raise(SIGUSR2).unwrap();
        raise(SIGUSR2).unwrap();
        signal.recv().await.unwrap();
        let again = oneloop::timeout(Duration::from_millis(50), signal.recv()).await;
        assert!(again.is_err(), "the two became one");
    });
}

#[test]
fn after_it_is_dropped_the_process_survives_the_signal() {
    oneloop::run(async {
        drop(Signal::new(SIGHUP).unwrap());
        raise(SIGHUP).unwrap();
        let signal = Signal::new(SIGHUP).unwrap();
        raise(SIGHUP).unwrap();
        signal.recv().await.unwrap();
    });
}
