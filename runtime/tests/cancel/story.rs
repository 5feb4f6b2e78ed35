//! What the scenarios have in common: a paused clock, a story of lines with the loop's time, bodies
//! that clean up. Next: `basics.rs`.

use oneloop::cancel::{Caught, catch};
use oneloop::testing::set_takes_notes;
use oneloop::{Loop, Task, now, shield, sleep};
use std::cell::RefCell;
use std::fmt::Display;
use std::future::pending;
use std::rc::Rc;
use std::time::{Duration, Instant};

pub(crate) fn milliseconds(number: u64) -> Duration {
    Duration::from_millis(number)
}

/// Longer than any scenario.
pub(crate) const LONG: Duration = Duration::from_secs(3600);

/// What happened, each line with the milliseconds since the beginning.
#[derive(Clone)]
pub(crate) struct Story {
    began: Instant,
    lines: Rc<RefCell<Vec<String>>>,
}

impl Story {
    pub(crate) fn say(&self, line: impl Display) {
        let at = (now() - self.began).as_millis();
        self.lines.borrow_mut().push(format!("{at} {line}"));
    }
}

/// Runs a scenario, which must tell this story and leave nothing behind.
#[track_caller]
pub(crate) fn tells(expected: &[&str], scenario: impl AsyncFnOnce(Story)) {
    let event_loop = Loop::builder().paused_clock().build().unwrap();
    // The clock apart, they run as programs do: children that nobody asked have no place in the tree.
    set_takes_notes(false);
    let lines = Rc::<RefCell<Vec<String>>>::default();
    event_loop.block_on(async {
        let story = Story {
            began: now(),
            lines: lines.clone(),
        };
        scenario(story).await;
    });
    assert_eq!(*lines.borrow(), expected);
    let stats = event_loop.handle().stats();
    if stats.live_tasks == 0 {
        assert_eq!(stats.participants, 0, "all tasks have ended");
    }
}

/// Says when it is dropped.
pub(crate) struct Last(pub(crate) Story, pub(crate) &'static str);

impl Drop for Last {
    fn drop(&mut self) {
        self.0.say(format_args!("{} is dropped", self.1));
    }
}

/// Waits for ever, with nobody inside.
pub(crate) async fn idles(story: &Story, name: &'static str) {
    let _last = Last(story.clone(), name);
    pending::<()>().await;
}

/// Waits for ever. Cancelled, it cleans up for so many milliseconds and lets the request go on.
pub(crate) async fn cleans_up(story: Story, name: &'static str, time: u64) {
    let result = catch(sleep(LONG)).await;
    if result.is_err() {
        story.say(format!("{name} unwinds"));
        sleep(milliseconds(time)).await;
        story.say(format!("{name} is clean"));
    }
    result.or_resume().await
}

/// Waits for ever. Cancelled, it gives this value instead.
pub(crate) async fn swallows<T>(value: T) -> T {
    if let Err(cancelled) = catch(sleep(LONG)).await {
        cancelled.suppress();
    }
    value
}

/// What cannot fail, where a `Result` is wanted.
pub(crate) async fn ok<E>(body: impl Future<Output = ()>) -> Result<(), E> {
    body.await;
    Ok(())
}

/// Waits for the end of a task, and hands no request on to it.
pub(crate) async fn ended<T: Clone>(story: &Story, task: &Task<T>) {
    let outcome = match shield(task).await {
        Ok(_) => "ends with a value",
        Err(error) if error.is_cancelled() => "ends cancelled",
        Err(_) => "ends in a panic",
    };
    story.say(outcome);
}

/// Cancels a task after so many milliseconds, and waits for its end.
pub(crate) async fn cancels_after<T: Clone>(time: u64, story: &Story, task: &Task<T>) {
    sleep(milliseconds(time)).await;
    task.cancel();
    ended(story, task).await;
}
