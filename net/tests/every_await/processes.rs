//! Scenarios of processes: whatever is interrupted, no byte of their output is lost, and none stays in the
//! kernel's list. Next: `signals.rs`.

use crate::registry::{Row, three};
use futures_lite::{AsyncReadExt, AsyncWriteExt};
use oneloop::sync::{channel, oneshot};
use oneloop::testing::{Scenario, cancel_at_every_await};
use oneloop::{Loop, yield_now};
use oneloop_net::process::{Child, Command, PipeReader};
use std::cell::RefCell;
use std::process::Stdio;
use std::time::Duration;

pub(crate) const ROWS: &[Row] = &[
    Row::new("the end of a process", 1, &["process::Child::wait"], || {
        cancel_at_every_await(async || ending(false).await)
    }),
    #[cfg(feature = "signal")]
    Row::new(
        "the end of a process, which SIGCHLD tells",
        1,
        &["process::Child::wait"],
        || cancel_at_every_await(async || ending(true).await),
    ),
    Row::new(
        "talking to a process",
        2,
        &["process::Child::communicate"],
        || cancel_at_every_await(talking),
    ),
    Row::new(
        "running a process to its end",
        2,
        &["process::Command::status", "process::Command::output"],
        || cancel_at_every_await(running),
    ),
    Row::new(
        "reading what a process writes",
        2,
        &[
            "process::PipeReader::read",
            "AsyncRead for process::PipeReader",
        ],
        || cancel_at_every_await(reading),
    ),
    Row::new(
        "writing what a process reads",
        2,
        &[
            "process::PipeWriter::write_all",
            "AsyncWrite for process::PipeWriter",
        ],
        || cancel_at_every_await(writing),
    ),
];

/// Waits until no process is watched any more. They end in real time.
async fn all_are_fetched() {
    while Loop::current().unwrap().stats().registered > 0 {
        std::thread::sleep(Duration::from_millis(1));
        yield_now().await;
    }
}

async fn ending(by_signal: bool) -> Scenario {
    let mut command = Command::new("cat");
    command.exit_by_signal(by_signal).stdin(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let stdin = child.stdin.take();
    let (waits, _, looks) = three(child);
    Scenario::new(async move {
        assert!(waits.wait().await.unwrap().success());
    })
    .beside(async move { drop(stdin) })
    .after(async move {
        assert!(looks.wait().await.unwrap().success());
        all_are_fetched().await;
    })
}

/// Puts a child back, however the subject ends.
struct Back(std::rc::Rc<RefCell<Option<Child>>>, Option<Child>);

impl Drop for Back {
    fn drop(&mut self) {
        self.0.replace(self.1.take());
    }
}

async fn talking() -> Scenario {
    // More than the pipes hold, so that either side has to wait for the other.
    let much = vec![b'7'; 500_000];
    let mut command = Command::shell("echo first; cat; echo error >&2");
    let child = command.pipe_all().spawn().unwrap();
    let (talks, _, looks) = three(RefCell::new(Some(child)));
    let (notes, _, log) = three(RefCell::new(None));
    Scenario::new(async move {
        let child = talks.take();
        let mut back = Back(talks, child);
        let output = back.1.as_mut().unwrap().communicate(much).await;
        notes.replace(Some(output.unwrap()));
    })
    .after(async move {
        let mut child = looks.take().unwrap();
        let output = match log.take() {
            Some(output) => output,
            None => child.communicate("second\n").await.unwrap(),
        };
        // Nobody tells how much of the input was written, but all that came back is here.
        let text = String::from_utf8(output.stdout).unwrap();
        let echoed = text.strip_prefix("first\n").unwrap();
        let echoed = echoed.strip_suffix("second\n").unwrap_or(echoed);
        assert!(echoed.bytes().all(|byte| byte == b'7'));
        assert_eq!(output.stderr, b"error\n");
        drop(child);
        all_are_fetched().await;
    })
}

async fn running() -> Scenario {
    // Neither ends before somebody waits for its end: that of its input.
    let (first, first_holds) = std::io::pipe().unwrap();
    let (second, second_holds) = std::io::pipe().unwrap();
    let (begins, has_begun) = oneshot::channel();
    Scenario::new(async move {
        let mut command = Command::shell("read line; exit 3");
        let status = command.stdin(first).status().await.unwrap();
        assert_eq!(status.code(), Some(3));
        drop(command);
        begins.send(()).unwrap();
        let mut command = Command::shell("read line; echo text");
        let output = command.stdin(second).output().await.unwrap();
        assert_eq!(output.stdout, b"text\n");
    })
    .beside(async move {
        drop(first_holds);
        // An error if the first was interrupted.
        let _ = has_begun.await;
        drop(second_holds);
    })
    .after(all_are_fetched())
}

async fn reading() -> Scenario {
    let mut child = Command::new("cat").pipe_all().spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let (reads, _, looks) = three(RefCell::new(child.stdout.take()));
    let (notes, _, log) = three(RefCell::new(Vec::new()));
    /// As `Back`.
    struct Pipe(std::rc::Rc<RefCell<Option<PipeReader>>>, Option<PipeReader>);
    impl Drop for Pipe {
        fn drop(&mut self) {
            self.0.replace(self.1.take());
        }
    }
    let (has_read, mut was_read) = channel(1);
    Scenario::new(async move {
        let pipe = reads.take();
        let mut back = Pipe(reads, pipe);
        let pipe = back.1.as_mut().unwrap();
        let mut buffer = [0; 100];
        let read = pipe.read(&mut buffer).await.unwrap();
        notes.borrow_mut().extend(&buffer[..read]);
        has_read.try_send(()).unwrap();
        while let read @ 1.. = AsyncReadExt::read(pipe, &mut buffer).await.unwrap() {
            notes.borrow_mut().extend(&buffer[..read]);
            has_read.try_send(()).unwrap();
        }
    })
    .beside(async move {
        // One line at a time, so that each of them is waited for.
        for line in ["one\n", "two\n", "three\n"] {
            stdin.write_all(line.as_bytes()).await.unwrap();
            was_read.recv().await;
        }
        stdin.close().await.unwrap();
    })
    .after(async move {
        let mut pipe = looks.take().unwrap();
        let mut rest = Vec::new();
        pipe.read_to_end(&mut rest).await.unwrap();
        assert_eq!([log.take(), rest].concat(), b"one\ntwo\nthree\n");
        drop(pipe);
        child.wait().await.unwrap();
        all_are_fetched().await;
    })
}

async fn writing() -> Scenario {
    /// More than the pipes hold, so that who writes has to wait.
    const MUCH: usize = 200_000;
    let mut child = Command::new("cat").pipe_all().spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let (_, reads, looks) = three(RefCell::new(0));
    Scenario::new(async move {
        stdin.write_all(&[7; MUCH]).await.unwrap();
        AsyncWriteExt::write_all(&mut stdin, &[7; MUCH])
            .await
            .unwrap();
        stdin.close().await.unwrap();
    })
    .beside(async move {
        let mut piece = [0; 10_000];
        while let read @ 1.. = stdout.read(&mut piece).await.unwrap() {
            assert!(piece[..read].iter().all(|byte| *byte == 7));
            *reads.borrow_mut() += read;
        }
    })
    .after(async move {
        assert!(*looks.borrow() <= 2 * MUCH);
        assert!(child.wait().await.unwrap().success());
        all_are_fetched().await;
    })
}
