//! The five things that one does with tasks: create, gather, wait for a while, cancel, bound in time.
//!
//! Watch: `gather` gives the answers in the order of the arguments, whoever is first. `wait` comes
//! back after its time with those that are done and those that are not, and stops nobody. `cancel`
//! drops a task at the `.await` where it stands, so its destructors run, like Python's `finally`.

use oneloop::{create_task, gather, sleep, timeout, wait};
use oneloop_examples::println;
use std::time::{Duration, Instant};

fn main() {
    oneloop::run(async {
        let kitchen = Kitchen {
            opened: Instant::now(),
        };

        kitchen.say("-- create_task: it runs by itself, and is awaited for its value");
        let soup = create_task(kitchen.cook("soup", 100));
        kitchen.say("the soup is ordered");
        kitchen.say(&format!("served: {}", soup.await.unwrap()));

        kitchen.say("-- gather: all at once, the answers in the order of the arguments");
        let (fish, rice) = (kitchen.cook("fish", 200), kitchen.cook("rice", 100));
        let plate = gather((fish, rice)).await;
        kitchen.say(&format!("served: {} and {}", plate.0, plate.1));

        kitchen.say("-- wait with a timeout: some are done, some are not");
        let dishes = [("cake", 300), ("fruit", 50), ("ice", 100)];
        let tasks = dishes.map(|(name, time)| create_task(kitchen.cook(name, time)));
        let waited = wait(tasks).timeout(Duration::from_millis(200)).await;
        for task in waited.done {
            kitchen.say(&format!("served: {}", task.await.unwrap()));
        }
        kitchen.say(&format!("not done yet: {}", waited.pending.len()));

        kitchen.say("-- cancel: the task ends where it stands");
        for task in waited.pending {
            task.cancel();
            let error = task.await.unwrap_err();
            kitchen.say(&format!("the cake: {error}"));
        }

        kitchen.say("-- timeout: one future, and no longer than this");
        let slow = kitchen.cook("roast", 10_000);
        let error = timeout(Duration::from_millis(100), slow).await.unwrap_err();
        kitchen.say(&format!("the roast: {error}"));
    });
}

/// Where the dishes are made. It is copied into every task; they could share an `Rc` as well.
#[derive(Clone, Copy)]
struct Kitchen {
    opened: Instant,
}

impl Kitchen {
    /// A dish that takes so many milliseconds.
    async fn cook(self, dish: &'static str, milliseconds: u64) -> &'static str {
        let mut pan = Pan {
            dish,
            kitchen: self,
            done: false,
        };
        self.say(&format!("{dish}: into the pan"));
        sleep(Duration::from_millis(milliseconds)).await;
        self.say(&format!("{dish}: done"));
        pan.done = true;
        dish
    }

    /// Prints a line with the time since the kitchen opened.
    fn say(self, line: &str) {
        println!("[{:>4} ms] {line}", self.opened.elapsed().as_millis());
    }
}

/// Cleans up if the cooking was given up.
struct Pan {
    dish: &'static str,
    kitchen: Kitchen,
    done: bool,
}

impl Drop for Pan {
    fn drop(&mut self) {
        if !self.done {
            self.kitchen
                .say(&format!("{}: given up, the pan is washed", self.dish));
        }
    }
}
