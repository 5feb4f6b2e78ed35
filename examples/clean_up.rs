//! A worker that is cancelled cleans up, with awaits: `finally`, `catch`, `masked` and `shield`.
//!
//! Watch: `cancel` only asks. The worker leaves its `.await` where it stands, cleans up for as long as
//! that takes, and whoever awaits the task waits for that. What is `masked` is not even asked before
//! it is through; a task behind `shield` does not notice that its awaiter was cancelled.

use oneloop::cancel::{catch, finally, masked};
use oneloop::{Task, create_task, shield, sleep};
use oneloop_examples::println;
use std::time::Duration;

const TICK: Duration = Duration::from_millis(50);

fn main() {
    oneloop::run(async {
        println!("-- finally: the table is cleared, however dinner ends");
        let dinner = create_task(finally(eat("soup", 4), async || {
            println!("the plates go into the kitchen");
            sleep(TICK).await;
            println!("the table is clear");
        }));
        cancel_after(1, dinner, "time to go").await;

        println!("-- catch: the request, as a value, and what one makes of it");
        let guest = create_task(async {
            match catch(eat("cake", 4)).await {
                Ok(()) => println!("never said: nobody lets me finish"),
                Err(request) => {
                    println!("excuse me: {}?", request.message().unwrap_or("what"));
                    request.suppress(); // Without this line it goes on, and the task ends.
                }
            }
            eat("coffee", 1).await;
        });
        cancel_after(1, guest, "the bill").await;

        println!("-- masked: paying is not interrupted in its middle");
        let payment = create_task(async {
            masked(async {
                println!("the card is in the reader");
                sleep(3 * TICK).await;
                println!("the card is out again");
            })
            .await;
            sleep(TICK).await; // The first wait behind it ends here.
            println!("never said");
        });
        cancel_after(1, payment, "hurry up").await;

        println!("-- shield: who waits for the cook may go, the cook goes on");
        let cook = create_task(async {
            sleep(8 * TICK).await;
            println!("the cook has finished the sauce");
        });
        let cook = std::rc::Rc::new(cook);
        let sauce = cook.clone();
        let waiter = create_task(async move { shield(&sauce).await.unwrap() });
        cancel_after(1, waiter, "table 7").await;
        (&*cook).await.unwrap();
    });
}

/// Cancels a task after so many ticks, and waits for what becomes of it.
async fn cancel_after(ticks: u32, mut task: Task<()>, why: &str) {
    sleep(ticks * TICK).await;
    println!("cancel: {why}");
    task.cancel_with(why);
    match (&mut task).await {
        Ok(()) => println!("it ended by itself"),
        Err(error) => println!("{error}"),
    }
}

async fn eat(what: &str, ticks: u32) {
    println!("{what} is served");
    sleep(ticks * TICK).await;
    println!("{what} is eaten");
}
