//! Running out of descriptors, in a program of its own: the limit is the whole process's.
#![cfg(unix)]

use oneloop_net::{TcpListener, UnixStream};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use socket2::{Domain, Socket, Type};
use std::cell::RefCell;
use std::fs::File;
use std::os::fd::AsFd;
use std::rc::Rc;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Lets this process have few descriptors, for one test at a time: another one would miss what this takes.
fn few_descriptors() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let maximum = getrlimit(Resource::Nofile).maximum;
    let limit = Rlimit {
        current: Some(100),
        maximum,
    };
    setrlimit(Resource::Nofile, limit).unwrap();
    alone
}

/// Takes all that there are.
fn hoard() -> Vec<File> {
    let hoard: Vec<File> = std::iter::from_fn(|| File::open("/dev/null").ok()).collect();
    assert!(hoard.len() > 10, "the limit was in force before the test");
    hoard
}

/// Linux hands over as many as fit, and says that it has thrown others away.
#[cfg(target_os = "linux")]
#[test]
fn descriptors_that_a_process_can_not_have_are_lost_and_it_is_told_so() {
    let _alone = few_descriptors();
    oneloop::run(async {
        let (one, other) = UnixStream::pair().unwrap();
        let file = File::open("/dev/null").unwrap();
        for (room, lost) in [(3, false), (2, true), (0, true)] {
            let mut hoard = hoard();
            hoard.truncate(hoard.len() - room);
            let three = [file.as_fd(); 3];
            one.send_descriptors(b"three", &three).await.unwrap();
            let mut buffer = [0; 16];
            let received = other.recv_descriptors(&mut buffer).await.unwrap();
            assert_eq!(&buffer[..received.length], b"three");
            assert_eq!((received.descriptors.len(), received.lost), (room, lost));
        }
        // What was lost is not there the next time.
        one.send_descriptors(b"one", &[file.as_fd()]).await.unwrap();
        let received = other.recv_descriptors(&mut [0; 16]).await.unwrap();
        assert_eq!((received.descriptors.len(), received.lost), (1, false));
    });
}

#[test]
fn a_listener_survives_the_want_of_descriptors_without_spinning_and_loses_nobody() {
    let _alone = few_descriptors();
    oneloop::run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let clients: Vec<Socket> = (0..3)
            .map(|_| Socket::new(Domain::IPV4, Type::STREAM, None).unwrap())
            .collect();
        let hoard = Rc::new(RefCell::new(hoard()));

        let accepting = oneloop::create_task(async move {
            let mut streams = Vec::new();
            for _ in 0..3 {
                streams.push(listener.accept().await.unwrap());
            }
            streams
        });
        // The kernel completes these by itself: they wait in the listener's queue.
        for client in &clients {
            client.connect(&address.into()).unwrap();
        }
        let handle = oneloop::Loop::current().unwrap();
        let before = handle.stats();
        oneloop::sleep(Duration::from_millis(200)).await;
        let after = handle.stats();
        assert!(!accepting.done(), "there is no descriptor to accept with");
        let polls = after.polls - before.polls;
        assert!(polls < 20, "it rests and does not spin: {polls} polls");

        hoard.borrow_mut().clear();
        let streams = oneloop::timeout(Duration::from_secs(10), accepting)
            .await
            .expect("the listener comes back")
            .unwrap();
        let mut met: Vec<_> = streams.iter().map(|(_, address)| *address).collect();
        let mut sent: Vec<_> = clients
            .iter()
            .map(|client| client.local_addr().unwrap().as_socket().unwrap())
            .collect();
        met.sort();
        sent.sort();
        assert_eq!(met, sent, "nobody is lost");
    });
}
