//! `cancelling`, `uncancel`, messages. Next: `forwarding.rs`.

use crate::story::{LONG, ended, milliseconds, swallows, tells};
use oneloop::cancel::{Caught, catch};
use oneloop::{create_task, sleep, timeout, yield_now};

#[test]
fn every_request_counts_and_suppressing_leaves_the_count() {
    tells(&["10 ends with a value"], async |story| {
        let task = create_task(async {
            swallows(()).await;
            sleep(milliseconds(10)).await;
        });
        yield_now().await;
        assert!(task.cancel());
        yield_now().await;
        assert_eq!(task.cancelling(), 1, "suppressed, and still counted");
        assert_eq!((task.uncancel(), task.uncancel()), (0, 0));
        ended(&story, &task).await;
        assert!(!task.cancel(), "it has ended");
    });
}

#[test]
fn a_stop_counts_while_it_lasts() {
    tells(
        &["10 cancelling 1", "15 cancelling 0", "15 ends with a value"],
        async |story| {
            let (send, receive) = oneloop::sync::oneshot::channel();
            let told = story.clone();
            let task = std::rc::Rc::new(create_task(async move {
                let me: std::rc::Rc<oneloop::Task<()>> = receive.await.unwrap();
                let body = async {
                    let result = catch(sleep(LONG)).await;
                    told.say(format!("cancelling {}", me.cancelling()));
                    sleep(milliseconds(5)).await;
                    result.or_resume().await
                };
                timeout(milliseconds(10), body).await.unwrap_err();
                told.say(format!("cancelling {}", me.cancelling()));
            }));
            send.send(task.clone()).ok().unwrap();
            ended(&story, &task).await;
        },
    );
}

#[test]
fn a_message_goes_through_awaited_tasks() {
    tells(&["5 ends cancelled"], async |story| {
        let inner = create_task(sleep(LONG));
        let outer = create_task(async move { inner.await.unwrap() });
        sleep(milliseconds(5)).await;
        outer.cancel_with("from outside");
        ended(&story, &outer).await;
        assert_eq!(outer.await.unwrap_err().message(), Some("from outside"));
    });
}
