//! What goes into processes and comes out of them.

use crate::{PATIENCE, until};
use oneloop::cancel::until as until_stopped;
use oneloop::{create_task, gather};
use oneloop_net::process::Command;
use oneloop_net::streams::{StreamReader, StreamWriter};
use std::io::{ErrorKind, Read, Seek, Write};
use std::process::Stdio;

/// More than all pipes on its way hold.
const MUCH: usize = 3_000_000;

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index * 7 % 251) as u8).collect()
}

#[test]
fn much_goes_in_and_comes_out_at_the_same_time() {
    oneloop::run(async {
        let input = bytes(MUCH);
        let mut child = Command::shell("tee /dev/stderr")
            .pipe_all()
            .spawn()
            .unwrap();
        let output = child.communicate(&input).await.unwrap();
        assert!(output.stdout == input && output.stderr == input);
        assert!(output.status.success());
    });
}

#[test]
fn a_process_that_does_not_want_its_input_is_no_error() {
    oneloop::run(async {
        let mut child = Command::shell("exec <&-; echo enough")
            .pipe_all()
            .spawn()
            .unwrap();
        let output = child.communicate(bytes(MUCH)).await.unwrap();
        assert_eq!(output.stdout, b"enough\n");

        // Whoever writes by hand is told.
        let mut child = Command::shell("exec <&-; echo enough")
            .pipe_all()
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let error = stdin.write_all(&bytes(MUCH)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
        child.wait().await.unwrap();
    });
}

#[test]
fn each_pipe_has_the_limit_for_itself_and_the_error_names_it() {
    oneloop::run(async {
        let mut command = Command::shell("head -c $COUNT /dev/zero; head -c $COUNT /dev/zero >&2");
        command.output_limit(100_000);
        let output = command.env("COUNT", "100000").output().await.unwrap();
        assert_eq!(
            (output.stdout.len(), output.stderr.len()),
            (100_000, 100_000)
        );
        let error = command.env("COUNT", "100001").output().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::FileTooLarge);
        let text = error.to_string();
        assert!(
            text.contains("more than 100000 bytes") && text.contains("`Command::output_limit`")
        );

        let mut errors = Command::shell("yes >&2");
        let error = errors.output_limit(1).output().await.unwrap_err();
        assert!(
            error.to_string().contains("standard error output"),
            "{error}"
        );
    });
}

#[test]
fn after_the_limit_the_process_finds_nobody_at_its_pipes_and_can_be_awaited() {
    oneloop::run(async {
        let mut child = Command::new("yes")
            .pipe_all()
            .output_limit(10)
            .spawn()
            .unwrap();
        assert!(child.communicate("").await.is_err());
        let status = child.wait().await.unwrap();
        assert!(
            !status.success(),
            "{status}: SIGPIPE, or an error of its own"
        );
    });
}

#[test]
fn what_a_cancelled_communicate_has_read_is_given_by_the_next_one() {
    oneloop::run(async {
        let mut child = Command::shell("echo first; read line; echo second $line");
        let mut child = child
            .stdout(Stdio::piped())
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        // Kept from `communicate`, which would end it.
        let mut stdin = child.stdin.take().unwrap();
        for _ in 0..3 {
            let short = oneloop::sleep(std::time::Duration::from_millis(50));
            assert!(until_stopped(child.communicate(""), short).await.is_err());
        }
        stdin.write_all(b"line\n").await.unwrap();
        let output = child.communicate("").await.unwrap();
        assert_eq!(output.stdout, b"first\nsecond line\n");
    });
}

#[test]
fn output_has_no_input_and_leaves_the_command_as_it_was() {
    oneloop::run(async {
        let mut command = Command::shell("cat; printf '%s' \"$TEXT\"");
        command.env("TEXT", "end");
        for _ in 0..2 {
            assert_eq!(command.output().await.unwrap().stdout, b"end");
        }
        // It writes where this test does, so it had better write nothing.
        command.env("TEXT", "");
        let child = command.stdin(Stdio::null()).spawn().unwrap();
        assert!(child.stdout.is_none() && child.stderr.is_none());
        child.wait().await.unwrap();
    });
}

#[test]
fn streams_stand_on_the_pipes() {
    oneloop::run(async {
        let mut child = Command::new("cat").pipe_all().spawn().unwrap();
        let reader = StreamReader::new(child.stdout.take().unwrap());
        let writer = StreamWriter::new(child.stdin.take().unwrap());
        for line in ["one\n", "two\n"] {
            writer.write(line.as_bytes()).unwrap();
            assert_eq!(reader.readline().await.unwrap(), line.as_bytes());
        }
        let much = bytes(MUCH);
        let all = async {
            for piece in much.chunks(10_000) {
                writer.write(piece).unwrap();
                writer.drain().await.unwrap();
            }
            writer.close();
            writer.wait_closed().await.unwrap();
        };
        let (read, ()) = gather((reader.read_to_end(MUCH), all)).await;
        assert!(read.unwrap() == much);
        assert!(child.wait().await.unwrap().success());
    });
}

/// A short read was taken for all there was, and the next one waited for news that never came.
#[test]
fn packets_come_one_by_one_and_none_waits_for_the_next() {
    oneloop::run(async {
        let mut child = Command::new("cat").pipe_all().spawn().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        // As a process does with its output that writes in packets (`fcntl(1, F_SETFL, O_DIRECT)`).
        let output = format!("/proc/{}/fd/1", child.id());
        let mut output = std::fs::File::options().write(true).open(output).unwrap();
        let flags = rustix::fs::fcntl_getfl(&output).unwrap();
        rustix::fs::fcntl_setfl(&output, flags | rustix::fs::OFlags::DIRECT).unwrap();
        let mut buffer = [0; 100];
        // It has waited, so that it is registered.
        let (read, ()) = gather((stdout.read(&mut buffer), async {
            for packet in ["one", "two", "three"] {
                assert_eq!(output.write(packet.as_bytes()).unwrap(), packet.len());
            }
        }))
        .await;
        assert_eq!(&buffer[..read.unwrap()], b"one");
        for packet in ["two", "three"] {
            let read = oneloop::timeout(PATIENCE, stdout.read(&mut buffer)).await;
            let read = read.expect("it waits for what is there").unwrap();
            assert_eq!(&buffer[..read], packet.as_bytes());
        }
    });
}

#[test]
fn files_and_sockets_are_handed_to_the_process() {
    oneloop::run(async {
        let path = std::env::temp_dir().join(format!("oneloop-pipes-{}", std::process::id()));
        let mut options = std::fs::File::options();
        let mut file = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&path)
            .unwrap();
        std::fs::remove_file(&path).unwrap();
        let mut command = Command::new("echo");
        command.arg("into a file").stdout(file.try_clone().unwrap());
        assert!(command.status().await.unwrap().success());
        let mut text = String::new();
        file.rewind().unwrap();
        file.read_to_string(&mut text).unwrap();
        assert_eq!(text, "into a file\n");

        let (mut ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
        let mut command = Command::new("cat");
        let theirs = std::os::fd::OwnedFd::from(theirs);
        command.stdin(theirs.try_clone().unwrap()).stdout(theirs);
        let child = command.spawn().unwrap();
        drop(command);
        ours.write_all(b"hello").unwrap();
        ours.shutdown(std::net::Shutdown::Write).unwrap();
        assert!(child.wait().await.unwrap().success());
        let mut text = String::new();
        ours.read_to_string(&mut text).unwrap();
        assert_eq!(text, "hello");
    });
}

#[test]
fn the_loop_goes_on_while_a_process_runs() {
    oneloop::run(async {
        let mut child = Command::new("cat").pipe_all().spawn().unwrap();
        let stdin = child.stdin.take();
        let talking = create_task(async move { child.communicate("").await.unwrap() });
        let mut ticks = 0;
        until("ticks", || {
            ticks += 1;
            ticks > 5
        })
        .await;
        assert!(!talking.done());
        drop(stdin);
        assert!(talking.await.unwrap().status.success());
    });
}
