//! Running out of descriptors, in a program of its own: the limit is the whole process's.
#![cfg(unix)]

use oneloop_net::TcpListener;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use socket2::{Domain, Socket, Type};
use std::cell::RefCell;
use std::fs::File;
use std::rc::Rc;
use std::time::Duration;

#[test]
fn a_listener_survives_the_want_of_descriptors_without_spinning_and_loses_nobody() {
    let maximum = getrlimit(Resource::Nofile).maximum;
    let limit = Rlimit {
        current: Some(100),
        maximum,
    };
    setrlimit(Resource::Nofile, limit).unwrap();

    oneloop::run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let clients: Vec<Socket> = (0..3)
            .map(|_| Socket::new(Domain::IPV4, Type::STREAM, None).unwrap())
            .collect();
        let hoard: Vec<File> = std::iter::from_fn(|| File::open("/dev/null").ok()).collect();
        assert!(hoard.len() > 10, "the limit was in force before the test");
        let hoard = Rc::new(RefCell::new(hoard));

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
