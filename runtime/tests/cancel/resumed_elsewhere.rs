//! A request that is resumed in another scope than the one that caught it: it is on its way until the
//! scope where it was caught ends by it, and lies further out if something else wins meanwhile. Next:
//! `panics.rs`.

use crate::story::{LONG, Story, cleans_up, ended, milliseconds, ok, tells};
use oneloop::cancel::{Cancelled, catch, forwarding, masked};
use oneloop::sync::oneshot;
use oneloop::{Task, create_task, gather, race, sleep, timeout, try_gather};

/// Resumes a request in a child of a gather, whose other child holds it up for five milliseconds. (It is
/// the first: what comes behind a child that ended so is not begun.)
async fn resumes_in_a_gather(cancelled: Cancelled) {
    gather((masked(sleep(milliseconds(5))), cancelled.resume())).await;
}

/// Cancels a task of this body after ten milliseconds.
fn cancelled(expected: &[&str], body: impl AsyncFnOnce(Story) + 'static) {
    tells(expected, async |story| {
        let told = story.clone();
        let task = create_task(async move {
            body(told.clone()).await;
            sleep(LONG).await;
            told.say("never");
        });
        sleep(milliseconds(10)).await;
        task.cancel();
        ended(&story, &task).await;
    });
}

/// Catches a request, and has it resumed.
async fn caught(resumes: impl AsyncFnOnce(Cancelled)) {
    resumes(catch(sleep(LONG)).await.map(drop).unwrap_err()).await;
}

/// Ends with an error after so many milliseconds, whatever is asked of it.
async fn fails(time: u64) -> Result<(), &'static str> {
    masked(sleep(milliseconds(time))).await;
    Err("an error")
}

#[test]
fn a_resume_in_a_gather_ends_the_task() {
    cancelled(&["15 ends cancelled"], async |_| {
        caught(resumes_in_a_gather).await;
    });
}

#[test]
fn a_request_that_is_on_its_way_out_of_a_gather_outlasts_the_error_of_a_sibling() {
    let expected = ["15 Err(\"an error\")", "15 ends cancelled"];
    cancelled(&expected, async |story| {
        let resumes = ok(caught(resumes_in_a_gather));
        story.say(format!(
            "{:?}",
            try_gather((fails(12), resumes)).await.map(drop)
        ));
    });
}

#[test]
fn a_body_that_takes_requests_is_not_given_one_that_it_let_through() {
    let expected = ["22 Err(\"an error\"), asked: false", "22 ends cancelled"];
    cancelled(&expected, async |story| {
        caught(async |cancelled| {
            let body = try_gather((fails(12), ok(resumes_in_a_gather(cancelled))));
            let (result, later) = forwarding(body, |_| unreachable!("nobody asks")).await;
            let (result, asked) = (result.map(drop), later.is_some());
            story.say(format!("{result:?}, asked: {asked}"));
        })
        .await;
    });
}

#[test]
fn a_request_that_is_on_its_way_out_of_a_gather_outlasts_a_lost_race() {
    let expected = ["15 0 has won", "15 ends cancelled"];
    cancelled(&expected, async |story| {
        let wins = Box::pin(masked(sleep(milliseconds(12))))
            as std::pin::Pin<Box<dyn Future<Output = ()>>>;
        let (winner, ()) = race([wins, Box::pin(caught(resumes_in_a_gather))]).await;
        story.say(format!("{winner} has won"));
    });
}

#[test]
fn a_request_that_is_on_its_way_out_of_a_gather_outlasts_a_deadline() {
    cancelled(&["15 ends cancelled"], async |story| {
        caught(async |cancelled| {
            let limited = timeout(milliseconds(3), resumes_in_a_gather(cancelled)).await;
            story.say(format!("{limited:?}"));
        })
        .await;
    });
}

#[test]
fn a_request_that_another_task_resumes_in_a_gather_outlasts_the_error_of_a_sibling_there() {
    let expected = ["15 Err(\"an error\")", "15 ends cancelled"];
    tells(&expected, async |story| {
        let (give, take) = oneshot::channel();
        let first = create_task(async move {
            caught(async |cancelled| drop(give.send(cancelled))).await;
        });
        let told = story.clone();
        let second: Task<()> = create_task(async move {
            let resumes = ok(async { resumes_in_a_gather(take.await.unwrap()).await });
            let result = try_gather((fails(12), resumes)).await;
            told.say(format!("{:?}", result.map(drop)));
            sleep(LONG).await;
        });
        sleep(milliseconds(10)).await;
        first.cancel();
        ended(&story, &second).await;
    });
}

#[test]
fn what_cleans_up_beside_a_resume_in_a_gather_is_waited_for() {
    let expected = [
        "10 beside unwinds",
        "20 beside is clean",
        "20 ends cancelled",
    ];
    for masks in [false, true] {
        cancelled(&expected, async move |story| {
            let resumes = caught(async move |cancelled| match masks {
                false => resumes_in_a_gather(cancelled).await,
                true => masked(resumes_in_a_gather(cancelled)).await,
            });
            futures_util::join!(resumes, cleans_up(story, "beside", 10));
        });
    }
}

#[test]
fn a_request_that_is_caught_on_its_way_out_of_a_gather_may_end_there() {
    let expected = ["15 it ends here", "15 the body was not asked: true"];
    tells(&expected, async |story| {
        let told = story.clone();
        let task = create_task(async move {
            caught(async |cancelled| {
                let body = async {
                    catch(resumes_in_a_gather(cancelled))
                        .await
                        .unwrap_err()
                        .suppress();
                    told.say("it ends here");
                };
                let ((), later) = forwarding(body, |_| unreachable!("nobody asks")).await;
                told.say(format!("the body was not asked: {}", later.is_none()));
            })
            .await;
            sleep(milliseconds(5)).await;
        });
        sleep(milliseconds(10)).await;
        task.cancel();
        task.await.unwrap();
    });
}

#[test]
fn whoever_awaits_a_task_hears_of_a_request_only_when_it_is_out_of_the_gather() {
    let expected = ["12 the task is alive: true", "15 ends cancelled"];
    tells(&expected, async |story| {
        let child = create_task(caught(resumes_in_a_gather));
        let task = create_task(async { child.await.unwrap() });
        sleep(milliseconds(10)).await;
        task.cancel();
        sleep(milliseconds(2)).await;
        story.say(format!("the task is alive: {}", !task.done()));
        ended(&story, &task).await;
    });
}
