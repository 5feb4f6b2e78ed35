//! Look-ups that are given up: others' go on, and of one's own nothing is left.

use crate::{MS, address, run_paused, table};
use oneloop::{Loop, create_task, sleep, yield_now};
use oneloop_net::names::{Blocking, Resolve, Resolver, Resolving};
use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, mpsc};
use std::task::Poll;
use std::thread;
use std::time::Duration;

const NOTHING: &str = "Resolver { known: 0, under_way: 0 }";

#[test]
fn whoever_asked_first_may_give_up_and_the_others_get_their_answer() {
    run_paused(async {
        let (resolver, asked) = table(100 * MS, |_| Ok(vec![address("10.0.0.1:0")]));
        let ask = || {
            let resolver = resolver.clone();
            create_task(async move { resolver.getaddrinfo("a.example", 1).await })
        };
        let (first, second) = (ask(), ask());
        sleep(50 * MS).await;
        first.cancel();
        assert!(first.await.unwrap_err().is_cancelled());
        let found = second.await.unwrap().unwrap();
        assert_eq!(found, [address("10.0.0.1:1")]);
        assert_eq!(asked.borrow().len(), 1);
    });
}

#[test]
fn when_the_last_gives_up_the_look_up_is_dropped_at_once_and_can_be_begun_again() {
    run_paused(async {
        let (resolver, asked) = table(100 * MS, |_| Ok(vec![address("10.0.0.1:0")]));
        for _ in 0..3 {
            let short = oneloop::timeout(50 * MS, resolver.getaddrinfo("a.example", 1));
            assert!(short.await.is_err());
            assert_eq!(format!("{resolver:?}"), NOTHING);
        }
        yield_now().await;
        let stats = Loop::current().unwrap().stats();
        assert_eq!((stats.timers, stats.callbacks), (0, 0), "{stats:?}");
        resolver.getaddrinfo("a.example", 1).await.unwrap();
        assert_eq!(asked.borrow().len(), 4);
    });
}

#[test]
fn what_waits_for_a_thread_and_is_given_up_never_begins() {
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let notes = asked.clone();
    let (open, gate) = mpsc::channel::<()>();
    let gate = Mutex::new(gate);
    let resolver = Resolver::new(Blocking::new(1, move |host| {
        notes.lock().unwrap().push(host.to_owned());
        let _ = gate.lock().unwrap().recv();
        Ok(vec![address("10.0.0.1:0")])
    }));
    oneloop::run(async {
        let ask = |host: &'static str| {
            let resolver = resolver.clone();
            create_task(async move { resolver.getaddrinfo(host, 1).await })
        };
        let runs = ask("runs.example");
        let queued = [ask("queued.example"), ask("queued.example")];
        while asked.lock().unwrap().is_empty() {
            sleep(MS).await;
        }
        // What comes later, on the same thread.
        let later = ask("later.example");
        yield_now().await;
        for one in queued {
            one.cancel();
            assert!(one.await.unwrap_err().is_cancelled());
        }
        drop(open);
        runs.await.unwrap().unwrap();
        later.await.unwrap().unwrap();
        assert_eq!(*asked.lock().unwrap(), ["runs.example", "later.example"]);
    });
}

#[test]
fn a_program_ends_while_a_name_is_looked_up_and_waits_for_no_thread() {
    let (open, gate) = mpsc::channel::<()>();
    let gate = Mutex::new(gate);
    let function = Arc::new(());
    let kept = function.clone();
    oneloop::run(async move {
        let resolver = Resolver::new(Blocking::new(1, move |_| {
            let _kept = &kept;
            let _ = gate.lock().unwrap().recv();
            Ok(Vec::new())
        }));
        let looking = resolver.getaddrinfo("slow.example", 1);
        assert!(oneloop::timeout(5 * MS, looking).await.is_err());
    });
    // We are here although the function still runs.
    assert_eq!(Arc::strong_count(&function), 2);
    drop(open);
    while Arc::strong_count(&function) > 1 {
        thread::sleep(MS);
    }
}

/// Never answers, and tells when a look-up of its is dropped.
struct Silent(Rc<()>);

impl Resolve for Silent {
    fn resolve(&self, _: &str) -> Resolving {
        let held = self.0.clone();
        Box::pin(async move {
            std::future::pending::<()>().await;
            drop(held);
            Ok(Vec::new())
        })
    }
}

#[test]
fn the_end_of_a_loop_drops_its_look_ups() {
    let held = Rc::new(());
    let event_loop = Loop::new().unwrap();
    let resolver = Resolver::new(Silent(held.clone()));
    let asking = resolver.clone();
    let task = event_loop.handle().create_task(async move {
        drop(asking.getaddrinfo("a.example", 1).await);
    });
    let _ = event_loop.turn(Some(Duration::ZERO)).unwrap();
    assert_eq!(Rc::strong_count(&held), 3);
    let kept = resolver.clone();
    event_loop.block_on(async { oneloop_net::names::set_resolver(kept).unwrap() });
    drop(event_loop);
    drop(task);
    assert_eq!(Rc::strong_count(&held), 2);
    assert_eq!(format!("{resolver:?}"), NOTHING);
    drop(resolver);
    assert_eq!(Rc::strong_count(&held), 1, "something keeps the resolver");
}

type Asking = Pin<Box<dyn Future<Output = ()>>>;

/// Drops its only client while it is polled.
struct Treacherous(Rc<RefCell<Option<Asking>>>, Rc<()>);

impl Resolve for Treacherous {
    fn resolve(&self, _: &str) -> Resolving {
        let (client, held) = (self.0.clone(), self.1.clone());
        Box::pin(async move {
            let client = client.take();
            drop(client.expect("it asked, and waits"));
            std::future::pending::<()>().await;
            drop(held);
            Ok(Vec::new())
        })
    }
}

#[test]
fn a_client_that_is_dropped_by_the_resolver_itself_takes_the_look_up_with_it() {
    run_paused(async {
        let (client, held) = (Rc::new(RefCell::new(None)), Rc::new(()));
        let resolver = Resolver::new(Treacherous(client.clone(), held.clone()));
        let asks = resolver.clone();
        let mut asking: Asking = Box::pin(async move {
            drop(asks.getaddrinfo("a.example", 1).await);
        });
        poll_fn(|context| {
            assert!(asking.as_mut().poll(context).is_pending());
            Poll::Ready(())
        })
        .await;
        *client.borrow_mut() = Some(asking);
        while Rc::strong_count(&held) > 2 {
            yield_now().await;
        }
        assert!(client.borrow().is_none());
        assert_eq!(format!("{resolver:?}"), NOTHING);
    });
}
