//! Scenarios of tasks that are made and awaited, also from another loop's point of view, and of the
//! wait for a source of events. Next: `jobs.rs`.

use crate::registry::{Row, three};
use crate::workers::Pool;
use oneloop::reactor::{Direction, Drained, Registration};
use oneloop::testing::{Scenario, cancel_at_every_await};
use oneloop::{Loop, create_task, task, try_create_task, yield_now};
use std::cell::RefCell;
use std::future::poll_fn;
use std::io::{Read, Write};

pub(crate) const ROWS: &[Row] = &[
    Row::new("yielding", 1, &["task::yield_now"], || {
        cancel_at_every_await(async || Scenario::new(yield_now()))
    }),
    Row::new(
        "awaiting tasks",
        6,
        &[
            "event_loop::create_task",
            "event_loop::try_create_task",
            "event_loop::Handle::create_task",
            "event_loop::Handle::try_create_task",
            "task::Builder::create_task",
            "task::ReportingBuilder::create_task",
            "Future for task::Task",
            "Future for task::Joined",
            "IntoFuture for &task::Task",
        ],
        || cancel_at_every_await(tasks),
    ),
    Row::new(
        "a task that was made through a remote",
        1,
        &[
            "event_loop::Remote::spawn",
            "Future for event_loop::RemoteTask",
        ],
        || cancel_at_every_await(remote),
    ),
    #[cfg(unix)]
    Row::new(
        "reading from a source",
        3,
        &["reactor::Registration::io"],
        || cancel_at_every_await(async || source(How::Io)),
    ),
    #[cfg(unix)]
    Row::new(
        "waiting for a source",
        3,
        &["reactor::Registration::ready"],
        || cancel_at_every_await(async || source(How::Ready)),
    ),
    #[cfg(unix)]
    Row::new(
        "polling a source",
        3,
        &[
            "reactor::Registration::poll_io",
            "reactor::Registration::poll_ready",
        ],
        || cancel_at_every_await(async || source(How::Poll)),
    ),
];

async fn tasks() -> Scenario {
    let pool = Pool::new(1);
    let (other, looks) = (pool.clone(), pool.clone());
    Scenario::new(async move {
        let work = || pool.clone().work(1);
        let handle = Loop::current().unwrap();
        create_task(work()).await.unwrap();
        let mut task = try_create_task(work()).unwrap();
        (&mut task).await.unwrap();
        let task = handle.create_task(work());
        (&task).await.unwrap();
        handle.try_create_task(work()).unwrap().await.unwrap();
        task::Builder::new().create_task(work()).await.unwrap();
        let reporting = task::Builder::new().report_errors();
        let work = pool.clone().try_work(1);
        reporting.create_task(work).await.unwrap().unwrap();
    })
    .beside(async move {
        other.work(1).await;
    })
    // A task whose awaiter was dropped runs on, and is waited for here.
    .after(looks.expect_whole())
}

async fn remote() -> Scenario {
    let pool = Pool::new(1);
    let looks = pool.clone();
    let (pool, _, _) = three(RefCell::new(Some(pool)));
    Scenario::new(async move {
        let remote = Loop::current().unwrap().remote();
        // Only what is `Send` goes through a remote: here, a function without surroundings.
        let task = remote.spawn(|| async {
            yield_now().await;
            yield_now().await;
            7
        });
        drop(remote);
        let pool = pool.take().unwrap();
        let both = oneloop::gather((task.unwrap(), pool.work(1))).await;
        assert_eq!(both.0.unwrap(), 7);
    })
    .after(looks.expect_whole())
}

/// The ways to wait for a source.
#[cfg(unix)]
#[derive(Clone, Copy)]
enum How {
    Io,
    Ready,
    Poll,
}

#[cfg(unix)]
fn source(how: How) -> Scenario {
    let (ours, mut theirs) = std::os::unix::net::UnixStream::pair().unwrap();
    ours.set_nonblocking(true).unwrap();
    let ours = mio::net::UnixStream::from_std(ours);
    let (reads, _, looks) = three(Registration::closing(ours).unwrap());
    let (notes, _, got) = three(RefCell::new(Vec::<u8>::new()));
    let take = |mut stream: &mio::net::UnixStream| {
        let mut bytes = [0; 2];
        let read = stream.read(&mut bytes)?;
        Ok((bytes[..read].to_vec(), Drained::No))
    };
    Scenario::new(async move {
        loop {
            let bytes = match how {
                How::Io => reads.io(Direction::Read, take).await,
                How::Ready => loop {
                    reads.ready(Direction::Read).await.unwrap();
                    match reads.with(take) {
                        Ok((bytes, _)) => break Ok(bytes),
                        Err(_) => reads.clear_ready(Direction::Read),
                    }
                },
                How::Poll => {
                    poll_fn(|context| reads.poll_ready(Direction::Read, context))
                        .await
                        .unwrap();
                    poll_fn(|context| reads.poll_io(Direction::Read, context, take)).await
                }
            };
            match &bytes.unwrap()[..] {
                [] => break,
                bytes => notes.borrow_mut().extend(bytes),
            }
        }
    })
    .beside(async move {
        for bytes in [b"abc", b"def"] {
            theirs.write_all(bytes).unwrap();
            for _ in 0..4 {
                yield_now().await;
            }
        }
    })
    .after(async move {
        let mut got = got.take();
        loop {
            match &looks.io(Direction::Read, take).await.unwrap()[..] {
                [] => break,
                bytes => got.extend(bytes),
            }
        }
        assert_eq!(got, b"abcdef");
    })
}
