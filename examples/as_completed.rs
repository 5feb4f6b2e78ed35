//! `as_completed` gives each answer as it comes, with the number of its question, for a while.
//!
//! Watch: the order is that of the answers, not of the questions, and an error is an answer as well.
//! When the time is over the tasks that are left are not cancelled: here the end of `run` does that,
//! and waits for their clean-up. (`gather` would have waited for all; `wait` gives them in one lot.)

use oneloop::cancel::{Caught, catch};
use oneloop::{as_completed, create_task, sleep};
use oneloop_examples::println;
use std::time::Duration;

const TICK: Duration = Duration::from_millis(50);

fn main() {
    oneloop::run(async {
        let questions = [("the sea", 3), ("the desert", 1), ("the moon", 99), ("", 2)];
        let tasks = questions.map(|(place, ticks)| create_task(weather(place, ticks)));
        let mut answers = as_completed(tasks).timeout(5 * TICK);
        loop {
            match answers.next().await {
                None => return println!("that was the last answer"),
                Some(Ok((number, Ok(Ok(text))))) => println!("question {number}: {text}"),
                Some(Ok((number, Ok(Err(why))))) => println!("question {number} failed: {why}"),
                Some(Ok((number, Err(end)))) => println!("question {number} has no answer: {end}"),
                Some(Err(elapsed)) => return println!("enough: {elapsed}"),
            }
        }
    });
}

async fn weather(place: &str, ticks: u32) -> Result<String, &'static str> {
    let hang_up = async || println!("(nobody waits for {place} any more)");
    catch(sleep(ticks * TICK)).await.on_cancel(hang_up).await;
    match place {
        "" => Err("which place?"),
        place => Ok(format!("fine weather at {place}")),
    }
}
