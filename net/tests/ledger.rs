//! The ledger: after each scenario everything is given back. A program of its own, since it counts
//! the descriptors of the whole process.
#![cfg(target_os = "linux")]

use oneloop_net::{TcpListener, TcpStream};
use std::time::Duration;

/// How many descriptors the process has open.
fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Clients that are served, clients that are left waiting, and a connection that is refused.
async fn traffic() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = oneloop::create_task(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            drop(oneloop::create_task(async move {
                let mut buffer = [0; 16];
                while let Ok(read @ 1..) = stream.read(&mut buffer).await {
                    stream.write_all(&buffer[..read]).await.unwrap();
                }
            }));
        }
    });
    for _ in 0..20 {
        let client = TcpStream::connect(address).await.unwrap();
        client.write_all(b"hello").await.unwrap();
        client.read_exact(&mut [0; 5]).await.unwrap();
        drop(oneloop::create_task(async move {
            client.read(&mut [0; 1]).await
        }));
    }
    let timeout = Duration::from_secs(100);
    let idle = TcpStream::connect_timeout(address, timeout).await.unwrap();
    let waiting = oneloop::timeout(Duration::from_millis(1), idle.read(&mut [0; 1])).await;
    assert!(waiting.is_err());
    server.cancel();
    assert!(server.await.unwrap_err().is_cancelled());
    assert!(TcpStream::connect(address).await.is_err());
}

#[test]
fn descriptors_registrations_tasks_and_timers_are_given_back() {
    let before = descriptors();
    for _ in 0..3 {
        // `run` cancels what still waits, and drops the loop.
        oneloop::run(traffic());
        assert_eq!(descriptors(), before, "after run");
    }

    let event_loop = oneloop::Loop::new().unwrap();
    let with_loop = descriptors();
    event_loop.block_on(async {
        traffic().await;
        // The clients that were left waiting hold their connections and those of the server.
        let stats = oneloop::Loop::current().unwrap().stats();
        assert!(stats.registered > 0, "{stats:?}");
    });
    drop(event_loop);
    assert!(with_loop > before);
    assert_eq!(descriptors(), before, "after the loop");

    let event_loop = oneloop::Loop::new().unwrap();
    event_loop.block_on(async {
        let task = oneloop::create_task(traffic_that_ends());
        task.await.unwrap();
    });
    let stats = event_loop.handle().stats();
    assert_eq!(
        (stats.registered, stats.live_tasks, stats.timers),
        (0, 0, 0)
    );
    assert_eq!(descriptors(), with_loop, "only the loop's own are left");
}

/// Traffic that leaves nothing behind for the loop to cancel.
async fn traffic_that_ends() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let client = oneloop::create_task(async move {
        let stream = TcpStream::connect_timeout(address, Duration::from_secs(100))
            .await
            .unwrap();
        stream.read(&mut [0; 1]).await.unwrap()
    });
    let (stream, _) = listener.accept().await.unwrap();
    oneloop::sleep(Duration::from_millis(1)).await;
    drop(stream);
    assert_eq!(client.await.unwrap(), 0);
}
