//! What is told of requests and bodies that were dropped, by mistake as it seems. Next:
//! `../debug_mode.rs`, which reports them.

use super::told::{record, story};
use oneloop::cancel::catch;
use oneloop::trace::TextObserver;
use oneloop::{Loop, create_task, task, yield_now};
use std::cell::RefCell;
use std::future::{pending, poll_fn};
use std::io::{self, Write};
use std::rc::Rc;
use std::task::Poll;

#[test]
fn a_caught_cancellation_that_is_dropped_is_told_where_it_is_dropped() {
    let recorder = record(async {
        let forgets = create_task(async {
            let _gone = catch(pending::<()>()).await.is_err();
            pending::<()>().await;
        });
        let suppresses = create_task(async {
            catch(pending::<()>()).await.unwrap_err().suppress();
        });
        yield_now().await;
        forgets.cancel();
        assert!(forgets.await.unwrap_err().is_cancelled());
        suppresses.cancel();
        suppresses.await.unwrap();
    });
    let told = story(&recorder);
    let asked = told
        .iter()
        .position(|line| line == "Task-2 is asked to cancel");
    assert_eq!(
        told[asked.unwrap()..],
        [
            "Task-2 is asked to cancel",
            "Task-2 is woken by Task-1",
            "Task-1 awaits Task-2",
            "Task-1 waits",
            "Task-2 is polled", // the body of the `catch` is dropped in here
            "Task-2 drops a caught cancellation, which goes on",
            "Task-2 is woken by itself",
            "Task-2 meets its cancellation", // at the next suspension
            "Task-2 is cancelled",
            "Task-1 is woken by Task-2",
            "Task-1 is polled",
            "Task-3 is asked to cancel",
            "Task-3 is woken by Task-1",
            "Task-1 awaits Task-3",
            "Task-1 waits",
            "Task-3 is polled",
            "Task-3 is done", // what is suppressed is no mistake
            "Task-1 is woken by Task-3",
            "Task-1 is polled",
            "Task-1 is done",
        ]
    );
}

#[test]
fn a_body_that_foreign_code_drops_is_told_where_it_waited() {
    let recorder = record(async {
        drop(poll_once(catch(pending::<()>())).await);
        let _waits = poll_once(pending::<()>()).await; // No clean-up is lost here.
    });
    assert_eq!(
        story(&recorder),
        [
            "Task-1 is created",
            "Task-1 is polled",
            "Task-1 drops a body with a catch point in it",
            "Task-1 is done",
        ]
    );
}

#[test]
fn the_text_names_the_task_that_drops_a_cancellation_or_a_body() {
    let page = Page::default();
    let observer = TextObserver::new(page.clone());
    let builder = Loop::builder().paused_clock().observer(observer);
    builder.build().unwrap().block_on(async {
        let named = |name| task::Builder::new().name(name);
        let forgets = named("forgets").create_task(async {
            let _gone = catch(pending::<()>()).await.is_err();
            pending::<()>().await;
        });
        let selects = named("selects").create_task(async {
            drop(poll_once(catch(pending::<()>())).await);
        });
        yield_now().await;
        forgets.cancel();
        assert!(forgets.await.unwrap_err().is_cancelled());
        selects.await.unwrap();
    });
    let page = String::from_utf8(page.0.take()).unwrap();
    for line in [
        "                  Task-2 (forgets) drops a caught cancellation, which goes on\n",
        "                  Task-3 (selects) drops a body with a catch point in it\n",
    ] {
        assert!(page.contains(line), "{page}");
    }
}

/// Polls a future once and drops it, as a foreign `select!` does with its loser.
async fn poll_once<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = Box::pin(future);
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// What a text observer writes, to be read afterwards.
#[derive(Clone, Default)]
struct Page(Rc<RefCell<Vec<u8>>>);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
