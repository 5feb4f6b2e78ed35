//! A `ProcessPool`: functions that keep a processor busy run in worker processes, which are this program once more.
//!
//! Watch: `init` comes first in `main`, and in a worker it never returns, so that the first line is printed
//! once. While two workers count, the ticker ticks. A worker that is killed is an error for its job,
//! a panic is one with its text, and the pool goes on.

use oneloop::{create_task, gather, sleep};
use oneloop_examples::println;
use oneloop_net::process_pool::{Function, PoolError, ProcessPool, init};
use std::time::Duration;

/// How many primes there are below a number, the slow way.
const PRIMES: Function<u32, usize> = Function::new("primes", |below| {
    let is_prime = |n: &u32| {
        (2..*n)
            .take_while(|d| d * d <= *n)
            .all(|d| !n.is_multiple_of(d))
    };
    (2..below).filter(is_prime).count()
});
const CRASH: Function<(), ()> = Function::new("crash", |()| std::process::abort());
const BREAK: Function<String, ()> = Function::new("break", |text| {
    // Without the usual lines on the error output.
    std::panic::resume_unwind(Box::new(text))
});

fn main() {
    init(&[&PRIMES, &CRASH, &BREAK]);
    println!("this is the program");
    oneloop::run(async {
        let pool = ProcessPool::new(2);
        let ticker = create_task(async {
            for tick in 1.. {
                sleep(Duration::from_millis(1)).await;
                if tick == 3 {
                    println!("(the loop ticks meanwhile)");
                }
            }
        });
        let numbers = [200_000, 300_000, 400_000, 500_000];
        let counts = gather(numbers.map(|below| pool.submit(&PRIMES, &below))).await;
        for (below, count) in numbers.iter().zip(counts) {
            println!("{} primes below {below}", count.unwrap());
        }
        ticker.cancel();
        println!("by {} workers", pool.workers());

        match pool.submit(&CRASH, &()).await {
            Err(PoolError::WorkerDied(_)) => {
                println!("a worker has died, and it was not this program")
            }
            other => println!("{other:?}"),
        }
        match pool.submit(&BREAK, &"no paper".to_owned()).await {
            Err(PoolError::Panicked(text)) => println!("a function failed: {text}"),
            other => println!("{other:?}"),
        }
        println!(
            "{} primes below 30",
            pool.submit(&PRIMES, &30).await.unwrap()
        );
        pool.shutdown().await;
    });
}
