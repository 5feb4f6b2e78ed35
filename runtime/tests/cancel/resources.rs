//! `with_resource`: what closes, and whose error is seen and whose is reported. Next: `counts.rs`.

use crate::story::{LONG, Story, cancels_after, milliseconds, tells};
use oneloop::cancel::{Exit, with_resource};
use oneloop::task::Builder;
use oneloop::{Loop, ReportKind, create_task, sleep, yield_now};
use std::rc::Rc;

/// Lets the exception handler write into the story.
fn listen(story: &Story) {
    let story = story.clone();
    let handle = Loop::current().unwrap();
    handle.set_exception_handler(move |report| {
        assert_eq!(report.kind(), ReportKind::CloseError);
        story.say(format!("reported: {}", report.message()));
        let (task, error) = (report.task_name().unwrap(), report.error().unwrap());
        story.say(format!("of {task}: {error}"));
        assert_eq!(report.made_at().unwrap().file(), file!());
    });
}

/// A resource whose body ends so (`None`: it waits for ever), and whose `close` fails.
async fn fails_to_close(
    story: Story,
    name: &str,
    body: Option<Result<i32, String>>,
) -> Result<i32, String> {
    with_resource(
        async { Ok(()) },
        async |()| match body {
            Some(ended) => ended,
            None => {
                sleep(LONG).await;
                unreachable!("it is cancelled")
            }
        },
        async |(), exit| {
            story.say(format!("{name} closes after {exit:?}"));
            sleep(milliseconds(10)).await;
            Err(format!("{name} is stuck"))
        },
    )
    .await
}

#[test]
fn an_error_of_close_is_what_the_caller_sees_where_the_body_gave_a_value() {
    tells(
        &[
            "0 the file closes after Value(3)",
            "10 Err(\"the file is stuck\")",
        ],
        async |story| {
            listen(&story);
            let outcome = fails_to_close(story.clone(), "the file", Some(Ok(3))).await;
            story.say(format!("{outcome:?}"));
        },
    );
}

#[test]
fn an_error_of_close_beside_one_of_the_body_is_reported() {
    tells(
        &[
            "0 the file closes after Error(\"no disk\")",
            "10 reported: closing a resource failed after its body failed",
            "10 of copier: \"the file is stuck\"",
            "10 Err(\"no disk\")", // The body's own error is what the caller sees.
        ],
        async |story| {
            listen(&story);
            let failing = fails_to_close(story.clone(), "the file", Some(Err("no disk".into())));
            let outcome = Builder::new().name("copier").create_task(failing).await;
            story.say(format!("{:?}", outcome.unwrap()));
        },
    );
}

#[test]
fn an_error_of_close_beside_a_cancellation_is_reported_and_the_task_ends_cancelled() {
    tells(
        &[
            "5 the file closes after Cancelled",
            "15 reported: closing a resource failed after its body was cancelled",
            "15 of copier: \"the file is stuck\"",
            "15 ends cancelled",
        ],
        async |story| {
            listen(&story);
            let waiting = fails_to_close(story.clone(), "the file", None);
            let task = Builder::new().name("copier").create_task(waiting);
            cancels_after(5, &story, &task).await;
        },
    );
}

/// Feature row 47.
#[test]
fn each_of_nested_resources_reports_its_own_error_inside_out() {
    tells(
        &[
            "5 inner closes after Cancelled",
            "15 reported: closing a resource failed after its body was cancelled",
            "15 of nested: \"inner is stuck\"",
            "15 outer is told Cancelled",
            "15 reported: closing a resource failed after its body was cancelled",
            "15 of nested: \"outer is stuck\"",
            "15 ends cancelled",
        ],
        async |story| {
            listen(&story);
            let told = story.clone();
            let task = Builder::new().name("nested").create_task(async move {
                with_resource(
                    async { Ok(()) },
                    async |()| fails_to_close(told.clone(), "inner", None).await,
                    async |(), exit| {
                        told.say(format!("outer is told {exit:?}"));
                        Err("outer is stuck".to_owned())
                    },
                )
                .await
            });
            cancels_after(5, &story, &task).await;
        },
    );
}

#[test]
fn without_a_task_the_report_names_none() {
    // The root future of `block_on` is a task too, so this is polled by a foreign executor.
    let ended = futures_lite::future::block_on(with_resource(
        async { Ok(()) },
        async |()| Err::<(), _>("the body's"),
        async |(), _| Err("the close's, on standard error"),
    ));
    assert_eq!(ended, Err("the body's"));
}

#[test]
fn what_is_cancelled_while_it_opens_has_nothing_to_close() {
    tells(
        &["5 the socket is given up", "5 ends cancelled"],
        async |story| {
            struct Socket(Story);
            impl Drop for Socket {
                fn drop(&mut self) {
                    self.0.say("the socket is given up");
                }
            }
            let socket = Socket(story.clone());
            let task = create_task(with_resource(
                async move {
                    let _half_open = socket;
                    sleep(LONG).await;
                    Ok::<_, Rc<str>>(1)
                },
                async |_| unreachable!("it was never open"),
                async |_, _: Exit<'_, (), _>| unreachable!("it was never open"),
            ));
            cancels_after(5, &story, &task).await;
        },
    );
}

#[test]
fn a_request_during_close_waits_for_it_and_leaves_its_error_to_the_caller() {
    tells(
        &[
            "0 the file closes after Value(3)",
            "10 Err(\"the file is stuck\")",
            "10 ends cancelled", // At the next suspension.
        ],
        async |story| {
            listen(&story);
            let told = story.clone();
            let task = create_task(async move {
                let outcome = fails_to_close(told.clone(), "the file", Some(Ok(3))).await;
                told.say(format!("{outcome:?}"));
                yield_now().await;
                told.say("never");
            });
            cancels_after(5, &story, &task).await;
        },
    );
}

/// Pain 21.
#[test]
fn a_resource_is_closed_also_under_a_second_request() {
    tells(&["40 closed", "40 ends cancelled"], async |story| {
        let told = story.clone();
        let task = create_task(async move {
            let result: Result<(), ()> = with_resource(
                async { Ok(1) },
                async |_| {
                    sleep(LONG).await;
                    Ok(())
                },
                async |_, _| {
                    sleep(milliseconds(30)).await;
                    told.say("closed");
                    Ok(())
                },
            )
            .await;
            result.unwrap();
        });
        sleep(milliseconds(10)).await;
        task.cancel();
        cancels_after(10, &story, &task).await;
    });
}
