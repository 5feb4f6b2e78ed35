//! A registration through the public API: sources of mio, waited for by tasks of a loop.

use mio::net::TcpListener;
use oneloop::reactor::{Direction, Drained, Registration};
use std::cell::RefCell;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpStream};
use std::task::Poll;

/// A listener of mio on a port of the system's choice.
fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// How many sources the running loop has registered.
fn registered() -> u64 {
    oneloop::Loop::current().unwrap().stats().registered
}

/// Accepts one connection.
async fn accept(listener: &Registration<TcpListener>) -> io::Result<SocketAddr> {
    listener
        .io(Direction::Read, |listener| {
            Ok((listener.accept()?.1, Drained::No))
        })
        .await
}

#[test]
fn outside_a_loop_there_is_nothing_to_register_with() {
    let error = Registration::new(listener().0).unwrap_err();
    assert!(error.to_string().contains("loop"), "{error}");
}

#[test]
fn a_source_that_never_waits_is_never_registered() {
    oneloop::run(async {
        let (listener, address) = listener();
        let listener = Registration::new(listener).unwrap();
        let client = TcpStream::connect(address).unwrap();
        assert_eq!(
            accept(&listener).await.unwrap(),
            client.local_addr().unwrap()
        );
        assert_eq!(registered(), 0);

        let waiting = oneloop::create_task(async move { accept(&listener).await });
        oneloop::yield_now().await;
        assert_eq!(registered(), 1);
        let client = TcpStream::connect(address).unwrap();
        let accepted = waiting.await.unwrap().unwrap();
        assert_eq!(accepted, client.local_addr().unwrap());
        assert_eq!(registered(), 0, "it ended with its task");
    });
}

#[test]
fn a_source_that_is_taken_out_can_be_registered_again() {
    oneloop::run(async {
        let (listener, address) = listener();
        let first = Registration::new(listener).unwrap();
        let mut accepting = Box::pin(accept(&first));
        assert!(
            futures_lite::future::poll_once(&mut accepting)
                .await
                .is_none()
        );
        assert_eq!(registered(), 1);
        drop(accepting);
        let second = Registration::new(first.into_inner().unwrap()).unwrap();
        assert_eq!(registered(), 0);
        let waiting = oneloop::create_task(async move { accept(&second).await });
        oneloop::yield_now().await;
        let _client = TcpStream::connect(address).unwrap();
        assert!(waiting.await.unwrap().is_ok());
    });
}

#[test]
fn readiness_can_be_waited_for_apart_from_the_operation() {
    oneloop::run(async {
        let (listener, address) = listener();
        let listener = Registration::new(listener).unwrap();
        for _ in 0..3 {
            let client = TcpStream::connect(address).unwrap();
            listener.ready(Direction::Read).await.unwrap();
            let (_, peer) = listener.with(|listener| listener.accept()).unwrap();
            assert_eq!(peer, client.local_addr().unwrap());
            let error = listener.with(|listener| listener.accept()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::WouldBlock);
            listener.clear_ready(Direction::Read);
            let again = futures_lite::future::poll_once(listener.ready(Direction::Read)).await;
            assert!(again.is_none(), "there is nobody to accept");
        }
    });
}

#[test]
fn an_operation_that_is_interrupted_is_tried_again_at_once() {
    oneloop::run(async {
        let registration = Registration::new(listener().0).unwrap();
        let mut tries = 0;
        let answer = registration
            .io(Direction::Read, |_| {
                tries += 1;
                match tries {
                    3 => Ok(("done", Drained::Yes)),
                    _ => Err(ErrorKind::Interrupted.into()),
                }
            })
            .await;
        assert_eq!((answer.unwrap(), tries), ("done", 3));
    });
}

#[test]
fn waiting_for_a_registration_inside_its_own_operation_is_an_error_and_no_panic() {
    oneloop::run(async {
        let registration = Registration::new(listener().0).unwrap();
        let inner = RefCell::new(None);
        let outer = std::future::poll_fn(|context| {
            registration.poll_io(Direction::Read, context, |_| {
                let waker = std::task::Waker::noop();
                let mut context = std::task::Context::from_waker(waker);
                let poll = registration.poll_ready(Direction::Read, &mut context);
                *inner.borrow_mut() = Some(poll);
                Ok(((), Drained::No))
            })
        });
        outer.await.unwrap();
        match inner.take() {
            Some(Poll::Ready(Err(error))) => assert_eq!(error.kind(), ErrorKind::ResourceBusy),
            other => panic!("{other:?}"),
        }
    });
}

#[cfg(unix)]
#[test]
fn a_source_that_does_not_own_its_descriptor_is_taken_out_of_the_kernels_list() {
    use mio::{Interest, Registry, Token, unix::SourceFd};
    use oneloop::reactor::Source;
    use std::os::fd::{AsRawFd, RawFd};

    /// The number of somebody else's descriptor.
    struct Number(RawFd);

    impl Source for Number {
        fn register(&mut self, registry: &Registry, token: Token, of: Interest) -> io::Result<()> {
            SourceFd(&self.0).register(registry, token, of)
        }

        fn reregister(
            &mut self,
            registry: &Registry,
            token: Token,
            of: Interest,
        ) -> io::Result<()> {
            SourceFd(&self.0).reregister(registry, token, of)
        }

        fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
            SourceFd(&self.0).deregister(registry)
        }
    }

    oneloop::run(async {
        let (listener, _) = listener();
        for _ in 0..3 {
            // The kernel refuses to register a descriptor twice, so each has to be taken out.
            let registration = Registration::new(Number(listener.as_raw_fd())).unwrap();
            let ready = futures_lite::future::poll_once(registration.ready(Direction::Read)).await;
            assert!(ready.is_none(), "registered, and nobody connects");
        }
        let closing = Registration::closing(Number(listener.as_raw_fd())).unwrap();
        let _ = futures_lite::future::poll_once(closing.ready(Direction::Read)).await;
        drop(closing);
        let second = Registration::closing(Number(listener.as_raw_fd())).unwrap();
        let error = second.ready(Direction::Read).await.unwrap_err();
        assert_eq!(
            error.kind(),
            ErrorKind::AlreadyExists,
            "the promise to close was broken"
        );
    });
}

#[test]
fn a_loop_that_dies_wakes_nobody_into_a_panic_and_leaves_an_error() {
    let event_loop = oneloop::Loop::new().unwrap();
    let registration = event_loop.enter(|| Registration::new(listener().0).unwrap());
    let context = &mut std::task::Context::from_waker(std::task::Waker::noop());
    let mut waiting = Box::pin(registration.ready(Direction::Read));
    assert!(
        event_loop
            .enter(|| waiting.as_mut().poll(context))
            .is_pending()
    );
    drop(event_loop);
    match waiting.as_mut().poll(context) {
        Poll::Ready(Err(error)) => assert!(error.to_string().contains("is gone"), "{error}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_source_of_another_loop_is_an_error_here_where_it_waited_in_silence() {
    let (here, there) = (oneloop::Loop::new().unwrap(), oneloop::Loop::new().unwrap());
    let (listener, address) = listener();
    let listener = there.enter(|| Registration::new(listener).unwrap());
    here.block_on(async {
        let error = accept(&listener).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(
            error.to_string().contains("belongs to another loop"),
            "{error}"
        );
        let error = listener.ready(Direction::Read).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        // What need not wait works anywhere, and tells the kernel nothing.
        let port = listener.with(|listener| listener.local_addr().unwrap().port());
        assert_eq!(port, address.port());
    });
    // Its own loop can still use it, and so can whoever polls by hand and turns that loop.
    let client = TcpStream::connect(address).unwrap();
    let accepted = there.block_on(accept(&listener)).unwrap();
    assert_eq!(accepted, client.local_addr().unwrap());
    let mut by_hand = std::pin::pin!(accept(&listener));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(by_hand.as_mut().poll(&mut context).is_pending());
    let _client = TcpStream::connect(address).unwrap();
    let _turn = there.turn(None).unwrap();
    assert!(by_hand.as_mut().poll(&mut context).is_ready());
}
