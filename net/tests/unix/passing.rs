//! Descriptors on their way from one program to another.

use oneloop::run;
use oneloop_net::{UnixDatagram, UnixStream};
use rustix::io::{FdFlags, fcntl_getfd};
use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::AsFd;

#[test]
fn a_socket_that_is_passed_works_at_its_new_place_and_is_not_inherited() {
    run(async {
        let (one, other) = UnixStream::pair().unwrap();
        let (mut ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
        let sent = one.send_descriptors(b"take it", &[theirs.as_fd()]).await;
        assert_eq!(sent.unwrap(), 7);
        drop(theirs);

        let mut buffer = [0; 16];
        let mut received = other.recv_descriptors(&mut buffer).await.unwrap();
        assert_eq!(&buffer[..received.length], b"take it");
        assert_eq!((received.descriptors.len(), received.lost), (1, false));
        let theirs = received.descriptors.remove(0);
        assert!(fcntl_getfd(&theirs).unwrap().contains(FdFlags::CLOEXEC));
        let mut theirs = std::os::unix::net::UnixStream::from(theirs);
        theirs.write_all(b"hello").unwrap();
        drop(theirs);
        let mut text = String::new();
        ours.read_to_string(&mut text).unwrap();
        assert_eq!(text, "hello");
    });
}

#[test]
fn as_many_go_along_as_the_system_takes_and_no_more() {
    run(async {
        let (one, other) = UnixStream::pair().unwrap();
        let file = File::open("/dev/null").unwrap();
        let many = vec![file.as_fd(); 253];
        one.send_descriptors(b"f", &many).await.unwrap();
        let received = other.recv_descriptors(&mut [0; 8]).await.unwrap();
        assert_eq!((received.length, received.descriptors.len()), (1, 253));

        let too_many = vec![file.as_fd(); 254];
        for (bytes, descriptors) in [(&b"f"[..], &too_many[..]), (b"", &many[..1])] {
            let error = one.send_descriptors(bytes, descriptors).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        }
        // Without any it is a write.
        one.send_descriptors(b"bytes", &[]).await.unwrap();
        let mut buffer = [0; 5];
        other.read_exact(&mut buffer).await.unwrap();
        assert_eq!(&buffer, b"bytes");
    });
}

/// The kernel ends a read where descriptors came along, however much room there is: a reader that took
/// a short read for the last would wait for ever.
#[test]
fn what_lies_behind_descriptors_is_read_also_by_who_does_not_want_them() {
    run(async {
        let (one, other) = UnixStream::pair().unwrap();
        let file = File::open("/dev/null").unwrap();
        // It has waited, so that it is registered.
        let mut first = [0; 8];
        let waiting = other.recv_descriptors(&mut first);
        let (_, sent) = oneloop::gather((waiting, one.write_all(b"first"))).await;
        sent.unwrap();
        one.send_descriptors(b"a", &[file.as_fd()]).await.unwrap();
        one.write_all(b"b").await.unwrap();
        one.send_descriptors(b"c", &[file.as_fd()]).await.unwrap();
        one.write_all(b"d").await.unwrap();
        let mut buffer = [0; 64];
        let mut got: Vec<u8> = Vec::new();
        while got.len() < 4 {
            let read = other.read(&mut buffer).await.unwrap();
            got.extend(&buffer[..read]);
        }
        assert_eq!(got, b"abcd");
    });
}

#[test]
fn sending_to_who_is_gone_is_an_error_and_no_signal() {
    run(async {
        let (one, other) = UnixStream::pair().unwrap();
        drop(other);
        let file = File::open("/dev/null").unwrap();
        let error = one
            .send_descriptors(b"f", &[file.as_fd()])
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
        // A socket for datagrams is no stream, and says so by its own error.
        let (one, other) = UnixDatagram::pair().unwrap();
        drop(other);
        assert!(one.send(b"x").await.is_err());
    });
}
