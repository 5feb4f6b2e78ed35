//! What the scenarios share: work that holds permits while it waits, and the question whether they are
//! all there again.

use oneloop::sleep;
use oneloop::sync::Semaphore;
use std::rc::Rc;
use std::time::Duration;

pub(crate) fn seconds(number: u64) -> Duration {
    Duration::from_secs(number)
}

/// Permits, handed out to workers. Whoever is lost in the middle of things has one.
#[derive(Clone)]
pub(crate) struct Pool {
    semaphore: Rc<Semaphore>,
    size: usize,
}

impl Pool {
    pub(crate) fn new(size: usize) -> Pool {
        Pool {
            semaphore: Rc::new(Semaphore::new(size)),
            size,
        }
    }

    /// Waits for a permit, and then for so long with it. Gives how long that was.
    pub(crate) async fn work(self, number: u64) -> u64 {
        let _permit = self.semaphore.acquire().await;
        sleep(seconds(number)).await;
        number
    }

    /// The same, for those who take results.
    pub(crate) async fn try_work(self, number: u64) -> Result<u64, String> {
        Ok(self.work(number).await)
    }

    /// Waits until tasks that run on are through with it, and then finds all permits.
    pub(crate) async fn expect_whole(self) {
        let mut permits = Vec::new();
        for _ in 0..self.size {
            permits.push(self.semaphore.acquire().await);
        }
        assert_eq!(
            self.semaphore.available_permits(),
            0,
            "permits from nowhere"
        );
        drop(permits);
        assert_eq!(self.semaphore.available_permits(), self.size);
    }
}
