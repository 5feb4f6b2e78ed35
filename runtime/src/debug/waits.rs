//! What a task waits for, in one sentence. Next: `tree.rs`.

use super::limbs::Limb;
use crate::event_loop::Core;
use crate::task::raw::TaskRef;
use crate::task::scope::{Construct, Part};

impl Core {
    /// What a task waits for, as the end of a sentence about it: "waits for Task-3, a lock".
    ///
    /// Known are the tasks that it awaits, its timers and sockets, and what is noted of it, by itself
    /// or in the children of a `gather`. What a foreign future waits for is its own affair.
    pub(crate) fn waits_for(&self, task: &TaskRef) -> String {
        if let Some(runs) = runs(task) {
            return runs.to_owned();
        }
        let mut known = Vec::new();
        self.limb(task, &self.scheduler.tasks())
            .each(&mut |limb: &Limb| {
                match &limb.part {
                    Part::Task(awaited) if awaited.is_same(task) => {}
                    Part::Task(awaited) => known.push(awaited.subject().called()),
                    Part::Construct(remote @ Construct::RemoteTask) => {
                        known.push(remote.name().to_owned());
                    }
                    Part::Construct(_) => {}
                }
                known.extend(limb.waits.iter().cloned());
            });
        waits_for(&known)
    }
}

/// Whether a task runs, or will without waiting for anything.
pub(super) fn runs(task: &TaskRef) -> Option<&'static str> {
    match (task.is_running(), task.is_ready()) {
        (true, _) => Some("is running"),
        (_, true) => Some("is ready to run"),
        _ => None,
    }
}

/// "waits for" and these.
pub(super) fn waits_for(what: &[String]) -> String {
    match what {
        [] => "waits for something unknown".to_owned(),
        _ => format!("waits for {}", what.join(", ")),
    }
}
