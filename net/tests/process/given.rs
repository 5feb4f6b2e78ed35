//! Pipes, sockets and terminals that a program has already: `PipeReader::from_fd`, `PipeWriter::from_fd`.

use crate::PATIENCE;
use futures_lite::AsyncWriteExt;
use oneloop::{run, timeout};
use oneloop_net::process::{PipeReader, PipeWriter};
use oneloop_net::streams::StreamReader;
use rustix::fs::{OFlags, fcntl_getfl};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;

fn blocks(file: impl AsFd) -> bool {
    !fcntl_getfl(file).unwrap().contains(OFlags::NONBLOCK)
}

/// Reads once, which something comes for.
async fn read(pipe: &mut PipeReader) -> Vec<u8> {
    let mut buffer = [0; 100];
    let length = timeout(PATIENCE, pipe.read(&mut buffer)).await.unwrap();
    buffer[..length.unwrap()].to_vec()
}

#[test]
fn a_pipe_is_read_while_others_go_on_and_blocks_again_in_the_end() {
    run(async {
        let (reads, mut writes) = std::io::pipe().unwrap();
        let shared = reads.try_clone().unwrap();
        let lines = StreamReader::new(PipeReader::from_fd(reads).unwrap());
        assert!(!blocks(&shared), "one file, one mode");
        let task = oneloop::create_task(async move { lines.readline().await });
        oneloop::yield_now().await;
        writes.write_all(b"a line\n").unwrap();
        assert_eq!(task.await.unwrap().unwrap(), b"a line\n");
        assert!(blocks(&shared));
    });
}

#[test]
fn what_was_non_blocking_stays_so() {
    run(async {
        let (ours, theirs) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        let copy = ours.try_clone().unwrap();
        let mut reader = PipeReader::from_fd(ours).unwrap();
        (&theirs).write_all(b"by a socket").unwrap();
        assert_eq!(read(&mut reader).await, b"by a socket");
        drop(reader);
        assert!(!blocks(&copy));
    });
}

/// The kernel's list knows files by their descriptors' numbers, and keeps a file that is open elsewhere.
#[test]
fn a_copy_that_stays_open_can_be_waited_for_again_under_the_same_number() {
    run(async {
        let (reads, mut writes) = std::io::pipe().unwrap();
        for word in ["one", "two", "three"] {
            let mut reader = PipeReader::from_fd(reads.try_clone().unwrap()).unwrap();
            let early = timeout(std::time::Duration::ZERO, reader.read(&mut [0; 9])).await;
            assert!(early.is_err(), "it waited, so it is in the list");
            writes.write_all(word.as_bytes()).unwrap();
            assert_eq!(read(&mut reader).await, word.as_bytes());
        }
    });
}

#[test]
fn closing_the_writer_is_the_end_of_the_pipe_and_a_full_one_waits() {
    run(async {
        let (mut reads, writes) = std::io::pipe().unwrap();
        let much = vec![7; 1_000_000];
        let reader = std::thread::spawn(move || {
            let mut all = Vec::new();
            reads.read_to_end(&mut all).map(|_| all)
        });
        let mut writer = PipeWriter::from_fd(writes).unwrap();
        writer.write_all(&much).await.unwrap();
        writer.close().await.unwrap();
        let late = writer.write_all(b"late").await.unwrap_err();
        assert_eq!(late.kind(), ErrorKind::BrokenPipe);
        // Still there: the thread would wait for ever if a copy were open.
        let all = oneloop::to_thread(move || reader.join().unwrap().unwrap());
        assert_eq!(timeout(PATIENCE, all).await.unwrap().unwrap(), much);
        drop(writer);
    });
}

#[test]
fn what_nobody_can_wait_for_is_refused_with_its_cure_and_left_as_it_was() {
    let (reads, writes) = std::io::pipe().unwrap();
    let outside = PipeReader::from_fd(reads.try_clone().unwrap()).unwrap_err();
    assert!(outside.to_string().contains("oneloop::run"), "{outside}");
    assert!(blocks(&reads));
    run(async {
        let copy = |file: &dyn AsFd| file.as_fd().try_clone_to_owned().unwrap();
        let file = File::open("Cargo.toml").unwrap();
        for (refused, cure) in [
            (
                PipeReader::from_fd(copy(&file)).err(),
                "`oneloop::to_thread`",
            ),
            (
                PipeWriter::from_fd(copy(&file)).err(),
                "`oneloop::to_thread`",
            ),
            (PipeReader::from_fd(copy(&writes)).err(), "the other end"),
            (PipeWriter::from_fd(copy(&reads)).err(), "the other end"),
        ] {
            let error = refused.unwrap();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(error.to_string().contains(cure), "{error}");
        }
        assert!(blocks(&file) && blocks(&reads) && blocks(&writes));

        let mut nothing = PipeReader::from_fd(File::open("/dev/null").unwrap()).unwrap();
        assert_eq!(read(&mut nothing).await, b"");
    });
}

#[test]
fn a_terminal_is_read_and_written_without_a_change_for_those_who_share_it() {
    let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&keyboard).unwrap();
    unlockpt(&keyboard).unwrap();
    let name = ptsname(&keyboard, Vec::new()).unwrap();
    let flags = OFlags::RDWR | OFlags::NOCTTY;
    let terminal: OwnedFd = rustix::fs::open(name, flags, rustix::fs::Mode::empty()).unwrap();
    run(async {
        let copy = || terminal.try_clone().unwrap();
        let mut reader = PipeReader::from_fd(copy()).unwrap();
        let mut writer = PipeWriter::from_fd(copy()).unwrap();
        assert!(blocks(&terminal), "as the shell has it");
        let typed = oneloop::create_task(async move { read(&mut reader).await });
        oneloop::yield_now().await;
        rustix::io::write(&keyboard, b"typed\n").unwrap();
        assert_eq!(typed.await.unwrap(), b"typed\n");
        writer.write_all(b"shown\n").await.unwrap();

        // Its other end has no second file.
        let mut screen = PipeReader::from_fd(keyboard.try_clone().unwrap()).unwrap();
        let mut seen = Vec::new();
        while !seen.ends_with(b"shown\r\n") {
            seen.extend(read(&mut screen).await);
        }
        drop(screen);
        assert!(blocks(&keyboard));
    });
}
