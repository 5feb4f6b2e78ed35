//! A scope that is suspended alone has no place in its task's tree, and a `select!` has none with its
//! branches. These scenarios look for a difference.

use crate::story::{LONG, cancels_after, ended, idles, milliseconds, swallows, tells};
use oneloop::cancel::{Caught, catch};
use oneloop::combine::{End, branch};
use oneloop::{TaskGroup, create_task, current_task, select, sleep, task_tree, timeout, yield_now};
use std::cell::Cell;
use std::future::{Future, pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// Polls both whenever it is polled, as a foreign `join!`.
async fn join(one: impl Future<Output = ()>, other: impl Future<Output = ()>) {
    let (mut one, mut other) = (pin!(one), pin!(other));
    let mut left = [true; 2];
    poll_fn(|context| {
        left[0] = left[0] && one.as_mut().poll(context).is_pending();
        left[1] = left[1] && other.as_mut().poll(context).is_pending();
        match left {
            [false, false] => Poll::Ready(()),
            _ => Poll::Pending,
        }
    })
    .await;
}

#[test]
fn scopes_that_wait_beside_each_other_are_asked_and_drawn_in_their_order() {
    let told = [
        "5 drawn",
        "10 one is dropped",
        "10 two is dropped",
        "10 ends cancelled",
    ];
    tells(&told, async |story| {
        let told = story.clone();
        let task = create_task(async move {
            let one = async { _ = timeout(LONG, idles(&told, "one")).await };
            let two = async { catch(idles(&told, "two")).await.or_resume().await };
            join(one, two).await;
        });
        sleep(milliseconds(5)).await;
        let picture = task_tree().to_string();
        let lines = picture.lines().map(str::trim);
        let constructs = |line: &&str| line.starts_with("timeout") || line.starts_with("catch");
        let drawn: Vec<_> = lines.filter(constructs).collect();
        assert!(
            drawn[0].starts_with("timeout") && drawn[1].starts_with("catch"),
            "{picture}"
        );
        story.say("drawn");
        cancels_after(5, &story, &task).await;
    });
}

/// A foreign combinator may poll one of its parts only: the other is asked all the same, and waited for.
#[test]
fn an_idle_scope_that_nobody_polls_owes_an_answer_too() {
    let told = [
        "10 polled is dropped",
        "20 waits for the other",
        "20 other is dropped",
        "20 other is caught",
        "20 ends cancelled",
    ];
    tells(&told, async |story| {
        let (told, polls) = (story.clone(), Rc::new(Cell::new(true)));
        let (polls_other, wakes) = (polls.clone(), Rc::new(Cell::new(None)));
        let woken_by = wakes.clone();
        let task = create_task(async move {
            let other = async {
                let result = catch(idles(&told, "other")).await;
                told.say("other is caught");
                result.or_resume().await;
            };
            let (mut polled, mut other) = (pin!(catch(idles(&told, "polled"))), pin!(other));
            let mut is_caught = false;
            poll_fn(|context| {
                woken_by.set(Some(context.waker().clone()));
                if polls_other.get() && other.as_mut().poll(context).is_ready() {
                    return Poll::Ready(());
                }
                if !is_caught && let Poll::Ready(result) = polled.as_mut().poll(context) {
                    result.unwrap_err().suppress();
                    is_caught = true;
                }
                Poll::<()>::Pending
            })
            .await;
        });
        yield_now().await;
        polls.set(false);
        sleep(milliseconds(10)).await;
        task.cancel();
        sleep(milliseconds(10)).await;
        story.say("waits for the other");
        polls.set(true);
        wakes.take().expect("it was polled").wake();
        ended(&story, &task).await;
    });
}

#[test]
fn an_idle_scope_goes_with_its_future_to_another_task() {
    let told = ["10 body is dropped", "10 caught", "10 ends cancelled"];
    tells(&told, async |story| {
        let (told, given) = (story.clone(), Rc::new(Cell::new(None)));
        let gives = given.clone();
        let first = create_task(async move {
            let body = async move {
                let result = catch(idles(&told, "body")).await;
                told.say("caught");
                result.or_resume().await;
            };
            let mut body: Pin<Box<dyn Future<Output = ()>>> = Box::pin(body);
            poll_fn(|context| {
                assert!(body.as_mut().poll(context).is_pending());
                Poll::Ready(())
            })
            .await;
            gives.set(Some(body));
            pending::<()>().await;
        });
        yield_now().await;
        yield_now().await;
        let body = given.take().expect("it was polled");
        let second = create_task(body);
        yield_now().await;
        cancels_after(10, &story, &second).await;
        first.cancel();
        let _ = first.await;
    });
}

/// At once, and not when the future goes that the panic came from.
#[test]
fn a_branch_that_panics_drops_the_others_first() {
    async fn panics() {
        yield_now().await;
        panic!("the second");
    }
    let told = [
        "0 first is dropped",
        "0 third is dropped",
        "0 caught",
        "0 ends with a value",
    ];
    tells(&told, async |story| {
        let told = story.clone();
        let task = create_task(async move {
            let behind = branch(panics(), branch(idles(&told, "third"), End));
            let branches = branch(idles(&told, "first"), behind);
            let mut choice = pin!(oneloop::combine::select(branches));
            poll_fn(|context| {
                let polled = AssertUnwindSafe(|| choice.as_mut().poll(context).is_ready());
                match catch_unwind(polled) {
                    Ok(is_ready) => {
                        assert!(!is_ready);
                        Poll::Pending
                    }
                    Err(_) => Poll::Ready(()),
                }
            })
            .await;
            told.say("caught");
        });
        ended(&story, &task).await;
    });
}

#[test]
fn a_select_that_panicked_says_what_is_wrong_when_it_is_polled_again() {
    tells(&["0 said"], async |story| {
        let branches = branch(poll_fn(|_| -> Poll<()> { panic!("at once") }), End);
        let mut select = Box::pin(oneloop::combine::select(branches));
        let mut poll = || {
            let mut context = Context::from_waker(Waker::noop());
            let polled = AssertUnwindSafe(|| select.as_mut().poll(&mut context).is_ready());
            let payload = catch_unwind(polled).unwrap_err();
            match payload.downcast::<String>() {
                Ok(text) => *text,
                Err(payload) => payload.downcast::<&str>().unwrap().to_string(),
            }
        };
        assert_eq!(poll(), "at once");
        let again = poll();
        assert!(again.contains("awaited again"), "{again}");
        story.say("said");
    });
}

/// The second branch gets a place, and with it the others: who was idle before is asked as ever.
#[test]
fn a_branch_that_gets_a_place_late_brings_the_others_along() {
    let told = ["10 idle is dropped", "10 ends with a value"];
    tells(&told, async |story| {
        let told = story.clone();
        let task = create_task(async move {
            select! {
                () = idles(&told, "idle") => {}
                () = async { sleep(milliseconds(5)).await; swallows(()).await } => {}
            }
        });
        cancels_after(10, &story, &task).await;
    });
}

fn asks_its_own_task() {
    current_task().expect("in a task").cancel();
}

/// Whoever is asked in the very poll that gives the whole a place is woken for that.
#[test]
fn a_branch_that_asks_its_own_task_asks_those_before_it_too() {
    for (in_its_first_poll, wins) in [(true, true), (true, false), (false, true), (false, false)] {
        let asked = "0 idle is dropped";
        let told = match wins {
            true => [asked, "0 chosen", "0 ends cancelled"],
            false => ["0 asks is dropped", asked, "0 ends cancelled"],
        };
        tells(&told, async |story| {
            let told = story.clone();
            let task = create_task(async move {
                let asks = async {
                    if !in_its_first_poll {
                        yield_now().await;
                    }
                    asks_its_own_task();
                    if !wins {
                        idles(&told, "asks").await;
                    }
                };
                select! {
                    () = idles(&told, "idle") => {}
                    () = asks => told.say("chosen"),
                }
                sleep(LONG).await;
            });
            ended(&story, &task).await;
        });
    }
}

#[test]
fn a_member_that_ends_its_group_in_a_branch_comes_to_its_end() {
    let told = ["0 idle is dropped", "0 the group has ended"];
    tells(&told, async |story| {
        let told = story.clone();
        let group = TaskGroup::<()>::scope(async |group| {
            let own = group.clone();
            group.spawn(async move {
                select! {
                    () = idles(&told, "idle") => {}
                    () = async { own.cancel() } => {}
                }
                Ok(())
            });
            pending().await
        });
        let ended: Result<(), _> = group.await;
        assert!(ended.is_err());
        story.say("the group has ended");
    });
}

/// The losers behind it are dropped all the same, and not asked to end.
#[test]
fn a_loser_that_asks_its_own_task_in_its_drop_lets_no_other_go_on() {
    struct Asks;
    impl Drop for Asks {
        fn drop(&mut self) {
            asks_its_own_task();
        }
    }
    tells(&["0 chosen", "0 ends cancelled"], async |story| {
        let told = story.clone();
        let task = create_task(async move {
            let asks = async {
                let _asks = Asks;
                pending::<()>().await;
            };
            let mut polls = 0;
            let goes_on = poll_fn(|_| {
                polls += 1;
                if polls == 1 {
                    return Poll::Pending;
                }
                told.say("a loser goes on");
                Poll::Ready(())
            });
            select! {
                () = asks => {}
                () = yield_now() => told.say("chosen"),
                () = goes_on => {}
            }
            sleep(LONG).await;
        });
        ended(&story, &task).await;
    });
}

/// Branches that were begun elsewhere are asked before they are polled again.
#[test]
fn idle_branches_go_along_into_another_scope() {
    let told = ["0 idle is dropped", "5 chosen", "5 ends with a value"];
    tells(&told, async |story| {
        let told = story.clone();
        let task = create_task(async move {
            let asks = async {
                yield_now().await;
                asks_its_own_task();
                swallows(()).await;
                sleep(milliseconds(5)).await;
            };
            let mut choice = pin!(async {
                select! {
                    () = asks => told.say("chosen"),
                    () = idles(&told, "idle") => {}
                }
            });
            poll_fn(|context| {
                assert!(choice.as_mut().poll(context).is_pending());
                Poll::Ready(())
            })
            .await;
            timeout(LONG, choice).await.expect("in time");
        });
        ended(&story, &task).await;
    });
}

/// As many branches as have a bit each, and one more.
#[test]
fn the_last_of_many_branches_asks_all_the_others() {
    struct Counted(Rc<Cell<u32>>);
    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }
    macro_rules! choose {
        (@list $branch:ident) => { oneloop::combine::End };
        (@list $branch:ident $first:literal $($number:literal)*) => {
            oneloop::combine::branch($branch($first), choose!(@list $branch $($number)*))
        };
        // The macro `select!` itself takes fewer, without a larger limit of recursion.
        ($branch:ident, $($number:literal)*) => {{
            let _choice = oneloop::combine::select(choose!(@list $branch $($number)*)).await;
        }};
    }
    for (more, told) in [(false, "0 64 were dropped"), (true, "0 65 were dropped")] {
        tells(&["0 ends cancelled", told], async |story| {
            let dropped = Rc::new(Cell::new(0));
            let counted = dropped.clone();
            let task = create_task(async move {
                let branch = async |number| {
                    let _counted = Counted(counted.clone());
                    yield_now().await;
                    if number == 63 {
                        asks_its_own_task();
                    }
                    pending::<()>().await;
                };
                match more {
                    false => {
                        choose!(branch, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22
                        23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48
                        49 50 51 52 53 54 55 56 57 58 59 60 61 62 63)
                    }
                    true => {
                        choose!(branch, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22
                        23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48
                        49 50 51 52 53 54 55 56 57 58 59 60 61 62 63 64)
                    }
                }
            });
            ended(&story, &task).await;
            story.say(format_args!("{} were dropped", dropped.get()));
        });
    }
}
