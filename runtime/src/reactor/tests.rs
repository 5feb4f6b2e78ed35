//! Tests of the reactor against the real kernel, without a loop: sockets on the loopback device.

#[cfg(all(target_os = "linux", not(miri)))]
mod timer;
mod waiters;

use super::slots::{Key, Slots};
use super::waiter::{Refusal, Who};
use super::{Direction, OPERATIONS_PER_POLL, Reactor};
use crate::trace::Tracer;
use mio::net::{TcpListener, TcpStream};
use std::io::{self, Read, Write};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Wake, Waker};
use std::time::Duration;

/// A reactor whose tracer nobody listens to.
fn new_reactor() -> Reactor {
    Reactor::new(Rc::new(Tracer::new(None))).unwrap()
}

/// A waker that counts how often it was called.
#[derive(Default)]
struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Bell {
    fn new() -> (Arc<Bell>, Waker) {
        let bell = Arc::new(Bell::default());
        (bell.clone(), Waker::from(bell))
    }

    fn rung(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// Looks until at least `count` sources had news, wakes those who waited, and fails after seconds.
fn look_until(reactor: &Reactor, count: usize) {
    let mut seen = 0;
    for _ in 0..100 {
        let mut woken = Vec::new();
        seen += reactor
            .poll(Some(Duration::from_millis(100)), &mut woken)
            .unwrap();
        woken.into_iter().for_each(Waker::wake);
        if seen >= count {
            return;
        }
    }
    panic!("the kernel reported {seen} of {count} events");
}

/// Looks without waiting, wakes those who waited, and tells how many sources had news.
fn look(reactor: &Reactor) -> usize {
    let mut woken = Vec::new();
    let seen = reactor.poll(Some(Duration::ZERO), &mut woken).unwrap();
    woken.into_iter().for_each(Waker::wake);
    seen
}

/// A connected pair: ours, for the reactor, and a blocking one that plays the peer.
fn pair() -> (TcpStream, std::net::TcpStream) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let peer = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (ours, _) = listener.accept().unwrap();
    ours.set_nonblocking(true).unwrap();
    (TcpStream::from_std(ours), peer)
}

/// Registers a socket and waits until it can be written and its read direction is known to be empty.
fn register_idle(reactor: &Reactor, stream: &mut TcpStream) -> Key {
    let key = reactor.register(stream).unwrap();
    reactor.clear_ready(key, Direction::Read);
    look_until(reactor, 1);
    assert!(!reactor.is_ready(key, Direction::Read));
    assert!(reactor.is_ready(key, Direction::Write));
    key
}

#[test]
fn a_new_source_is_taken_to_be_ready_and_the_kernel_reports_its_state_at_once() {
    let reactor = new_reactor();
    let (mut ours, mut peer) = pair();
    peer.write_all(b"early").unwrap();
    let key = reactor.register(&mut ours).unwrap();
    assert!(reactor.is_ready(key, Direction::Read));
    assert!(reactor.is_ready(key, Direction::Write));
    reactor.clear_ready(key, Direction::Read);
    look_until(&reactor, 1);
    assert!(reactor.is_ready(key, Direction::Read));
    assert_eq!(reactor.registered(), 1);
}

#[test]
fn bytes_from_the_peer_wake_the_reader_and_not_the_writer() {
    let reactor = new_reactor();
    let (mut ours, mut peer) = pair();
    let key = register_idle(&reactor, &mut ours);
    reactor.clear_ready(key, Direction::Write);
    let (reader, reader_waker) = Bell::new();
    reactor
        .set_waiter(key, Direction::Read, Who::Anonymous, &reader_waker)
        .unwrap();
    assert_eq!(look(&reactor), 0, "there is no news yet");
    peer.write_all(b"hello").unwrap();
    look_until(&reactor, 1);
    assert_eq!(reader.rung(), 1);
    assert!(reactor.is_ready(key, Direction::Read));
    assert_eq!(Arc::strong_count(&reader), 2, "the reactor kept no clone");
}

#[test]
fn readiness_stands_until_it_is_cleared_and_comes_back_with_more_bytes() {
    let reactor = new_reactor();
    let (mut ours, mut peer) = pair();
    let key = register_idle(&reactor, &mut ours);
    peer.write_all(b"one").unwrap();
    look_until(&reactor, 1);
    let mut buffer = [0; 16];
    assert_eq!(ours.read(&mut buffer).unwrap(), 3);
    assert!(reactor.is_ready(key, Direction::Read), "nobody cleared it");
    reactor.clear_drained(key, Direction::Read);
    assert!(!reactor.is_ready(key, Direction::Read));
    peer.write_all(b"two").unwrap();
    look_until(&reactor, 1);
    assert!(reactor.is_ready(key, Direction::Read));
}

#[test]
fn a_short_read_after_the_peers_end_leaves_the_direction_ready_for_the_end() {
    let reactor = new_reactor();
    let (mut ours, mut peer) = pair();
    let key = register_idle(&reactor, &mut ours);
    peer.write_all(b"last words").unwrap();
    drop(peer);
    // Bytes and end may come as one event or as two: look until the bit can't be cleared any more.
    let end_was_reported = (0..100).any(|_| {
        reactor.clear_drained(key, Direction::Read);
        let mut woken = Vec::new();
        reactor
            .poll(Some(Duration::from_millis(50)), &mut woken)
            .unwrap();
        reactor.clear_drained(key, Direction::Read);
        reactor.is_ready(key, Direction::Read)
    });
    assert!(
        end_was_reported,
        "no further event comes after the end, so the bit must stand"
    );
    let mut buffer = [0; 64];
    assert_eq!(ours.read(&mut buffer).unwrap(), 10);
    reactor.clear_drained(key, Direction::Read);
    assert!(reactor.is_ready(key, Direction::Read));
    assert_eq!(ours.read(&mut buffer).unwrap(), 0);
}

#[test]
fn an_event_for_a_forgotten_source_goes_nowhere_though_its_slot_is_used_again() {
    let reactor = new_reactor();
    let (mut old, mut old_peer) = pair();
    let old_key = register_idle(&reactor, &mut old);
    // Forgotten without telling the kernel, as when it is closed while a copy stays open.
    reactor.forget(old_key);
    let (mut new, _new_peer) = pair();
    let new_key = register_idle(&reactor, &mut new);
    let (bell, waker) = Bell::new();
    reactor
        .set_waiter(new_key, Direction::Read, Who::Anonymous, &waker)
        .unwrap();

    old_peer.write_all(b"for the old one").unwrap();
    let mut woken = Vec::new();
    let delivered = reactor
        .poll(Some(Duration::from_secs(5)), &mut woken)
        .unwrap();
    assert_eq!(delivered, 0, "the kernel reported, and nobody was meant");
    assert!(woken.is_empty());
    assert_eq!(bell.rung(), 0);
    assert!(!reactor.is_ready(new_key, Direction::Read));
    reactor.forget(new_key);
}

#[test]
fn of_two_events_in_one_batch_the_one_for_a_slot_used_again_goes_nowhere() {
    // The kernel hands out events as a batch. Slots take them one by one, so a source may go and
    // its slot be let again between two of them: played here on the slots alone.
    let reactor = new_reactor();
    let (mut first, mut first_peer) = pair();
    let mut slots = Slots::new();
    let first_key = slots.insert().unwrap();
    super::Source::register(
        &mut first,
        &reactor.registry,
        first_key.token(),
        mio::Interest::READABLE,
    )
    .unwrap();
    first_peer.write_all(b"x").unwrap();
    let mut events = mio::Events::with_capacity(8);
    reactor
        .poll
        .borrow_mut()
        .poll(&mut events, Some(Duration::from_secs(5)))
        .unwrap();
    let event = events.iter().next().expect("the byte was reported");
    assert_eq!(event.token(), first_key.token());

    assert!(slots.remove(first_key).is_some());
    let second_key = slots.insert().unwrap();
    slots.clear(second_key, Direction::Read);
    let mut woken = Vec::new();
    let lost = slots.deliver(event.token(), event, &mut woken);
    assert_eq!(lost, None);
    assert!(!slots.is_ready(second_key, Direction::Read));
    assert!(
        slots
            .deliver(second_key.token(), event, &mut woken)
            .is_some(),
        "the same event with the right token arrives, so the test tells them apart"
    );
    assert!(slots.is_ready(second_key, Direction::Read));
}

#[test]
fn the_bell_ends_a_wait_of_another_thread() {
    let reactor = new_reactor();
    let unparker = reactor.unparker();
    let ringer = std::thread::spawn(move || unparker.ring());
    let mut woken = Vec::new();
    // Without the bell this waits for ever, and the test's watchdog is the test runner's.
    assert_eq!(reactor.poll(None, &mut woken).unwrap(), 0);
    ringer.join().unwrap();
    reactor.unparker().ring();
    assert_eq!(reactor.poll(None, &mut woken).unwrap(), 0, "again");
}

#[test]
fn a_poll_with_a_timeout_ends_without_events() {
    let reactor = new_reactor();
    let mut woken = Vec::new();
    let timeout = Some(Duration::from_millis(1));
    assert_eq!(reactor.poll(timeout, &mut woken).unwrap(), 0);
}

#[test]
fn a_closed_reactor_gives_its_waiters_back_and_refuses_everything() {
    let reactor = new_reactor();
    let (mut ours, _peer) = pair();
    let key = register_idle(&reactor, &mut ours);
    let (bell, waker) = Bell::new();
    reactor
        .set_waiter(key, Direction::Read, Who::Anonymous, &waker)
        .unwrap();
    reactor.close().into_iter().for_each(Waker::wake);
    assert_eq!(bell.rung(), 1);
    assert!(reactor.is_closed());
    assert_eq!(reactor.registered(), 0);
    assert_eq!(
        reactor.set_waiter(key, Direction::Read, Who::Anonymous, &waker),
        Err(Refusal::Gone)
    );
    let (mut late, _late_peer) = pair();
    let error = reactor.register(&mut late).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotConnected);
    assert!(error.to_string().contains("is gone"), "{error}");
    // Taken out after the end, it fits into another loop.
    reactor.deregister(key, &mut ours).unwrap();
    new_reactor().register(&mut ours).unwrap();
}

#[test]
fn a_source_that_the_kernel_refuses_leaves_no_slot() {
    let reactor = new_reactor();
    let (mut ours, _peer) = pair();
    let _key = reactor.register(&mut ours).unwrap();
    assert!(reactor.register(&mut ours).is_err(), "it is there already");
    assert_eq!(reactor.registered(), 1);
}

#[test]
fn a_listener_is_readable_for_each_connection_to_accept() {
    let reactor = new_reactor();
    let mut listener = TcpListener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.local_addr().unwrap();
    let key = reactor.register(&mut listener).unwrap();
    reactor.clear_ready(key, Direction::Read);
    for _ in 0..3 {
        let _client = std::net::TcpStream::connect(address).unwrap();
        look_until(&reactor, 1);
        assert!(reactor.is_ready(key, Direction::Read));
        listener.accept().unwrap();
        assert_eq!(
            listener.accept().unwrap_err().kind(),
            io::ErrorKind::WouldBlock
        );
        reactor.clear_ready(key, Direction::Read);
    }
}

#[test]
fn a_task_poll_has_its_share_of_operations_and_the_next_one_a_new_share() {
    let reactor = new_reactor();
    for stamp in [1, 2] {
        for _ in 0..OPERATIONS_PER_POLL {
            assert!(reactor.spend(stamp));
        }
        assert!(!reactor.spend(stamp));
        assert_eq!(reactor.io_yields(), stamp);
    }
    assert!(
        reactor.spend(2),
        "one who is polled outside a task yields once and goes on"
    );
}

#[cfg(feature = "trace")]
#[test]
fn a_source_tells_its_story_from_opened_to_closed() {
    let recorder = crate::trace::Recorder::new();
    let observer: Rc<dyn crate::trace::Observer> = Rc::new(recorder.clone());
    let reactor = Reactor::new(Rc::new(Tracer::new(Some(observer)))).unwrap();
    let (mut ours, mut peer) = pair();
    let key = register_idle(&reactor, &mut ours);
    let (_, waker) = Bell::new();
    reactor
        .set_waiter(key, Direction::Read, Who::Anonymous, &waker)
        .unwrap();
    peer.write_all(b"x").unwrap();
    look_until(&reactor, 1);
    reactor.forget(key);
    reactor.forget(key);
    assert_eq!(
        recorder.lines(),
        [
            // That it was opened is told by the registration, which knows its name.
            "io 0 waits until it can read",
            // It could write all the time, so that is no news.
            "io 0 can read",
            // Once, though it was forgotten twice.
            "io 0 is closed",
        ]
    );
}
