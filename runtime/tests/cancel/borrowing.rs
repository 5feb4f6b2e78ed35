//! Natural programs in the eyes of the borrow checker: that they compile is half of the test.

use crate::story::{LONG, milliseconds, tells};
use oneloop::cancel::{Caught, catch, finally, paused, with_resource};
use oneloop::time::{Elapsed, Timeout};
use oneloop::{
    TaskGroup, create_task, gather, now, sleep, timeout, try_finally, try_gather, yield_now,
};
use std::cell::RefCell;
use std::pin::pin;

#[derive(Default)]
struct Database {
    log: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
struct Refused(&'static str);

impl Database {
    async fn open() -> Result<Database, Refused> {
        sleep(milliseconds(1)).await;
        Ok(Database::default())
    }

    async fn execute(&mut self, statement: &'static str) -> Result<u64, Refused> {
        sleep(milliseconds(1)).await;
        if statement == "bad" {
            return Err(Refused("bad"));
        }
        self.log.push(statement.to_string());
        Ok(1)
    }

    async fn roll_back(&mut self) {
        sleep(milliseconds(1)).await;
        self.log.push("rolled back".to_string());
    }

    async fn close(self) -> Result<(), Refused> {
        sleep(milliseconds(1)).await;
        Ok(())
    }
}

/// The body borrows mutably, and so does the handler.
async fn handler_after_a_block(database: &mut Database) -> Result<u64, Refused> {
    let body = async {
        database.execute("insert").await?;
        sleep(LONG).await;
        database.execute("commit").await
    };
    match catch(body).await {
        Ok(result) => result,
        Err(cancelled) => {
            database.roll_back().await;
            cancelled.resume().await
        }
    }
}

async fn handler_after_a_call(database: &mut Database) {
    if let Err(cancelled) = catch(database.execute("a")).await {
        database.roll_back().await;
        cancelled.resume().await;
    }
    database.execute("b").await.unwrap();
}

async fn clean_up_in_three_lines(database: &mut Database) -> Result<u64, Refused> {
    let result = catch(async {
        database.execute("a").await?;
        database.execute("bad").await
    });
    let result = result.await;
    database.roll_back().await;
    result.or_resume().await
}

async fn chained(database: &mut Database) -> Result<u64, Refused> {
    let result = catch(database.execute("a")).await;
    result.on_cancel(async || database.roll_back().await).await
}

async fn by_macro(database: &mut Database) -> Result<u64, Refused> {
    try_finally!({
        database.execute("a").await?;
        database.execute("bad").await
    } finally {
        database.roll_back().await;
    })
}

async fn nested_resources(count: &mut u32) -> Result<u64, Refused> {
    let outer = async |outer: &mut Database| {
        *count += 1;
        let inner = async |inner: &mut Database| {
            outer.execute("1").await?;
            inner.execute("2").await
        };
        with_resource(Database::open(), inner, async |database, _| {
            database.close().await
        })
        .await
    };
    with_resource(Database::open(), outer, async |database, _| {
        database.close().await
    })
    .await
}

async fn borrow_under_a_timeout(database: &mut Database) -> Option<u64> {
    match timeout(milliseconds(10), database.execute("slow")).await {
        Ok(result) => result.ok(),
        Err(Elapsed) => {
            database.roll_back().await;
            None
        }
    }
}

#[derive(Debug)]
enum Failed {
    Refused,
    Late,
}

impl From<Refused> for Failed {
    fn from(_: Refused) -> Failed {
        Failed::Refused
    }
}

impl From<Elapsed> for Failed {
    fn from(_: Elapsed) -> Failed {
        Failed::Late
    }
}

async fn two_question_marks(database: &mut Database) -> Result<u64, Failed> {
    let limit = Timeout::after(milliseconds(10));
    let body = async {
        limit.reschedule(now() + milliseconds(50)).unwrap();
        database.execute("a").await
    };
    Ok(limit.run(body).await??)
}

async fn loops_around_a_catch(database: &mut Database) -> usize {
    let mut count = 0;
    loop {
        match catch(database.execute("x")).await {
            Ok(Ok(_)) if count < 3 => count += 1,
            Ok(_) => break count,
            Err(cancelled) => {
                database.roll_back().await;
                cancelled.resume().await
            }
        }
    }
}

async fn retry<T, E>(mut attempt: impl AsyncFnMut(u32) -> Result<T, E>) -> Result<T, E> {
    let mut number = 0;
    loop {
        match timeout(milliseconds(100), attempt(number)).await {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(error)) if number == 2 => return Err(error),
            _ => number += 1,
        }
    }
}

#[test]
fn programs_that_borrow_compile_and_run() {
    tells(&[], async |_story| {
        let (mut database, mut other) = (Database::default(), Database::default());
        handler_after_a_call(&mut database).await;
        assert!(clean_up_in_three_lines(&mut database).await.is_err());
        chained(&mut database).await.unwrap();
        assert!(by_macro(&mut database).await.is_err());
        let shared = RefCell::new(Database::default());
        let value = finally(async { 3 }, async || shared.borrow_mut().log.clear()).await;
        assert_eq!(value, 3);
        let mut count = 0;
        assert_eq!((nested_resources(&mut count).await, count), (Ok(1), 1));
        assert_eq!(borrow_under_a_timeout(&mut database).await, Some(1));
        assert_eq!(two_question_marks(&mut database).await.unwrap(), 1);
        let both = gather((database.execute("s"), other.execute("s"))).await;
        assert_eq!(both, (Ok(1), Ok(1)));
        let mut databases = [database, other];
        let all = try_gather(databases.iter_mut().map(|each| each.execute("s"))).await;
        assert_eq!(all, Ok(vec![1, 1]));
        let [database, _] = &mut databases;
        assert_eq!(loops_around_a_catch(database).await, 3);
        let retried = retry(async |number| match number {
            2 => database.execute("good").await,
            _ => database.execute("bad").await,
        });
        assert_eq!(retried.await, Ok(1));
    });
}

#[test]
fn a_handler_rolls_back_what_the_body_had_done() {
    tells(&["4 [\"insert\", \"rolled back\"]"], async |story| {
        let task = create_task(async move {
            let mut database = Database::default();
            let result = catch(handler_after_a_block(&mut database)).await;
            story.say(format!("{:?}", database.log));
            result.or_resume().await
        });
        sleep(milliseconds(3)).await;
        task.cancel();
        assert!(task.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn the_body_of_a_group_borrows_locals() {
    tells(&[], async |_story| {
        let name = String::from("ab");
        let mut seen = vec![];
        let group = TaskGroup::<()>::scope(async |group| {
            drop(group.create_task(async { Ok(()) }));
            seen.push(name.len());
            sleep(milliseconds(1)).await;
            Ok(seen.len())
        });
        assert_eq!(group.await.unwrap(), 1);
        seen.clear();
    });
}

/// Awaits this by reference until it is cancelled, suppresses that, and awaits it again.
async fn awaits_again<F: Future>(future: F) {
    let mut future = pin!(future);
    if let Err(cancelled) = catch(future.as_mut()).await {
        cancelled.suppress();
    }
    future.await;
}

#[test]
fn what_a_suppressed_request_had_ended_says_so_when_it_is_awaited_again() {
    // They waited for ever, in silence.
    fn text<F: Future + 'static>(make: impl FnOnce() -> F) -> String {
        let event_loop = oneloop::Loop::builder().paused_clock().build().unwrap();
        let error = event_loop.block_on(async {
            let task = create_task(awaits_again(make()));
            yield_now().await;
            task.cancel();
            task.await.unwrap_err()
        });
        let panic = error.into_panic().unwrap();
        *panic.downcast::<String>().unwrap()
    }
    let long = || sleep(LONG);
    let texts = [
        text(|| oneloop::gather((long(), long()))),
        text(|| oneloop::gather(vec![long()])),
        text(|| oneloop::race([long(), long()])),
        text(|| oneloop::try_gather([std::future::pending::<Result<(), ()>>()])),
        text(|| oneloop::timeout(LONG, long())),
    ];
    for text in texts {
        assert!(text.contains("was awaited again after a request"), "{text}");
        assert!(text.contains("`cancel::paused`"), "{text}");
    }
}

#[test]
fn a_gather_behind_paused_survives_a_suppressed_request() {
    tells(&["5 suppressed", "20 (1, 2)"], async |story| {
        let told = story.clone();
        let task = create_task(async move {
            let first = async {
                sleep(milliseconds(20)).await;
                1
            };
            let mut both = pin!(oneloop::gather((first, async { 2 })));
            if let Err(cancelled) = catch(paused(both.as_mut())).await {
                cancelled.suppress();
                told.say("suppressed");
            }
            told.say(format!("{:?}", both.await));
        });
        sleep(milliseconds(5)).await;
        task.cancel();
        task.await.unwrap();
    });
}
