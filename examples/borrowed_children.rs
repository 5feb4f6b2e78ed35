//! `local_scope` runs children side by side that borrow from the function around them.
//!
//! Watch: a task may outlive whoever made it, so it can't borrow: it gets copies, or an `Rc`. The
//! children of a scope can't outlive it, so they use the list and the sum of `main` as they are.
//! What one of them fails with ends the others, and the scope gives it back.

use oneloop::{local_scope, sleep};
use oneloop_examples::println;
use std::cell::Cell;
use std::time::Duration;

const TICK: Duration = Duration::from_millis(50);

fn main() {
    oneloop::run(async {
        let baskets = vec![("cherries", 3), ("plums", 1), ("figs", 2)];
        let weight = Cell::new(0);

        println!("-- three children share what is ours");
        let carried = local_scope(async |scope| {
            for (fruit, pounds) in &baskets {
                let weight = &weight;
                scope.spawn(async move {
                    sleep(*pounds * TICK).await;
                    weight.set(weight.get() + pounds);
                    println!("{fruit}: {pounds}, together {}", weight.get());
                    Ok::<(), String>(())
                });
            }
            println!("all are on their way");
            Ok(baskets.len())
        });
        println!("{} baskets came", carried.await.unwrap());

        println!("-- one of them stumbles");
        let carried = local_scope(async |scope| {
            for (fruit, pounds) in &baskets {
                scope.spawn(async move {
                    sleep(*pounds * TICK).await;
                    if *fruit == "figs" {
                        return Err("the figs are in the ditch");
                    }
                    println!("{fruit}: here they are");
                    Ok(())
                });
            }
            Ok(())
        });
        println!("{}", carried.await.unwrap_err());
        println!("we still have our list: {} baskets", baskets.len());
    });
}
