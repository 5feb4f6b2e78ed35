//! `add_done_callback` of tasks. Next: `inbox.rs`.

use super::Core;
use super::callback::CallbackHandle;
use crate::context::expect_core;
use crate::task::{AnyTask, Task};
use std::panic::Location;

impl<T> Task<T> {
    /// Calls `callback` when the task has ended: not at once, but in its turn, after the callbacks that
    /// were added before it and ahead of whoever awaits the task (in asyncio both stand in one line, in
    /// the order in which they came). asyncio's `Task.add_done_callback`.
    ///
    /// It is called with the task as an [`AnyTask`], which says how it ended; for its output, make a task
    /// that awaits it: `create_task(async { f(task.await) })`. If the task has ended already, the callback
    /// is called soon; if the loop is gone first, it is dropped.
    /// [`CallbackHandle::cancel`] takes it away, as asyncio's `remove_done_callback` does.
    ///
    /// No set of strong references is needed to keep a task alive, for which asyncio's documentation
    /// has `task.add_done_callback(tasks.discard)`: the loop owns its tasks. But it can be had:
    ///
    /// ```
    /// use std::{cell::RefCell, collections::HashSet, rc::Rc};
    /// oneloop::run(async {
    ///     let running = Rc::new(RefCell::new(HashSet::new()));
    ///     for number in 1..=3 {
    ///         let task = oneloop::create_task(async move { number });
    ///         running.borrow_mut().insert(task.any());
    ///         let running = running.clone();
    ///         task.add_done_callback(move |task| drop(running.borrow_mut().remove(task)));
    ///     }
    ///     assert_eq!(running.borrow().len(), 3);
    ///     oneloop::yield_now().await; // They run,
    ///     oneloop::yield_now().await; // and then their callbacks.
    ///     assert!(running.borrow().is_empty());
    /// });
    /// ```
    ///
    /// # Panics
    ///
    /// If no loop is running on this thread.
    #[track_caller]
    pub fn add_done_callback(&self, callback: impl FnOnce(&AnyTask) + 'static) -> CallbackHandle {
        self.any().add_done_callback(callback)
    }
}

impl AnyTask {
    /// As [`Task::add_done_callback`].
    ///
    /// # Panics
    ///
    /// If no loop is running on this thread.
    ///
    /// ```
    /// oneloop::run(async {
    ///     let task = oneloop::create_task(std::future::pending::<()>());
    ///     task.any().add_done_callback(|task| assert!(task.cancelled()));
    ///     task.cancel();
    ///     task.await.unwrap_err();
    /// });
    /// ```
    #[track_caller]
    pub fn add_done_callback(&self, callback: impl FnOnce(&AnyTask) + 'static) -> CallbackHandle {
        let (task, place) = (self.clone(), Location::caller());
        expect_core("add_done_callback", |core| {
            core.call_when_done(task, callback, place)
        })
    }
}

impl Core {
    fn call_when_done(
        &self,
        task: AnyTask,
        callback: impl FnOnce(&AnyTask) + 'static,
        place: &'static Location<'static>,
    ) -> CallbackHandle {
        let ended = task.clone();
        let callback = self.callback(move || callback(&ended), task.done(), place);
        if !task.done() {
            task.task_ref().tell_end(callback.waker());
        }
        CallbackHandle::new(callback)
    }
}
