//! Two ways to be polite to a server with a `Semaphore`: so many at once, and so many in a while.
//!
//! Watch: who wants a permit waits in line, and nobody overtakes. A permit that is dropped comes back
//! at once: that bounds how many run at the same time. One that is forgotten, and given back by a
//! timer, bounds how many begin in each 100 ms, however long they take.

use oneloop::sync::Semaphore;
use oneloop::{call_later, gather, sleep};
use oneloop_examples::println;
use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

const PERIOD: Duration = Duration::from_millis(100);

fn main() {
    oneloop::run(async {
        println!("-- at most two at once");
        let permits = Semaphore::new(2);
        let running = Cell::new(0);
        gather((1..=5).map(async |number| {
            let _permit = permits.acquire().await;
            running.set(running.get() + 1);
            println!("request {number} runs, one of {}", running.get());
            sleep(PERIOD / 2).await;
            running.set(running.get() - 1);
        }))
        .await;

        println!("-- at most two in each 100 ms");
        let limit = RateLimit::new(2, PERIOD);
        let start = Instant::now();
        gather((1..=6).map(async |number| {
            limit.wait().await;
            let periods = start.elapsed().as_millis() / PERIOD.as_millis();
            println!("request {number} begins in period {periods}");
        }))
        .await;
    });
}

/// Lets so many pass in each period.
struct RateLimit {
    permits: Rc<Semaphore>,
    period: Duration,
}

impl RateLimit {
    fn new(count: usize, period: Duration) -> RateLimit {
        let permits = Rc::new(Semaphore::new(count));
        RateLimit { permits, period }
    }

    /// Waits until one more may begin.
    async fn wait(&self) {
        self.permits.acquire().await.forget();
        let permits = self.permits.clone();
        call_later(self.period, move || permits.release());
    }
}
