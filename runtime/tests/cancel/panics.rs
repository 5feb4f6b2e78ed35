//! Panics in bodies, destructors and clean-ups. Next: `callers.rs`.

use crate::story::{LONG, cleans_up, milliseconds, tells};
use futures_lite::FutureExt;
use oneloop::cancel::{Caught, catch, finally, until};
use oneloop::{Task, create_task, gather, sleep};
use std::panic::{AssertUnwindSafe, resume_unwind};

/// Panics when it is dropped, without the hook, which would print.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            resume_unwind(Box::new("in a drop"));
        }
    }
}

/// Cancels the task after 10 ms and says what it ended with.
async fn text_of_panic<T: std::fmt::Debug>(task: Task<T>) -> &'static str {
    sleep(milliseconds(10)).await;
    task.cancel();
    let payload = task.await.unwrap_err().into_panic().unwrap();
    *payload.downcast::<&str>().unwrap()
}

#[test]
fn a_panic_in_the_drop_of_a_cancelled_body_ends_the_task() {
    tells(
        &["10 in a drop", "20 in a drop", "30 in the clean-up"],
        async |story| {
            let told = story.clone();
            let caught = create_task(async move {
                let result = catch(async {
                    let _bomb = Bomb;
                    sleep(LONG).await
                })
                .await;
                told.say("never");
                result.or_resume().await
            });
            story.say(text_of_panic(caught).await);
            let plain = create_task(async {
                let _bomb = Bomb;
                sleep(LONG).await
            });
            story.say(text_of_panic(plain).await);
            let cleans = create_task(finally(sleep(LONG), async || {
                resume_unwind(Box::new("in the clean-up"))
            }));
            story.say(text_of_panic(cleans).await);
        },
    );
}

#[test]
fn a_panic_in_one_child_lets_the_others_clean_up() {
    tells(
        &["5 sibling unwinds", "15 sibling is clean", "15 child"],
        async |story| {
            let fails = async {
                sleep(milliseconds(5)).await;
                resume_unwind(Box::new("child"));
            };
            let sibling = cleans_up(story.clone(), "sibling", 10);
            let task = create_task(async {
                gather((fails, sibling)).await;
            });
            let payload = task.await.unwrap_err().into_panic().unwrap();
            story.say(payload.downcast::<&str>().unwrap());
        },
    );
}

#[test]
fn a_request_goes_on_after_a_panic_that_user_code_caught() {
    tells(&["10 unwound: true", "10 ends cancelled"], async |story| {
        let told = story.clone();
        let task = create_task(async move {
            let body = catch(async {
                let _bomb = Bomb;
                sleep(LONG).await
            });
            let unwound = AssertUnwindSafe(body).catch_unwind().await;
            told.say(format!("unwound: {}", unwound.is_err()));
            sleep(milliseconds(1)).await;
            told.say("never");
        });
        sleep(milliseconds(10)).await;
        task.cancel();
        crate::story::ended(&story, &task).await;
    });
}

/// The compiler loses what an `await` gives if the drop of what was awaited panics.
#[test]
fn a_request_goes_on_after_a_panic_in_the_drop_of_the_stop_of_until() {
    tells(&["10 unwound: true", "10 ends cancelled"], async |story| {
        let told = story.clone();
        let task = create_task(async move {
            let stop = async {
                let _bomb = Bomb;
                sleep(LONG).await
            };
            let unwound = AssertUnwindSafe(until(sleep(LONG), stop)).catch_unwind();
            told.say(format!("unwound: {}", unwound.await.is_err()));
            sleep(LONG).await;
            told.say("never");
        });
        sleep(milliseconds(10)).await;
        task.cancel();
        crate::story::ended(&story, &task).await;
    });
}
