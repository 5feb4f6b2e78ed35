//! `select!` waits for several things of different types, takes the first, and ends the others.
//!
//! Watch: the loser cleans up, awaits included, before the winner's branch runs. Of two that are
//! ready at once, the one that stands first wins, each time: no dice. A future that shall not end
//! with the others is awaited by reference and `paused`.

use oneloop::cancel::paused;
use oneloop::sync::oneshot;
use oneloop::{select, sleep, try_finally};
use oneloop_examples::println;
use std::future::ready;
use std::pin::pin;
use std::time::Duration;

const TICK: Duration = Duration::from_millis(50);

fn main() {
    oneloop::run(async {
        println!("-- two mirrors and a limit: the quick one wins");
        let answer = select! {
            page = fetch("near", 2) => format!("we have {page}"),
            page = fetch("far", 9) => format!("we have {page}, of all things"),
            () = sleep(20 * TICK) => "nobody answered".to_owned(),
        };
        println!("{answer}");

        println!("-- both are ready: the first in the text wins");
        for _ in 0..3 {
            select! {
                () = ready(()) => println!("the first"),
                word = ready("never said") => println!("{word}"),
            }
        }

        println!("-- one that is kept: the others come and go");
        let (finish, finished) = oneshot::channel();
        let (mut finish, mut book) = (Some(finish), pin!(finished));
        for asked in 1.. {
            select! {
                page = paused(book.as_mut()) => {
                    println!("we have {}", page.unwrap());
                    break;
                }
                () = sleep(TICK) => println!("asked {asked} times, not yet"),
            }
            if asked == 2 {
                finish.take().unwrap().send("the book").unwrap();
            }
        }
    });
}

/// Takes so many ticks, and one more to hang up if it is given up.
async fn fetch(name: &'static str, ticks: u32) -> &'static str {
    let mut arrived = false;
    try_finally!({
        println!("{name}: asked");
        sleep(ticks * TICK).await;
        arrived = true;
        name
    } finally {
        if !arrived {
            println!("{name}: given up, hangs up");
            sleep(TICK).await;
        }
        println!("{name}: closed");
    })
}
