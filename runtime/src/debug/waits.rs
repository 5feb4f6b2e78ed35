//! What a task waits for, as far as the loop knows. Next: `tree.rs`.

use crate::event_loop::Core;
use crate::task::raw::TaskRef;
use std::time::Duration;

impl Core {
    /// What a task waits for, as the end of a sentence about it: "waits for task 3".
    ///
    /// Known are the tasks that it awaits, by itself or in the children of a `gather`, its timers and
    /// its sockets. A channel or a lock keeps its waiters to itself.
    pub(crate) fn waits_for(&self, task: &TaskRef) -> String {
        if task.is_ready() {
            return "is ready to run".to_owned();
        }
        let mut known = Vec::new();
        for awaited in task.awaited() {
            known.push(match awaited.name() {
                Some(name) => format!("task {} \"{name}\"", awaited.id()),
                None => format!("task {}", awaited.id()),
            });
        }
        let waker = task.waker();
        let now = self.now();
        let mut timers = Vec::new();
        self.timers.borrow().each(|deadline, timer| {
            if timer.waker.will_wake(&waker) {
                timers.push(deadline);
            }
        });
        for deadline in timers {
            let left = Duration::from_nanos(deadline.saturating_sub(now));
            known.push(format!("a timer due in {left:.1?}"));
        }
        known.extend(self.reactor.awaited_by(&waker));
        match known.is_empty() {
            true => "waits for something that is no task, timer or socket".to_owned(),
            false => format!("waits for {}", known.join(", ")),
        }
    }
}
