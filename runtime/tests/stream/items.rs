//! What a generator gives, in which task, and what a request does to one that is asked. Next:
//! `closing.rs`.

use crate::{Log, Woken, counting, milliseconds, poll_once, run};
use futures_core::Stream;
use oneloop::cancel::{Caught, catch, finally};
use oneloop::contextvars::ContextVar;
use oneloop::stream::{Generator, IntoStream, StreamExt, Yielder, generator};
use oneloop::task::Builder;
use oneloop::{create_task, for_await, gather, sleep, task_tree, timeout, yield_now};
use std::cell::{Cell, RefCell};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

/// A class of the kind that people write in Python.
struct Reader {
    count: u32,
}

impl Stream for Reader {
    type Item = u32;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<u32>> {
        self.count += 1;
        Poll::Ready((self.count < 100).then_some(self.count))
    }
}

/// Feature row 45.
#[test]
fn a_reader_counts_from_1_to_99_and_stops() {
    run(async {
        let mut seen = Vec::new();
        for_await!(number in Reader { count: 0 } => {
            seen.push(number);
        });
        assert_eq!(seen, (1..100).collect::<Vec<_>>());
        let mut reader = Reader { count: 97 };
        let mut rest = Vec::new();
        while let Some(number) = reader.next().await {
            rest.push(number);
        }
        assert_eq!(rest, [98, 99]);
    });
}

/// What is no stream, and makes one whenever it is asked.
#[derive(Clone)]
struct Shelf(Vec<&'static str>);

impl IntoStream for Shelf {
    type Item = &'static str;
    type IntoStream = Generator<&'static str>;

    fn into_stream(self) -> Generator<&'static str> {
        generator(async move |yielder| {
            for book in self.0 {
                yield_now().await;
                yielder.give(book).await;
            }
        })
    }
}

/// Feature row 46.
#[test]
fn a_loop_takes_what_is_a_stream_and_what_makes_one() {
    run(async {
        let shelf = Shelf(vec!["a", "b"]);
        let mut seen = Vec::new();
        for_await!(book in shelf.clone() => { seen.push(book) });
        let mut stream = shelf.into_stream();
        for_await!(book in &mut stream => { seen.push(book) });
        for_await!(book in stream => { unreachable!("{book}") });
        assert_eq!(seen, ["a", "b", "a", "b"]);
    });
}

async fn first_even(numbers: impl Stream<Item = Result<u32, String>>) -> Result<u32, String> {
    for_await!(number in numbers => {
        let number = number?;
        if number % 2 == 1 {
            continue;
        }
        return Ok(number);
    });
    Err("none".to_string())
}

#[test]
fn a_body_may_continue_return_and_fail() {
    let of = |items: Vec<Result<u32, String>>| {
        run(first_even(generator(async |yielder: Yielder<_>| {
            for item in items {
                yielder.give(item).await;
            }
        })))
    };
    assert_eq!(of(vec![Ok(1), Ok(4), Ok(6)]), Ok(4));
    assert_eq!(of(vec![Ok(1), Err("bad".into())]), Err("bad".to_string()));
    assert_eq!(of(vec![Ok(1)]), Err("none".to_string()));
}

#[test]
fn a_generator_runs_only_while_it_is_asked_and_in_the_task_that_asks() {
    static WHO: ContextVar<&str> = ContextVar::new("who");
    run(async {
        let steps = Rc::new(Cell::new(0));
        let count = steps.clone();
        let mut who = generator(async move |yielder: Yielder<&str>| {
            loop {
                count.set(count.get() + 1);
                yield_now().await;
                yielder.give(WHO.get()).await;
            }
        });
        sleep(milliseconds(1)).await;
        assert_eq!(steps.get(), 0, "nobody has asked");
        WHO.set("main");
        assert_eq!(who.next().await, Some("main"));
        sleep(milliseconds(1)).await;
        assert_eq!(steps.get(), 1, "it stands where it gave the item");
        let task = create_task(async move {
            WHO.set("task");
            let item = who.next().await;
            who.aclose().await;
            item
        });
        assert_eq!(task.await.unwrap(), Some("task"));
    });
}

#[test]
fn a_request_that_comes_while_the_next_item_is_awaited_ends_the_body_with_its_clean_up_first() {
    run(async {
        let log = Log::default();
        let ours = log.clone();
        let task = create_task(async move {
            let mut numbers = counting(&ours);
            let body = async {
                while let Some(number) = numbers.next().await {
                    ours.borrow_mut().push(number.to_string());
                }
            };
            let told = async || ours.borrow_mut().push("cancelled".to_string());
            catch(body).await.on_cancel(told).await;
        });
        while log.borrow().len() < 2 {
            yield_now().await;
            sleep(Duration::from_micros(100)).await;
        }
        task.cancel();
        assert!(task.await.unwrap_err().is_cancelled());
        assert_eq!(*log.borrow(), ["0", "1", "cleaned up", "cancelled"]);
    });
}

/// Between two items the body waits for nobody, so nobody waits for its answer.
#[test]
fn a_request_between_two_items_does_not_wait_for_the_generator() {
    run(async {
        let log = Log::default();
        let mut numbers = counting(&log);
        let task = create_task(async move {
            numbers.next().await;
            let caught = catch(sleep(milliseconds(3_600_000))).await;
            caught.unwrap_err().suppress();
            let next = numbers.next().await;
            numbers.aclose().await;
            next
        });
        sleep(milliseconds(60)).await;
        task.cancel();
        assert_eq!(task.await.unwrap(), Some(1), "it goes on where it was");
        assert_eq!(log.borrow().len(), 1);
    });
}

#[test]
fn a_time_out_of_next_ends_the_body_as_in_python() {
    run(async {
        let log = Log::default();
        let ours = log.clone();
        let mut slow = generator(async move |yielder: Yielder<()>| {
            let clean_up = async || ours.borrow_mut().push("cleaned up".to_string());
            finally(sleep(milliseconds(3_600_000)), clean_up).await;
            yielder.give(()).await;
        });
        assert!(timeout(milliseconds(5), slow.next()).await.is_err());
        assert_eq!(log.borrow().len(), 1);
        assert_eq!(slow.next().await, None);
    });
}

/// Foreign code drops `next` in the middle, and nobody waits for what was inside.
#[test]
fn a_next_that_is_dropped_where_it_waits_loses_nothing() {
    run(async {
        let log = Log::default();
        let mut numbers = counting(&log);
        for _ in 0..3 {
            let waits = futures_lite::future::poll_once(numbers.next()).await;
            assert_eq!(waits, None);
        }
        let caught = timeout(milliseconds(60), std::future::pending::<()>()).await;
        assert!(
            caught.is_err(),
            "whoever ends a wait of ours does not wait for the generator"
        );
        assert_eq!(
            (numbers.next().await, numbers.next().await),
            (Some(0), Some(1))
        );
        numbers.aclose().await;
    });
}

#[test]
fn parts_of_a_body_that_run_side_by_side_may_all_give() {
    run(async {
        let mut numbers = generator(async |yielder: Yielder<u32>| {
            let give = async |from: u32| {
                for number in from..from + 3 {
                    yielder.give(number).await;
                    yield_now().await;
                }
            };
            gather((give(0), give(10))).await;
        });
        let mut seen = Vec::new();
        while let Some(number) = numbers.next().await {
            seen.push(number);
        }
        seen.sort();
        assert_eq!(seen, [0, 1, 2, 10, 11, 12]);
    });
}

#[test]
fn a_task_that_the_body_started_may_give_the_items() {
    run(async {
        let mut numbers = generator(async |yielder: Yielder<u32>| {
            let task = create_task(async move {
                for number in 0..3 {
                    sleep(milliseconds(1)).await;
                    yielder.give(number).await;
                }
            });
            task.await.unwrap();
        });
        let mut seen = Vec::new();
        while let Some(number) = numbers.next().await {
            seen.push(number);
        }
        assert_eq!(seen, [0, 1, 2]);
    });
}

/// It kept a waker for each poll, of each that ever waited, until somebody asked for the next item.
#[test]
fn a_part_that_is_polled_often_while_it_gives_keeps_one_waker_and_none_when_it_is_dropped() {
    run(async {
        let shown = Rc::new(RefCell::new(None));
        let show = shown.clone();
        let mut shared = generator(async move |yielder: Yielder<u32>| {
            *show.borrow_mut() = Some(yielder);
            std::future::pending::<()>().await;
        });
        {
            let mut next = pin!(shared.next());
            assert!(poll_once(next.as_mut()).await.is_pending());
        }
        let yielder = shown.take().unwrap();
        let (first, second) = (Woken::new(), Woken::new());
        let mut one = pin!(Some(yielder.give(1)));
        let mut two = pin!(Some(yielder.give(2)));
        for (give, asked) in [(&mut one, &first), (&mut two, &second)] {
            let waker = asked.waker();
            for _ in 0..100 {
                let given = give.as_mut().as_pin_mut().unwrap();
                assert!(given.poll(&mut Context::from_waker(&waker)).is_pending());
            }
        }
        assert_eq!((first.wakers(), second.wakers()), (1, 1));
        two.set(None);
        assert_eq!((first.wakers(), second.wakers()), (1, 0));
        assert_eq!(shared.next().await, Some(1));
        one.set(None);
        drop(shared);
    });
}

/// Pain 31.
#[test]
fn the_picture_of_who_waits_shows_what_waits_inside_a_generator() {
    run(async {
        let inner = Builder::new().name("inner");
        let inner = inner.create_task(sleep(milliseconds(60)));
        let outer = Builder::new().name("outer").create_task(async {
            let mut stream = generator(async |yielder: Yielder<()>| {
                inner.await.unwrap();
                yielder.give(()).await;
            });
            stream.next().await;
            stream.aclose().await;
        });
        sleep(milliseconds(1)).await;
        let tree = task_tree().to_string();
        let place = |text: &str| {
            tree.find(text)
                .unwrap_or_else(|| panic!("no {text}: {tree}"))
        };
        assert!(place("\"outer\"") < place("generator"), "{tree}");
        assert!(place("generator") < place("\"inner\""), "{tree}");
        outer.await.unwrap();
    });
}
