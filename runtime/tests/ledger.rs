//! What was opened is closed and what was made is gone: the counters and descriptors before and
//! after. It is one test, alone in its process, since other tests open descriptors too.
//! Read `explore.rs` next.

use oneloop::reactor::{Direction, Drained, Registration};
use oneloop::sync::oneshot;
use oneloop::{Loop, Stats, create_task, gather, interval, sleep, timeout, yield_now};
use std::future::pending;
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

/// How many descriptors this process has open; `None` where the system does not tell.
fn descriptors() -> Option<usize> {
    Some(std::fs::read_dir("/proc/self/fd").ok()?.count())
}

fn milliseconds(number: u64) -> Duration {
    Duration::from_millis(number)
}

async fn sleepers() {
    let sleepers: Vec<_> = (0..100)
        .map(|number| create_task(sleep(milliseconds(number % 7))))
        .collect();
    for sleeper in sleepers {
        sleeper.await.unwrap();
    }
}

async fn given_up() {
    let waits = create_task(async { sleep(Duration::from_secs(3600)).await });
    let never = create_task(pending::<()>());
    yield_now().await;
    waits.cancel();
    never.cancel();
    assert!(waits.await.is_err() && never.await.is_err());
    assert!(
        timeout(milliseconds(2), sleep(Duration::MAX))
            .await
            .is_err()
    );
    oneloop::call_later(Duration::from_secs(3600), || ()).cancel();
    interval(milliseconds(1)).tick().await;
    yield_now().await; // The callback is dropped in its turn.
}

async fn children() {
    let (send, receive) = oneshot::channel();
    let sends = async move {
        sleep(milliseconds(1)).await;
        send.send(5).unwrap();
    };
    let (received, ()) = gather((receive, sends)).await;
    assert_eq!(received.unwrap(), 5);
    let panics = create_task(async { panic!("on purpose") });
    assert!(panics.await.is_err());
}

async fn sockets() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    listener.set_nonblocking(true).unwrap();
    let listener = Registration::new(mio::net::TcpListener::from_std(listener)).unwrap();
    let accepts = create_task(async move {
        for _ in 0..10 {
            let accepted = listener.io(Direction::Read, |listener| {
                listener.accept().map(|accepted| (accepted, Drained::No))
            });
            drop(accepted.await.unwrap());
        }
    });
    for _ in 0..10 {
        yield_now().await;
        drop(TcpStream::connect(address).unwrap());
    }
    accepts.await.unwrap();
}

async fn threads() {
    let remote = Loop::current().unwrap().remote();
    let thread = std::thread::spawn(move || {
        let tasks: Vec<_> = (0..10)
            .map(|number| remote.spawn(move || async move { number }).unwrap())
            .collect();
        tasks.into_iter().map(|task| task.wait().unwrap()).sum()
    });
    while !thread.is_finished() {
        sleep(milliseconds(1)).await;
    }
    let sum: i32 = thread.join().unwrap();
    assert_eq!(sum, 45);
    yield_now().await;
}

/// What is alive, of all that the loop counts.
fn alive(stats: Stats) -> [u64; 3] {
    [stats.live_tasks, stats.timers, stats.registered]
}

#[test]
fn every_scenario_leaves_the_ledger_as_it_found_it() {
    let at_first = descriptors();
    for left_over in [false, true] {
        let event_loop = Loop::new().unwrap();
        let handle = event_loop.handle();
        let opened = descriptors();
        for round in 0..3 {
            let audit = |name: &str| {
                assert_eq!(alive(handle.stats()), [0, 0, 0], "{name} in round {round}");
                assert_eq!(descriptors(), opened, "{name} in round {round}");
            };
            event_loop.block_on(sleepers());
            audit("sleepers");
            event_loop.block_on(given_up());
            audit("given up");
            event_loop.block_on(children());
            audit("children");
            event_loop.block_on(sockets());
            audit("sockets");
            event_loop.block_on(threads());
            audit("threads");
        }
        if left_over {
            // A loop that dies in the middle of things.
            event_loop.block_on(async {
                drop(create_task(sockets()));
                drop(create_task(sleep(Duration::MAX)));
                drop(create_task(pending::<()>()));
                sleep(milliseconds(1)).await;
            });
            assert_ne!(alive(handle.stats()), [0, 0, 0]);
        }
        drop(event_loop);
        assert_eq!(alive(handle.stats()), [0, 0, 0], "after the loop");
        drop(handle);
        assert_eq!(descriptors(), at_first, "after the loop");
    }
    oneloop::run(async { drop(create_task(sleep(Duration::MAX))) });
    assert_eq!(descriptors(), at_first, "after run");
}
