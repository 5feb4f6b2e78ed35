//! What a task waits for, beside other tasks: each thing by its name, as long as it is waited for.

use crate::{drawn, picture};
use oneloop::sync::{
    Barrier, Condition, Event, Lock, Promise, Queue, RwLock, Semaphore, channel, oneshot,
};
use oneloop::{create_task, gather, run, timeout, yield_now};
use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

/// Of all these it said "something that is no task, timer or socket".
#[test]
fn what_a_task_waits_for_is_named() {
    async fn lost<T>(value: T) -> ! {
        let _kept = value;
        pending().await
    }
    let text = |lines: Vec<String>| {
        assert_eq!(lines.len(), 1, "{lines:?}");
        lines.into_iter().next().unwrap()
    };
    let locked = async {
        let lock = Lock::new(());
        let _mine = lock.lock().await;
        drop(lock.lock().await);
    };
    assert_eq!(text(drawn(locked)), "waits for a lock");
    let reads = async {
        let lock = RwLock::new(());
        let _mine = lock.write().await;
        drop(lock.read().await);
    };
    assert_eq!(text(drawn(reads)), "waits for a lock, to read");
    let writes = async {
        let lock = RwLock::new(());
        let _mine = lock.read().await;
        drop(lock.write().await);
    };
    assert_eq!(text(drawn(writes)), "waits for a lock, to write");
    let event = async { Event::new().wait().await };
    assert_eq!(text(drawn(event)), "waits for an event");
    let permit = async { drop(Semaphore::new(0).acquire().await) };
    assert_eq!(text(drawn(permit)), "waits for a permit of a semaphore");
    let others = async { Barrier::new(2).wait().await.map(drop).unwrap() };
    assert_eq!(text(drawn(others)), "waits for the others at a barrier");
    let item = async { Queue::<u8>::new(1).get().await.map(drop).unwrap() };
    assert_eq!(text(drawn(item)), "waits for an item of a queue");
    let room = async {
        let queue = Queue::new(1);
        queue.put(1).await.unwrap();
        queue.put(2).await.unwrap();
    };
    assert_eq!(text(drawn(room)), "waits for room in a queue");
    let done = async {
        let queue = Queue::new(1);
        queue.put(1).await.unwrap();
        queue.join().await;
    };
    assert_eq!(
        text(drawn(done)),
        "waits for the unfinished items of a queue"
    );
    let promise = async { drop((&Promise::<u8>::new()).await) };
    assert_eq!(text(drawn(promise)), "waits for a promise");
    let value = async {
        let (_sender, receiver) = oneshot::channel::<u8>();
        receiver.await.map(drop).unwrap();
    };
    assert_eq!(text(drawn(value)), "waits for the value of a oneshot");
    let received = async {
        let (_sender, mut receiver) = channel::<u8>(1);
        receiver.recv().await;
    };
    assert_eq!(text(drawn(received)), "waits for an item of a channel");
    let sent = async {
        let (sender, _receiver) = channel(1);
        sender.send(1).await.unwrap();
        sender.send(2).await.unwrap();
    };
    assert_eq!(text(drawn(sent)), "waits for room in a channel");
    let (give, take) = std::sync::mpsc::channel::<()>();
    let job = async { drop(oneloop::to_thread(move || take.recv()).await) };
    assert_eq!(text(drawn(job)), "waits for a function on another thread");
    drop(give);
    let condition = async {
        let condition = Condition::new(());
        condition.lock().await.wait().await;
    };
    assert_eq!(drawn(condition), ["", "  Condition, waits for a condition"]);
    assert_eq!(
        text(drawn(async { lost(1).await })),
        "waits for something unknown"
    );
}

#[test]
fn what_was_waited_for_before_is_not_named() {
    let goes_on = async {
        let (lock, event) = (Lock::new(()), Event::new());
        let mine = lock.lock().await;
        let other = async {
            drop(lock.lock().await);
            event.wait().await;
        };
        let gives = async {
            yield_now().await;
            drop(mine);
            pending::<()>().await;
        };
        gather((other, gives)).await;
    };
    let lines = drawn(goes_on);
    assert_eq!(
        lines[1..],
        [
            "  gather",
            "    a child, waits for an event",
            "    a child, waits for something unknown"
        ]
    );
    let notified = async {
        let condition = Condition::new(());
        let waits = async {
            condition.lock().await.wait().await;
        };
        let notifies = async {
            condition.lock().await.notify_all();
            let _kept = condition.lock().await;
            pending::<()>().await;
        };
        gather((waits, notifies)).await;
    };
    let lines = drawn(notified);
    assert_eq!(lines[2], "    masked, waits for a lock", "{lines:?}");
    let has_it = async {
        let promise = Promise::new();
        let mut future = promise.future();
        let takes = async {
            (&mut future).await.unwrap();
            pending::<()>().await;
        };
        let sets = async { promise.set_result(1).unwrap() };
        gather((takes, sets)).await;
    };
    let lines = drawn(has_it);
    assert_eq!(lines[2], "    a child, waits for something unknown");
    let given_up = async {
        let lock = Lock::new(());
        let _mine = lock.lock().await;
        let _elapsed = timeout(Duration::ZERO, lock.lock()).await;
        pending().await
    };
    assert_eq!(drawn(given_up), ["waits for something unknown"]);
}

#[test]
fn a_plain_loop_names_what_is_waited_for_after_the_first_picture() {
    std::thread::spawn(|| {
        run(async {
            let event = Rc::new(Event::new());
            let waits = |event: &Rc<Event>| {
                let event = event.clone();
                create_task(async move { event.wait().await })
            };
            let _before = waits(&event);
            yield_now().await;
            assert_eq!(picture()[1], "Task-2: waits for something unknown");
            let _after = waits(&event);
            yield_now().await;
            assert_eq!(picture()[2], "Task-3: waits for an event");
            event.set();
        });
    })
    .join()
    .unwrap();
}

/// All that was said of a source was the number that the trace has for it: "io 0".
#[cfg(target_os = "linux")]
#[test]
fn a_source_is_named_by_its_kind_its_addresses_and_its_descriptor() {
    use mio::net::{TcpListener, TcpStream, UdpSocket, UnixStream};
    use oneloop::reactor::{Direction, Registration, Source};
    use std::os::fd::AsRawFd;

    fn waits<S: Source + AsRawFd + 'static>(source: S, direction: Direction, what: &str) -> String {
        let descriptor = source.as_raw_fd();
        let registration = Registration::new(source).unwrap();
        // Registered in the order in which the tasks are made.
        drop(create_task(async move {
            loop {
                registration.ready(direction).await.unwrap();
                registration.clear_ready(direction);
            }
        }));
        format!("{what} (descriptor {descriptor})")
    }
    run(async {
        let free = "127.0.0.1:0".parse().unwrap();
        let listener = TcpListener::bind(free)?;
        let local = listener.local_addr()?;
        let client = TcpStream::connect(local)?;
        let from = client.local_addr()?;
        let (ours, _theirs) = UnixStream::pair()?;
        let (receiver, _sender) = mio::unix::pipe::new()?;
        let datagrams = UdpSocket::bind(free)?;
        let port = datagrams.local_addr()?;
        let expected = vec![
            waits(listener, Direction::Read, &format!("tcp listener {local}")),
            waits(
                client,
                Direction::Write,
                &format!("tcp {from} with {local}"),
            ),
            waits(ours, Direction::Read, "unix"),
            waits(receiver, Direction::Read, "pipe"),
            waits(datagrams, Direction::Read, &format!("udp {port}")),
        ];
        // What is ready at first, as a listener with a client, has been told of, and all wait.
        for _ in 0..10 {
            oneloop::sleep(Duration::from_millis(1)).await;
        }
        let lines = picture();
        for (line, what) in lines[1..].iter().zip(&expected) {
            let direction = match line.ends_with("write") {
                true => "write",
                false => "read",
            };
            let (_task, waits) = line.split_once(": ").unwrap();
            assert_eq!(waits, format!("waits for {what} that it can {direction}"));
        }
        assert_eq!(lines.len(), 1 + expected.len());
        assert!(lines[2].ends_with("write"), "{lines:?}");
        Ok::<(), std::io::Error>(())
    })
    .unwrap();
}
