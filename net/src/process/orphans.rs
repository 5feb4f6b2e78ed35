//! Processes that have outlived their loop: who fetches their statuses. Next: `children.rs`.
//!
//! Discussion: the loop that watched a process is gone, and somebody has to fetch its status when it ends, or it
//! stays in the kernel's list as a zombie for as long as this program runs. A thread that waits for it would
//! be one that nobody asked for; a handler of SIGCHLD would belong to the whole program, and so would a wait
//! for any process, which takes the statuses of those that others have started. So whoever is left is put
//! on a list, as in Python's `subprocess`, and looked at on occasion: when a process is started or has ended
//! in any loop, when another loop leaves one behind, and when [`reap_orphans`] is called.
//!
//! The list is one for the whole program, since so is the kernel's. Code that waits for any process
//! (`waitpid(-1)`) takes statuses from it as from everybody: then a number that the kernel has given to
//! another child since may be looked at, and nothing but `pidfd`s could tell, of which the list has none.

use std::collections::VecDeque;
use std::process::Child;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How many are looked at on one occasion: enough that the list gets shorter although each occasion may bring
/// one more, and so few that a long list holds nobody up.
const SOME: usize = 64;

/// How long the end of a killed process is waited for. It takes a millisecond, unless the kernel can't let
/// go of it, as amid reading from a network drive that does not answer.
const PATIENCE: Duration = Duration::from_secs(1);

static ORPHANS: Mutex<VecDeque<Child>> = Mutex::new(VecDeque::new());

/// Fetches the statuses of the processes that have outlived their loop and have ended since. Returns how many
/// of them still run.
///
/// Whenever a process is started, and whenever a loop finds one ended, some of them are looked at, too. So a
/// program needs this only if it leaves processes to themselves, ends its loops, and goes on for long without
/// starting others: it may call this now and then, from any thread. It does not wait.
///
/// ```
/// use oneloop_net::process::{Command, reap_orphans};
/// use std::process::Stdio;
/// let mut cat = oneloop::run(async { Command::new("cat").stdin(Stdio::piped()).spawn() })?;
/// let input = cat.stdin.take();
/// drop(cat);
/// assert!(reap_orphans() > 0, "the loop has ended, and the process has not");
/// drop(input); // Now it ends.
/// # let began = std::time::Instant::now();
/// while reap_orphans() > 0 {
///     std::thread::sleep(std::time::Duration::from_millis(10));
/// #   if began.elapsed().as_secs() > 10 { break } // Others' may be among them.
/// }
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn reap_orphans() -> usize {
    let mut orphans = lock();
    orphans.retain_mut(still_runs);
    orphans.len()
}

/// Takes over a process whose loop is gone, or never watched it.
pub(super) fn adopt(child: Child) {
    look();
    lock().push_back(child);
}

/// Waits for the end of a process that was killed, whose loop is gone.
pub(super) fn bury(mut child: Child) {
    let began = Instant::now();
    let mut rest = Duration::from_micros(50);
    while still_runs(&mut child) {
        if began.elapsed() > PATIENCE {
            return adopt(child);
        }
        sleep(rest);
        rest = (2 * rest).min(Duration::from_millis(5));
    }
}

/// Looks at some of them, at others the next time.
pub(super) fn look() {
    let mut orphans = lock();
    for _ in 0..orphans.len().min(SOME) {
        let Some(mut child) = orphans.pop_front() else {
            break;
        };
        if still_runs(&mut child) {
            orphans.push_back(child);
        }
    }
}

/// Fetches the status if there is one. One that cannot be had was fetched by somebody else.
fn still_runs(child: &mut Child) -> bool {
    matches!(child.try_wait(), Ok(None))
}

fn lock() -> MutexGuard<'static, VecDeque<Child>> {
    ORPHANS.lock().unwrap_or_else(PoisonError::into_inner)
}
