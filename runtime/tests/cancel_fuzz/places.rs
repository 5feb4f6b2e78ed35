//! What longer pieces of programs do. In most of them children come by their places in the task's tree, or
//! lose them, in ways that are less usual: by pictures, moves, requests from inside, among many siblings.
//! Next: `kinds.rs`, how programs are made.

use crate::tally::Tally;
use futures_lite::future::or;
use oneloop::cancel::{catch, forwarding, masked, paused};
use oneloop::stream::generator;
use oneloop::sync::oneshot;
use oneloop::{Loop, create_task, current_task, gather, sleep, task_tree, yield_now};
use std::cell::RefCell;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::time::Duration;

type Running = Pin<Box<dyn Future<Output = ()>>>;

/// Takes pictures, for which all that waits in the tasks of the loop is given its place. Not of pipes: the
/// kernel takes long to say what they are.
pub(crate) async fn look() {
    for _ in 0..2 {
        if Loop::current().expect("we run on it").stats().registered == 0 {
            assert!(!task_tree().lines().is_empty());
        }
        yield_now().await;
    }
}

/// Two parts among so many siblings that wakes and places of most are not kept in one word.
pub(crate) async fn many(first: Running, second: Running) {
    let (mut first, mut second) = (Some(first), Some(second));
    let children = (0..70).map(|number| match number {
        3 => first.take().expect("it is the only one"),
        68 => second.take().expect("it is the only one"),
        _ => Box::pin(sleep(Duration::from_millis(number % 3))),
    });
    gather(children).await;
}

/// Begins a part here, and lets a task of its own bring it to its end.
pub(crate) async fn handed(part: Running, time: Duration, tally: &Rc<Tally>) {
    let part = Rc::new(RefCell::new(part));
    let (hand, handed) = oneshot::channel();
    let takes_over = goes_on(&part);
    let task = create_task(tally.child(async {
        // One that was asked before it took the part over would drop it without any clean-up.
        if let Ok(()) = masked(handed).await {
            takes_over.await;
        }
    }));
    let begins = or(
        async {
            paused(pin!(goes_on(&part))).await;
            true
        },
        async {
            yield_now().await; // The task has begun.
            sleep(time).await;
            false
        },
    );
    let begun = catch(begins).await;
    match begun {
        Ok(true) => drop(hand),
        Ok(false) => hand.send(()).expect("it waits for that"),
        Err(cancelled) => {
            drop(hand);
            masked(goes_on(&part)).await;
            masked(task).await.ok();
            cancelled.resume().await;
        }
    }
    task.await.ok();
}

fn goes_on(part: &Rc<RefCell<Running>>) -> impl Future<Output = ()> + use<> {
    let part = part.clone();
    poll_fn(move |context| part.borrow_mut().as_mut().poll(context))
}

/// An item behind each of two parts.
pub(crate) async fn generated(first: Running, second: Running) {
    let mut items = generator(async |yielder| {
        first.await;
        yielder.give(()).await;
        second.await;
        yielder.give(()).await;
    });
    while items.next().await.is_some() {
        yield_now().await;
    }
    items.aclose().await;
}

/// A task that is asked by one of its own children, in the first poll of that or later.
pub(crate) async fn asks_itself(part: Running, turns: u64, tally: &Rc<Tally>) {
    let asks = async move {
        for _ in 0..turns {
            yield_now().await;
        }
        current_task().expect("in a task").cancel();
        yield_now().await;
    };
    let both = async {
        gather((part, asks)).await;
    };
    create_task(tally.child(both)).await.ok();
}

/// As [`asks_itself`], by a branch that stands behind the part, and perhaps wins by that.
pub(crate) async fn asks_in_a_branch(part: Running, turns: u64, tally: &Rc<Tally>) {
    let asks = async move {
        for _ in 0..turns / 2 {
            yield_now().await;
        }
        current_task().expect("in a task").cancel();
        for _ in 0..turns % 2 {
            yield_now().await;
        }
    };
    let first = async {
        oneloop::select! {
            () = part => (),
            () = asks => (),
        }
    };
    create_task(tally.child(first)).await.ok();
}

/// Fails when it is dropped.
pub(crate) struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            resume_unwind(Box::new("a drop in the program"));
        }
    }
}

/// Awaits a part which no request reaches, and lets those that came go on then.
pub(crate) async fn forward(part: impl Future<Output = ()>) {
    if let ((), Some(cancelled)) = forwarding(part, |_| ()).await {
        cancelled.resume().await;
    }
}

/// Catches a panic.
pub(crate) async fn unwound(body: Running) {
    let body = AssertUnwindSafe(body);
    futures_lite::FutureExt::catch_unwind(body).await.ok();
}
