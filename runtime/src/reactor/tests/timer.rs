//! Tests of the timerfd, and of the descriptor that tells a host about it.

use super::*;
use std::time::Instant;

const SECOND: u64 = 1_000_000_000;

/// The nanoseconds that the kernel has left, 0 for a timer that is not armed.
fn left(reactor: &Reactor) -> u64 {
    reactor.timer.as_ref().unwrap().left()
}

#[test]
fn an_armed_timer_is_moved_to_an_earlier_deadline_and_never_to_a_later_one() {
    let reactor = new_reactor();
    assert_eq!(left(&reactor), 0);
    assert!(reactor.arm_timer(100 * SECOND, 0));
    assert!((50 * SECOND..=100 * SECOND).contains(&left(&reactor)));
    assert!(reactor.arm_timer(1000 * SECOND, 0));
    assert!(left(&reactor) <= 100 * SECOND, "it was moved later");
    assert!(reactor.arm_timer(20 * SECOND, 0));
    assert!(left(&reactor) <= 20 * SECOND, "it was not moved earlier");
}

#[test]
fn a_timer_whose_time_has_passed_is_armed_anew() {
    let reactor = new_reactor();
    assert!(reactor.arm_timer(20 * SECOND, 0));
    // The caller's clock says that it fired, though its event was not looked at.
    assert!(reactor.arm_timer(1000 * SECOND, 20 * SECOND));
    assert!(left(&reactor) > 900 * SECOND);
}

#[test]
fn a_timer_ends_a_poll_without_a_timeout_and_is_no_source() {
    let reactor = new_reactor();
    let begin = Instant::now();
    assert!(reactor.arm_timer(2_000_000, 0));
    let mut woken = Vec::new();
    assert_eq!(reactor.poll(None, &mut woken).unwrap(), 0);
    assert!(begin.elapsed() >= Duration::from_millis(2));
    assert_eq!(reactor.registered(), 0);
    assert!(
        reactor.arm_timer(50 * SECOND, 0),
        "it fired, so any deadline is new"
    );
    assert!(left(&reactor) > 40 * SECOND);
}

#[test]
fn deadlines_at_the_ends_of_time_are_taken() {
    let reactor = new_reactor();
    assert!(reactor.arm_timer(u64::MAX, 0));
    assert!(left(&reactor) > SECOND);
    assert!(
        reactor.arm_timer(3, 7),
        "a deadline in the past fires at once"
    );
    let mut woken = Vec::new();
    assert_eq!(reactor.poll(None, &mut woken).unwrap(), 0);
}

#[test]
fn a_host_that_polls_the_one_descriptor_sees_timers_rings_and_bytes() {
    use std::os::fd::{AsFd, AsRawFd};
    let reactor = new_reactor();
    let mut host = mio::Poll::new().unwrap();
    let mut events = mio::Events::with_capacity(4);
    let descriptor = reactor.as_fd().as_raw_fd();
    host.registry()
        .register(
            &mut mio::unix::SourceFd(&descriptor),
            mio::Token(0),
            mio::Interest::READABLE,
        )
        .unwrap();
    let mut sees = |what: &str| {
        host.poll(&mut events, Some(Duration::from_secs(5)))
            .unwrap();
        assert!(!events.is_empty(), "the host did not see {what}");
        look(&reactor);
    };
    reactor.arm_timer(1_000_000, 0);
    sees("the timer");
    reactor.unparker().ring();
    sees("the ring");
    let (mut ours, mut peer) = pair();
    let _key = register_idle(&reactor, &mut ours);
    peer.write_all(b"x").unwrap();
    sees("the byte");
}
