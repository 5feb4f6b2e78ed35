//! A busy task keeps nobody waiting: what a turn may spend before it looks around again.
//! Read `misuse.rs` next.

use oneloop::reactor::{Direction, Drained, Registration};
use oneloop::{Loop, call_later, call_soon, create_task, sleep, yield_now};
use std::cell::Cell;
use std::future::poll_fn;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::Poll;
use std::thread;
use std::time::Duration;

/// Starts a task that wakes itself for ever; gives the number of its polls so far.
fn busy() -> Rc<Cell<u64>> {
    let polls = Rc::new(Cell::new(0));
    let count = polls.clone();
    drop(create_task(poll_fn::<(), _>(move |cx| {
        count.set(count.get() + 1);
        cx.waker().wake_by_ref();
        Poll::Pending
    })));
    polls
}

/// A connection over the loopback: the loop's end and the peer's.
fn connection() -> (Registration<mio::net::TcpStream>, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let peer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (server, _) = listener.accept().unwrap();
    server.set_nonblocking(true).unwrap();
    let server = Registration::new(mio::net::TcpStream::from_std(server)).unwrap();
    (server, peer)
}

/// Reads into `buffer` and gives the number of bytes.
async fn read(server: &Registration<mio::net::TcpStream>, buffer: &mut [u8]) -> usize {
    let read = server.io(Direction::Read, |mut server: &mio::net::TcpStream| {
        let bytes = server.read(buffer)?;
        Ok((bytes, Drained::No))
    });
    read.await.unwrap()
}

/// Pain 25.
#[test]
fn callbacks_and_tasks_wait_for_one_poll_of_a_task_that_wakes_itself() {
    oneloop::run(async {
        let polls = busy();
        yield_now().await;
        for _ in 0..10 {
            let before = polls.get();
            let called = Rc::new(Cell::new(0));
            let (set, count) = (called.clone(), polls.clone());
            call_soon(move || set.set(count.get()));
            let count = polls.clone();
            let ran = create_task(async move { count.get() }).await.unwrap();
            assert_eq!((called.get() - before, ran - before), (1, 1));
        }
    });
}

#[test]
fn a_timer_waits_for_no_more_polls_than_a_turn_may_make() {
    for polls_per_look in [1, 7, 256] {
        let event_loop = Loop::builder()
            .polls_per_look(polls_per_look)
            .build()
            .unwrap();
        event_loop.block_on(async {
            let polls = busy();
            let fired = Rc::new(Cell::new(false));
            let set = fired.clone();
            let timer = call_later(Duration::from_millis(1), move || set.set(true));
            // Once its time has come, one turn may be under way; the next one sees it.
            while oneloop::now() < timer.when() {
                yield_now().await;
            }
            let due = polls.get();
            while !fired.get() {
                yield_now().await;
            }
            let waited = polls.get() - due;
            let most = u64::from(2 * polls_per_look) + 2;
            assert!(waited <= most, "{waited} polls at {polls_per_look} a look");
        });
    }
}

/// Few polls may take long: a turn looks at the clock, too.
///
/// Feature row 147.
#[test]
fn a_timer_is_not_kept_waiting_by_many_long_parts_of_one_work() {
    oneloop::run(async {
        let (parts, fired_after) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(None)));
        let (done, fired) = (parts.clone(), fired_after.clone());
        call_later(Duration::from_millis(1), move || {
            fired.set(Some(done.get()))
        });
        let work = create_task(async move {
            for _ in 0..20 {
                std::thread::sleep(Duration::from_millis(10));
                parts.set(parts.get() + 1);
                yield_now().await;
            }
        });
        work.await.unwrap();
        // The first is over when the timer is looked at, and the second stands before its callback.
        let fired_after = fired_after.get().expect("it fired");
        assert!(fired_after <= 2, "after {fired_after} parts of 20");
    });
}

/// How many polls a turn makes of work whose parts take longer than a turn should, for a host, who waits for
/// its end.
fn polls_of_long_parts(builder: oneloop::Builder) -> usize {
    let event_loop = builder.polls_per_look(8).build().unwrap();
    event_loop.enter(|| {
        drop(create_task(async {
            loop {
                std::thread::sleep(Duration::from_millis(6));
                yield_now().await;
            }
        }));
    });
    event_loop.turn(Some(Duration::ZERO)).unwrap().ran
}

#[test]
fn time_ends_a_turn_but_not_where_a_run_is_to_be_repeated() {
    assert!(polls_of_long_parts(Loop::builder()) < 8);
    assert_eq!(polls_of_long_parts(Loop::builder().seed(1)), 8);
    assert_eq!(polls_of_long_parts(Loop::builder().paused_clock()), 8);
}

#[test]
fn a_socket_waits_for_no_more_polls_than_a_turn_may_make() {
    let event_loop = Loop::builder().polls_per_look(16).build().unwrap();
    event_loop.block_on(async {
        let (server, mut peer) = connection();
        let reads = create_task(async move {
            let mut byte = [0];
            (read(&server, &mut byte).await, byte[0])
        });
        sleep(Duration::from_millis(1)).await; // Until it waits in the kernel.
        let polls = busy();
        for _ in 0..100 {
            yield_now().await;
        }
        assert!(!reads.done());
        peer.write_all(&[9]).unwrap();
        let sent = polls.get();
        assert_eq!(reads.await.unwrap(), (1, 9));
        // The loopback may take a moment of its own on a busy machine; without looks at the
        // kernel it would be for ever.
        assert!(polls.get() - sent < 1_000_000);
    });
}

/// 64 reads in one poll, and the task has to yield, though its socket has more.
#[test]
fn a_socket_that_always_has_more_lets_the_others_run() {
    const MEGABYTE: usize = 1 << 20;
    oneloop::run(async {
        let (server, mut peer) = connection();
        let writes = std::thread::spawn(move || peer.write_all(&vec![1; MEGABYTE]));
        let longest = Rc::new(Cell::new(0));
        let (reads, most) = (Rc::new(Cell::new(0)), longest.clone());
        let count = reads.clone();
        drop(create_task(async move {
            loop {
                count.set(0);
                yield_now().await;
                most.set(most.get().max(count.get()));
            }
        }));
        let (mut bytes, mut buffer) = (0, [0; 64]);
        while bytes < MEGABYTE {
            bytes += read(&server, &mut buffer).await;
            reads.set(reads.get() + 1);
        }
        writes.join().unwrap().unwrap();
        assert_eq!(longest.get(), 64, "reads in a row");
        let stats = Loop::current().unwrap().stats();
        assert!(stats.io_yields > 0, "{stats:?}");
    });
}

/// Pain 25.
#[test]
fn a_thousand_busy_tasks_share_the_loop_evenly() {
    oneloop::run(async {
        let all: Vec<_> = (0..1000).map(|_| busy()).collect();
        for _ in 0..50 {
            yield_now().await;
        }
        assert!(all.iter().all(|polls| polls.get() == all[0].get()));
        assert_eq!(all[0].get(), 50);
    });
}

/// The turn in which somebody begins to wait ends at once, and the next one after eight parts of a
/// millisecond, at its first look after five.
const FEW: u32 = 16;

/// How many parts of a long work are done from where somebody `begins` to wait, if nobody did before, until
/// his time has come.
///
/// The loop would ask after the 64th part whether somebody waits, and then after the 192nd.
fn parts_until<F: Fn() -> bool>(begins: impl FnOnce() -> F) -> u32 {
    Loop::new().unwrap().block_on(async {
        let work = async |parts| {
            for _ in 0..parts {
                thread::sleep(Duration::from_millis(1));
                yield_now().await;
            }
        };
        work(70).await;
        let has_come = begins();
        let mut parts = 0;
        while !has_come() {
            work(1).await;
            parts += 1;
        }
        parts
    })
}

#[test]
fn a_timer_set_where_nobody_waited_waits_for_few_parts_of_a_work() {
    let parts = parts_until(|| {
        let timer = create_task(sleep(Duration::from_millis(1)));
        move || timer.done()
    });
    assert!(parts <= FEW, "after {parts} parts");
}

#[test]
fn a_socket_awaited_where_nobody_waited_waits_for_few_parts_of_a_work() {
    let parts = parts_until(|| {
        let (server, mut peer) = connection();
        let reads = create_task(async move { read(&server, &mut [0]).await });
        let writes = create_task(async move {
            // When the reader has found nothing to read.
            peer.write_all(&[9]).unwrap();
            peer
        });
        move || writes.done() && reads.done()
    });
    assert!(parts <= FEW, "after {parts} parts");
}

#[test]
fn another_thread_let_in_where_nobody_waited_waits_for_few_parts_of_a_work() {
    let parts = parts_until(|| {
        let remote = Loop::current().unwrap().remote();
        let called = Arc::new(AtomicBool::new(false));
        let set = called.clone();
        let call = move || remote.call_soon_threadsafe(move || set.store(true, Relaxed));
        thread::spawn(call).join().unwrap().unwrap();
        move || called.load(Relaxed)
    });
    assert!(parts <= FEW, "after {parts} parts");
}

#[test]
fn a_timer_that_is_set_in_a_turn_in_which_nobody_waited_has_its_time_beside_a_task_that_works() {
    Loop::new().unwrap().block_on(async {
        // The turn begins with a sleep that a bare waker ends: no timer stands, and the loop is alone.
        let mut thread = None;
        poll_fn(|cx| {
            if thread.is_some() {
                return Poll::Ready(());
            }
            let waker = cx.waker().clone();
            thread = Some(thread::spawn(move || waker.wake()));
            Poll::Pending
        })
        .await;
        let seen = Rc::new(Cell::new(None));
        let mut worked = 0;
        while seen.get().is_none() {
            thread::sleep(Duration::from_millis(1));
            worked += 1;
            if worked == 8 {
                let seen = seen.clone();
                call_later(Duration::ZERO, move || seen.set(Some(())));
            }
            yield_now().await;
        }
        assert!(worked < 24, "it came after {worked} polls of 1 ms");
        thread.unwrap().join().unwrap();
    });
}
