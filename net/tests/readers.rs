//! `add_reader` and `add_writer`: called for as long as there is something to do, and not after they
//! were removed.
#![cfg(unix)]

use oneloop::{Loop, ReportKind, run, sleep, yield_now};
use oneloop_net::{TcpListener, add_reader, add_writer, remove_reader, remove_writer};
use std::cell::{Cell, RefCell};
use std::io::{ErrorKind, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::time::Duration;

fn pair() -> (Rc<UnixStream>, UnixStream) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    ours.set_nonblocking(true).unwrap();
    (Rc::new(ours), theirs)
}

/// A callback that counts.
fn counter() -> (Rc<Cell<u32>>, impl FnMut() + 'static) {
    let count = Rc::new(Cell::new(0));
    let counts = count.clone();
    (count, move || counts.set(counts.get() + 1))
}

async fn turns(number: u32) {
    for _ in 0..number {
        sleep(Duration::from_micros(100)).await;
    }
}

#[test]
fn a_reader_is_called_while_data_is_left_and_then_waits_for_more() {
    run(async {
        let (ours, mut theirs) = pair();
        let (count, call) = counter();
        add_reader(&ours, call).unwrap();
        turns(5).await;
        assert_eq!(count.get(), 0, "there is nothing to read yet");

        theirs.write_all(b"ab").unwrap();
        while count.get() < 10 {
            yield_now().await;
        }
        (&*ours).read_exact(&mut [0; 2]).unwrap();
        let now = count.get();
        turns(5).await;
        assert_eq!(count.get(), now, "nothing is left");

        theirs.write_all(b"c").unwrap();
        while count.get() == now {
            yield_now().await;
        }
        (&*ours).read_exact(&mut [0; 1]).unwrap();
        let now = count.get();
        turns(5).await;
        assert_eq!(count.get(), now);
        drop(theirs);
        while count.get() < now + 10 {
            yield_now().await;
        }
        assert!(
            remove_reader(&ours),
            "the end is there to be read, again and again"
        );
    });
}

#[test]
fn who_is_removed_is_not_called_again_and_leaves_nothing_behind() {
    run(async {
        let (ours, mut theirs) = pair();
        theirs.write_all(b"x").unwrap();
        let (count, mut call) = counter();
        let (removes, answers) = (ours.clone(), Rc::new(RefCell::new(Vec::new())));
        let notes = answers.clone();
        add_reader(&ours, move || {
            call();
            notes
                .borrow_mut()
                .extend([remove_reader(&removes), remove_reader(&removes)]);
        })
        .unwrap();
        turns(5).await;
        assert_eq!((count.get(), answers.take()), (1, vec![true, false]));
        let stats = Loop::current().unwrap().stats();
        assert_eq!((stats.registered, stats.callbacks), (0, 0), "{stats:?}");
        // The copy of the descriptor is gone, too: the peer sees the end.
        assert_eq!(Rc::strong_count(&ours), 1);
        drop(ours);
        assert_eq!(
            theirs.read(&mut [0; 1]).map_err(|error| error.kind()),
            Err(ErrorKind::ConnectionReset)
        );
    });
}

#[test]
fn a_second_reader_takes_the_place_of_the_first_and_a_writer_has_its_own() {
    run(async {
        let (ours, mut theirs) = pair();
        let ((first, call_first), (second, call_second)) = (counter(), counter());
        let (written, call_written) = counter();
        add_reader(&ours, call_first).unwrap();
        add_reader(&ours, call_second).unwrap();
        add_writer(&ours, call_written).unwrap();
        theirs.write_all(b"x").unwrap();
        while second.get() < 5 || written.get() < 5 {
            yield_now().await;
        }
        assert_eq!(first.get(), 0);
        assert!(remove_reader(&ours));
        let (read, wrote) = (second.get(), written.get());
        turns(5).await;
        assert_eq!(second.get(), read);
        assert!(written.get() > wrote);
        assert!(remove_writer(&ours) && !remove_writer(&ours));
    });
}

#[test]
fn a_writer_is_called_when_there_is_room_again() {
    run(async {
        let (ours, mut theirs) = pair();
        let block = vec![7; 65536];
        let mut sent = 0;
        while let Ok(written) = (&*ours).write(&block) {
            sent += written;
        }
        let (count, call) = counter();
        add_writer(&ours, call).unwrap();
        turns(5).await;
        assert_eq!(count.get(), 0, "there is no room");
        theirs.read_exact(&mut vec![0; sent]).unwrap();
        while count.get() == 0 {
            yield_now().await;
        }
        assert!(remove_writer(&ours));
    });
}

#[test]
fn others_have_their_turn_between_two_calls() {
    run(async {
        let (ours, mut theirs) = pair();
        theirs.write_all(b"x").unwrap();
        let (count, call) = counter();
        add_reader(&ours, call).unwrap();
        while count.get() == 0 {
            yield_now().await;
        }
        for _ in 0..20 {
            let before = count.get();
            yield_now().await;
            assert!(count.get() <= before + 1);
        }
        remove_reader(&ours);
    });
}

#[test]
fn a_callback_that_panics_is_reported_and_removed() {
    run(async {
        let reports = Rc::new(RefCell::new(Vec::new()));
        let notes = reports.clone();
        let handle = Loop::current().unwrap();
        handle.set_exception_handler(move |report| {
            notes.borrow_mut().push((report.kind(), report.to_string()));
        });
        let (ours, mut theirs) = pair();
        theirs.write_all(b"x").unwrap();
        add_reader(&ours, || panic!("boom")).unwrap();
        turns(5).await;
        let reports = reports.take();
        assert_eq!(reports.len(), 1);
        let (kind, text) = &reports[0];
        assert!(
            *kind == ReportKind::CallbackPanic && text.contains("boom"),
            "{kind:?}: {text}"
        );
        assert!(!remove_reader(&ours));
    });
}

#[test]
fn a_later_file_of_the_same_number_is_not_taken_for_the_first() {
    run(async {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let mut ours = OwnedFd::from(ours);
        let (first, call_first) = counter();
        add_reader(&ours, call_first).unwrap();
        // Against the rules: it is closed and not removed before, and another gets its number.
        let (again, mut peer) = pair();
        rustix::io::dup2(&*again, &mut ours).unwrap();
        peer.write_all(b"x").unwrap();
        turns(5).await;
        assert_eq!(first.get(), 0);

        let (second, call_second) = counter();
        add_reader(&ours, call_second).unwrap();
        // The copy of the first went with its reader, at the latest in the next turn.
        turns(1).await;
        assert!(theirs.write_all(b"x").is_err());
        while second.get() == 0 {
            yield_now().await;
        }
        turns(5).await;
        assert_eq!(first.get(), 0, "it was replaced");
        assert!(remove_reader(&ours));
    });
}

#[test]
fn what_can_not_be_waited_for_is_refused_at_once() {
    let (ours, _theirs) = pair();
    let error = add_reader(&ours, || ()).unwrap_err();
    assert!(error.to_string().contains("oneloop::run"), "{error}");
    #[cfg(target_os = "linux")]
    run(async {
        let file = std::fs::File::open("Cargo.toml").unwrap();
        let error = add_reader(&file, || ()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
        assert!(
            error.to_string().contains("`oneloop::to_thread`"),
            "{error}"
        );
        assert!(!remove_reader(&file));
    });
}

#[test]
fn a_socket_of_ours_may_be_watched_beside_its_own_readers_and_the_loops_end_drops_callbacks() {
    let held = Rc::new(());
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (count, mut call) = counter();
        let kept = held.clone();
        add_reader(&listener, move || {
            let _kept = &kept;
            call();
        })
        .unwrap();
        let client = std::net::TcpStream::connect(address).unwrap();
        while count.get() == 0 {
            yield_now().await;
        }
        listener.accept().await.unwrap();
        drop(client);
        assert_eq!(Rc::strong_count(&held), 2);
    });
    assert_eq!(Rc::strong_count(&held), 1);
}
