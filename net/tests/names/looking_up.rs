//! Answers: who is asked how often, on how many threads, and what a failure looks like.

use crate::{MS, address, not_found, run_paused, table};
use oneloop::{gather, sleep};
use oneloop_net::names::{Blocking, Resolve, Resolver, Resolving, getaddrinfo};
use std::collections::HashSet;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};
use std::time::Duration;

#[test]
fn two_hundred_look_ups_at_once_share_the_threads_of_the_pool() {
    let threads: Arc<Mutex<HashSet<ThreadId>>> = Arc::default();
    let seen = threads.clone();
    let resolver = Resolver::new(Blocking::new(4, move |host| {
        seen.lock().unwrap().insert(thread::current().id());
        thread::sleep(MS);
        let number: u8 = host.trim_end_matches(".example").parse().unwrap();
        Ok(vec![SocketAddr::from(([10, 0, 0, number], 0))])
    }));
    oneloop::run(async {
        let all = (0..200).map(|number| {
            let resolver = &resolver;
            async move { resolver.getaddrinfo(&format!("{number}.example"), 80).await }
        });
        for (number, found) in gather(all).await.into_iter().enumerate() {
            let wanted = SocketAddr::from(([10, 0, 0, number as u8], 80));
            assert_eq!(found.unwrap(), [wanted]);
        }
    });
    let threads = threads.lock().unwrap().len();
    assert!((1..=4).contains(&threads), "{threads} threads");
    assert_eq!(
        format!("{resolver:?}"),
        "Resolver { known: 200, under_way: 0 }"
    );
}

#[test]
fn equal_questions_are_one_and_an_answer_is_good_for_its_time() {
    run_paused(async {
        let (resolver, asked) = table(100 * MS, |_| Ok(vec![address("10.0.0.1:0")]));
        let ask = |host: &'static str, port| {
            let resolver = resolver.clone();
            async move { resolver.getaddrinfo(host, port).await.unwrap() }
        };
        let all = gather((
            ask("a.example", 1),
            ask("A.Example", 2),
            ask("b.example", 3),
        ))
        .await;
        assert_eq!(all.0, [address("10.0.0.1:1")]);
        assert_eq!(all.1, [address("10.0.0.1:2")]);
        assert_eq!(*asked.borrow(), ["a.example", "b.example"]);

        // They came 100 ms after the beginning.
        sleep(Duration::from_secs(10) - MS).await;
        ask("a.example", 1).await;
        assert_eq!(asked.borrow().len(), 2);
        sleep(MS).await;
        ask("a.example", 1).await;
        assert_eq!(asked.borrow().len(), 3);
        resolver.clear_cache();
        ask("a.example", 1).await;
        assert_eq!(asked.borrow().len(), 4);
    });
}

#[test]
fn a_failure_goes_to_all_who_wait_and_is_forgotten_after_a_second() {
    run_paused(async {
        let (resolver, asked) = table(MS, |_| Err(not_found()));
        let ask = || resolver.getaddrinfo("no.example", 1);
        let (one, other) = gather((ask(), ask())).await;
        for error in [one.unwrap_err(), other.unwrap_err()] {
            assert_eq!(error.kind(), ErrorKind::NotFound);
            assert_eq!(error.to_string(), "look up \"no.example\": no such name");
        }
        sleep(999 * MS).await;
        ask().await.unwrap_err();
        assert_eq!(asked.borrow().len(), 1);
        sleep(MS).await;
        ask().await.unwrap_err();
        assert_eq!(asked.borrow().len(), 2);
    });
}

#[test]
fn an_answer_without_an_address_is_a_failure_and_one_with_thousands_is_cut() {
    oneloop::run(async {
        let (resolver, _) = table(MS, |host| match host {
            "none.example" => Ok(Vec::new()),
            _ => Ok(vec![address("10.0.0.1:0"); 5000]),
        });
        let error = resolver.getaddrinfo("none.example", 1).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert_eq!(
            error.to_string(),
            "look up \"none.example\": the name has no address"
        );
        let many = resolver.getaddrinfo("many.example", 1).await.unwrap();
        assert_eq!(many.len(), 64);
    });
}

#[test]
fn what_can_be_no_name_is_refused_and_asked_of_nobody() {
    oneloop::run(async {
        let (resolver, asked) = table(MS, |_| Err(not_found()));
        for host in [String::new(), "a".repeat(254)] {
            let error = resolver.getaddrinfo(&host, 1).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        }
        assert_eq!(asked.borrow().len(), 0);
        let longest = "a".repeat(253);
        resolver.getaddrinfo(&longest, 1).await.unwrap_err();
        assert_eq!(asked.borrow().len(), 1);
    });
}

#[test]
fn the_system_is_asked_and_its_failure_names_the_host() {
    oneloop::run(async {
        // An old way to write 127.0.0.1, which the system's resolver knows and no parser of std.
        assert_eq!(
            getaddrinfo("127.1", 80).await.unwrap(),
            [address("127.0.0.1:80")]
        );
        // RFC 6761, section 6.4: this name never exists. Without a network the failure is another one.
        let error = getaddrinfo("oneloop.invalid", 80).await.unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with("look up \"oneloop.invalid\": "), "{text}");
        assert!(std::error::Error::source(&error).is_some(), "{text}");
        // A name with a NUL can't be handed to the system.
        getaddrinfo("a\0b", 80).await.unwrap_err();
    });
}

#[test]
fn outside_a_loop_it_is_an_error_that_names_the_cure() {
    let error = futures_lite::future::block_on(getaddrinfo("server.example", 80)).unwrap_err();
    assert!(error.to_string().contains("oneloop::run"), "{error}");
}

/// A resolver that does what others' futures do: time-outs, tasks, several things at once.
struct Elaborate;

impl Resolve for Elaborate {
    fn resolve(&self, _: &str) -> Resolving {
        Box::pin(async {
            let silent = oneloop::timeout(10 * MS, std::future::pending::<()>());
            let task = oneloop::create_task(async { sleep(20 * MS).await });
            let (silent, task) = gather((silent, task)).await;
            assert!(silent.is_err());
            task.map_err(io::Error::other)?;
            Ok(vec![address("10.0.0.9:0")])
        })
    }
}

#[test]
fn a_resolver_may_use_all_of_the_loop() {
    run_paused(async {
        let resolver = Resolver::new(Elaborate);
        let found = resolver.getaddrinfo("a.example", 1).await.unwrap();
        assert_eq!(found, [address("10.0.0.9:1")]);
    });
}

struct Grenade;

impl Resolve for Grenade {
    fn resolve(&self, _: &str) -> Resolving {
        Box::pin(async { panic!("boom") })
    }
}

#[test]
fn a_resolver_that_panics_is_an_error_for_who_waits() {
    oneloop::run(async {
        let handle = oneloop::Loop::current().unwrap();
        handle.set_exception_handler(|_| ());
        let resolver = Resolver::new(Grenade);
        let error = resolver.getaddrinfo("a.example", 1).await.unwrap_err();
        assert!(
            error.to_string().contains("the resolver panicked"),
            "{error}"
        );
        let blocking = Resolver::new(Blocking::new(1, |_| panic!("boom")));
        let error = blocking.getaddrinfo("a.example", 1).await.unwrap_err();
        assert!(error.to_string().contains("boom"), "{error}");
    });
}
