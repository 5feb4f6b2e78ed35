//! What stands between a task that another thread made and whoever awaits that: requests go one way, the
//! outcome comes the other. Next: `remote_seat.rs`, how requests find their way here.

use crate::context::with_core;
use crate::task::raw::TaskRef;
use crate::task::scope::Request;
use crate::task::{JoinError, Task};
use std::future::{Future, poll_fn};
use std::mem::take;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

/// Waits for the task, passes requests on to it, each once, and hands its outcome over.
pub(super) async fn watch<T: Send + 'static>(mut task: Task<T>, finish: Finish<T>) {
    let subject = task.task_ref();
    let outcome = poll_fn(|cx| {
        let new = cx.waker().clone();
        let mut state = finish.0.lock();
        let old = state.watcher.replace(new);
        let asked = take(&mut state.asked);
        drop(state);
        drop(old);
        for asked in asked {
            pass_on(&asked, &subject, &finish.0);
        }
        Pin::new(&mut task).poll(cx)
    })
    .await;
    if subject.is_unanswered() {
        finish.0.lock().heard = false;
    }
    finish.0.finish(outcome);
}

fn pass_on<T>(asked: &Asked, task: &TaskRef, shared: &Shared<T>) {
    // As everywhere, the end of a program leaves clean-up alone: see `ending.rs`.
    if asked.ending && task.is_unwinding() {
        shared.lock().heard = false;
        return;
    }
    let heard = with_core(|core| {
        core.is_some_and(|core| {
            let scopes = core.scheduler.scopes();
            let message = asked.message.clone();
            task.cancel_for(&scopes.request_from_afar(message, asked.ending, asked.origin))
        })
    });
    shared.lock().heard = heard;
}

/// Makes sure that an outcome is handed over: if the loop dies first, "cancelled".
pub(super) struct Finish<T>(Arc<Shared<T>>);

impl<T> Finish<T> {
    pub(super) fn of(shared: &Arc<Shared<T>>) -> Finish<T> {
        Finish(shared.clone())
    }
}

impl<T> Drop for Finish<T> {
    fn drop(&mut self) {
        // A request that nobody passed on any more has had its will all the same.
        let mut state = self.0.lock();
        state.heard |= !state.asked.is_empty();
        drop(state);
        self.0.finish(Err(JoinError::cancelled()));
    }
}

/// What the loop's thread and the task's owner share.
pub(super) struct Shared<T> {
    state: Mutex<State<T>>,
    pub(super) finished: Condvar,
}

pub(super) struct State<T> {
    pub(super) outcome: Option<Result<T, JoinError>>,
    /// The outcome was there (and may have been taken since).
    pub(super) done: bool,
    /// What the watcher is to pass on: the first request, and the last one since, as with which message
    /// the task ends is known there alone (see `Request::settled`). Never more than these two.
    asked: Vec<Asked>,
    /// The origin of the last one.
    origin: u64,
    /// The last request reached the task, which did not leave it unanswered.
    pub(super) heard: bool,
    /// Wakes whoever awaits the outcome.
    pub(super) waiter: Option<Waker>,
    /// Wakes `watch`.
    watcher: Option<Waker>,
}

/// A request for the task.
#[derive(Default)]
pub(super) struct Asked {
    /// What `cancel_with` was given.
    message: Option<Arc<str>>,
    /// It comes from the end of a program, and leaves clean-up alone.
    ending: bool,
    /// See `Request::origin`.
    origin: u64,
}

/// The next origin.
static NEXT_ORIGIN: AtomicU64 = AtomicU64::new(1);

impl<T> Shared<T> {
    pub(super) fn new() -> Shared<T> {
        Shared {
            state: Mutex::new(State {
                outcome: None,
                done: false,
                asked: Vec::new(),
                origin: 0,
                heard: false,
                waiter: None,
                watcher: None,
            }),
            finished: Condvar::new(),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leaves a request for the watcher.
    pub(super) fn ask(&self, mut asked: Asked) {
        let mut state = self.lock();
        if state.asked.len() == 2
            && let Some(last) = state.asked.pop()
        {
            // Whoever means it does not ask like the end of a program because that asks, too.
            asked.ending &= last.ending;
        }
        state.asked.push(asked);
        let watcher = state.watcher.take();
        drop(state);
        if let Some(watcher) = watcher {
            watcher.wake();
        }
    }

    /// The same, for whoever awaits the task, in whichever loop. False if it can't arrive: the task has
    /// ended, or the request has been here and comes back, since the task awaits its awaiter in turn.
    pub(super) fn ask_for(&self, request: &Request) -> bool {
        let mut state = self.lock();
        if state.done || (request.origin != 0 && state.origin == request.origin) {
            return false;
        }
        state.origin = match request.origin {
            0 => NEXT_ORIGIN.fetch_add(1, Relaxed),
            known => known,
        };
        let asked = Asked {
            message: request.message.clone(),
            ending: request.ending,
            origin: state.origin,
        };
        drop(state);
        self.ask(asked);
        true
    }

    /// Hands the outcome over, unless there was one. Wakers run, and drop, outside the lock.
    fn finish(&self, outcome: Result<T, JoinError>) {
        let mut state = self.lock();
        if state.done {
            return;
        }
        state.done = true;
        state.outcome = Some(outcome);
        let (waiter, watcher) = (take(&mut state.waiter), take(&mut state.watcher));
        drop(state);
        drop(watcher);
        self.finished.notify_all();
        if let Some(waiter) = waiter {
            waiter.wake();
        }
    }
}
