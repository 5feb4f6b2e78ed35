//! `print_task_tree` draws who waits for whom; debug mode says when nobody can ever go on.
//!
//! Watch: each task stands below the one that awaits it, or in the group that owns it, with what it
//! waits for. Then two tasks wait for each other: nothing is ready, no timer, no socket and no other thread could change that, and the
//! loop says so after half a second (in debug mode; else it sleeps for ever, as asyncio does).

use oneloop::sync::queue::QueueShutDown;
use oneloop::sync::{Lock, Queue};
use oneloop::{Loop, Task, TaskGroup, all_tasks, gather, sleep, task, task_tree, yield_now};
use oneloop_examples::println;
use std::io;
use std::rc::Rc;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

fn main() -> io::Result<()> {
    let event_loop = Loop::builder()
        .debug()
        .deadlock_after(SECOND / 2)
        .exception_handler(|report| {
            println!("{report}");
            println!("-- the second guest is asked to leave");
            all_tasks().pop().unwrap().cancel();
        })
        .build()?;
    event_loop.block_on(async {
        println!("-- who waits for whom (`print_task_tree()` writes it to standard error)");
        let soup = named("soup", sleep(SECOND / 10));
        let fish = named("fish", sleep(SECOND / 5));
        let orders = Rc::new(Queue::new(1));
        let asked = orders.clone();
        TaskGroup::<QueueShutDown>::scope(async |kitchen| {
            let menu = kitchen.create_task(async {
                let _both = gather((soup, fish)).await;
                Ok(())
            });
            menu.set_name("menu");
            let cook = kitchen.create_task(async move { asked.get().await });
            cook.set_name("cook");
            yield_now().await;
            for line in task_tree().lines() {
                println!("{line}");
            }
            orders.put("salad").await.unwrap();
            Ok(())
        })
        .await
        .unwrap();

        println!("-- each has what the other one waits for");
        let (fork, knife) = (Rc::new(Lock::new("fork")), Rc::new(Lock::new("knife")));
        let first = named("first guest", eat(fork.clone(), knife.clone()));
        let second = named("second guest", eat(knife, fork));
        let (first, second) = gather((first, second)).await;
        for (name, outcome) in [("first", first), ("second", second)] {
            match outcome {
                Ok(()) => println!("the {name} guest has eaten"),
                Err(error) => println!("the {name} guest has left: {error}"),
            }
        }
    });
    Ok(())
}

async fn eat(one: Rc<Lock<&'static str>>, other: Rc<Lock<&'static str>>) {
    let one = one.lock().await;
    println!("somebody has the {}", *one);
    yield_now().await;
    let _other = other.lock().await;
}

/// Makes a task with a name. By `track_caller` its place is that of the call, and not in here.
#[track_caller]
fn named(name: &str, future: impl Future<Output = ()> + 'static) -> Task<()> {
    task::Builder::new().name(name).create_task(future)
}
