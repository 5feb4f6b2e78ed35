//! Processes that have outlived their loop: a thread fetches their statuses, so that none stays a
//! zombie for as long as this program runs. Next: `children.rs`.
//!
//! It is one for the whole program, since so is the list of a program's processes in the kernel. It is
//! started with the first orphan and ends with the last. It looks again and again, since there is no way to
//! wait for some of a program's processes that works everywhere and takes new ones in between: at
//! once at first, then ever more seldom, down to twice a second.

use std::process::Child;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How long the thread rests, at first and at most.
const SHORTEST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_millis(500);

static ORPHANS: Mutex<Orphans> = Mutex::new(Orphans {
    children: Vec::new(),
    served: false,
});

/// Tells the thread that there is one more.
static ARRIVED: Condvar = Condvar::new();

struct Orphans {
    children: Vec<Child>,
    /// There is a thread.
    served: bool,
}

/// Sees to it that the status of this process is fetched when it ends.
pub(super) fn adopt(child: Child) {
    let mut orphans = lock();
    orphans.children.push(child);
    ARRIVED.notify_one();
    if !orphans.served {
        // Without a thread the next orphan tries again.
        let thread = thread::Builder::new().name("oneloop-orphans".to_owned());
        orphans.served = thread.spawn(serve).is_ok();
    }
}

fn lock() -> MutexGuard<'static, Orphans> {
    ORPHANS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve() {
    let mut rest = SHORTEST;
    let mut orphans = lock();
    loop {
        // One whose status cannot be had was fetched by somebody else.
        orphans
            .children
            .retain_mut(|child| matches!(child.try_wait(), Ok(None)));
        if orphans.children.is_empty() {
            orphans.served = false;
            return;
        }
        let waited = ARRIVED.wait_timeout(orphans, rest);
        let rested;
        (orphans, rested) = waited.unwrap_or_else(PoisonError::into_inner);
        rest = match rested.timed_out() {
            true => LONGEST.min(rest * 2),
            false => SHORTEST,
        };
    }
}
