//! The watchdog: a thread that notices a step that does not end. Debug mode alone starts one.
//! Next: `waits.rs`.

use super::mode::{OnStall, slow};
use crate::quietly::quietly;
use crate::task::ReportKind;
use crate::task::report::Subject;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// A loop's line to its watchdog, which goes when this is dropped.
pub(super) struct Watchdog {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    /// Rung when a step begins while the watchdog sleeps, and at the end.
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// The step that runs, until it was reported.
    step: Option<(Subject, Instant)>,
    /// The watchdog found no step, and sleeps until one begins.
    idle: bool,
    over: bool,
}

impl Watchdog {
    /// Starts the thread. Where the system gives none, steps are told of at their end alone.
    pub(super) fn start(limit: Duration, on_stall: OnStall) -> Watchdog {
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            changed: Condvar::new(),
        });
        let watched = shared.clone();
        let named = thread::Builder::new().name("oneloop watchdog".into());
        let _detached = named.spawn(move || watched.watch(limit, on_stall));
        Watchdog { shared }
    }

    pub(super) fn begins(&self, task: Subject, now: Instant) {
        let mut state = self.shared.lock();
        state.step = Some((task, now));
        if state.idle {
            state.idle = false;
            self.shared.changed.notify_one();
        }
    }

    pub(super) fn ends(&self) {
        self.shared.lock().step = None;
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.shared.lock().over = true;
        self.shared.changed.notify_one();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that panics runs under the lock, so a poisoned one is as good as any.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The thread. It looks once a limit while steps run, and not at all while none does.
    fn watch(&self, limit: Duration, on_stall: OnStall) {
        let mut state = self.lock();
        while !state.over {
            let Some((_, began)) = &state.step else {
                if state.idle {
                    state = self
                        .changed
                        .wait(state)
                        .unwrap_or_else(PoisonError::into_inner);
                } else {
                    state.idle = true;
                }
                continue;
            };
            let left = limit.saturating_sub(began.elapsed());
            if !left.is_zero() {
                let waited = self.changed.wait_timeout(state, left);
                state = waited.unwrap_or_else(PoisonError::into_inner).0;
                continue;
            }
            if let Some((task, began)) = state.step.take() {
                drop(state);
                let report = slow(ReportKind::Stall, task, began.elapsed());
                quietly(|| on_stall(&report));
                state = self.lock();
            }
        }
    }
}
