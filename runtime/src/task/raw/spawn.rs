//! How tasks are made: [`Scheduler::spawn`], callbacks, and the root of a `block_on`.

use super::super::scope::Key;
use super::header::{Header, TaskCell, TaskPtr, state};
use super::join::Join;
use super::life::{self, Typed};
use super::pool;
use super::scheduler::{NobodyRuns, Scheduler};
use super::task_ref::TaskRef;
use super::traced;
use super::waker;
use crate::trace::Outcome;
use std::alloc::Layout;
use std::cell::Cell;
use std::future::Future;
use std::panic::Location;
use std::ptr;
use std::rc::Rc;
use std::task::{Poll, Waker};

impl Scheduler {
    /// Makes a task and puts it in the ready queue, behind all others.
    #[inline(always)]
    pub(crate) fn spawn<F: Future + 'static>(
        &self,
        future: F,
        name: Option<Rc<str>>,
        place: &'static Location<'static>,
    ) -> Join<F::Output> {
        let task = self.make(future, state::SCHEDULED | state::JOINED, 2, place);
        if let Some(name) = name {
            // SAFETY: the block was made above and `Join` will own one of its references.
            unsafe { task.with_cold(|cold| cold.name = Some(Box::from(&*name))) };
        }
        self.queue.push(task);
        traced::made(self, task);
        // SAFETY: two references were counted: the loop's and this one.
        unsafe { Join::from_counted(task) }
    }

    /// Makes a callback: it runs once, when its turn comes in the ready queue or, if not `ready`,
    /// when it is woken.
    pub(crate) fn callback<F: Future<Output = ()> + 'static>(
        &self,
        future: F,
        ready: bool,
        place: &'static Location<'static>,
    ) -> TaskRef {
        let flags = state::CALLBACK | if ready { state::SCHEDULED } else { 0 };
        let task = self.make(future, flags, 2, place);
        self.callbacks.set(self.callbacks.get() + 1);
        traced::made(self, task);
        if ready {
            self.queue.push(task);
            traced::ready(self, task);
        }
        // SAFETY: two references were counted: the loop's and this one.
        unsafe { TaskRef::from_counted(task) }
    }

    /// Makes a task without a future, for [`block_on`](crate::Loop::block_on), which polls its
    /// own and is told by [`Ran::Root`] when to.
    pub(crate) fn root(&self, place: &'static Location<'static>) -> RootTask<'_> {
        let task = self.make(
            std::future::ready(()),
            state::ROOT | state::SCHEDULED,
            2,
            place,
        );
        self.queue.push(task);
        traced::made(self, task);
        RootTask {
            // SAFETY: two references were counted: the loop's and this one.
            task: unsafe { TaskRef::from_counted(task) },
            scheduler: self,
        }
    }

    #[inline(always)]
    fn make<F: Future + 'static>(
        &self,
        future: F,
        flags: u32,
        refs: u32,
        place: &'static Location<'static>,
    ) -> TaskPtr {
        let vtable = &<TaskCell<F> as Typed>::VTABLE;
        let block = match self.pool.take(vtable.class) {
            Some(block) => block.as_ptr(),
            None => self.allocate(vtable.layout),
        };
        let cell = block.cast::<TaskCell<F>>();
        let id = self.made.get() + 1;
        self.made.set(id);
        // SAFETY: the block is fresh, of this type's layout, and ours alone: both writes are in
        // bounds, and the fields are written before anybody is given the pointer.
        let task = unsafe {
            (&raw mut (*cell).header).write(Header {
                state: Cell::new(flags | state::FRESH),
                refs: Cell::new(refs),
                shared: self.shared,
                vtable,
                join: Cell::new(None),
                remote: super::super::sync::AtomicI64::new(0),
                link: Cell::new(ptr::null_mut()),
                scope: Cell::new(ptr::null_mut()),
                prev: Cell::new(None),
                seat: Cell::new(Key::NONE),
                cold: Cell::new(None),
                next: Cell::new(self.newest.get()),
                id,
                place,
                witness: Default::default(),
            });
            (&raw mut (*cell).stage).cast::<F>().write(future);
            TaskPtr::from_raw(cell.cast())
        };
        if let Some(older) = self.newest.replace(Some(task)) {
            // SAFETY: a listed block is alive.
            unsafe { older.header() }.prev.set(Some(task));
        }
        task
    }
}

impl Scheduler {
    /// A block from the system. A loop that is gone always comes here, since its pool is empty: so
    /// this is where it is told.
    #[cold]
    #[inline(never)]
    fn allocate(&self, layout: Layout) -> *mut u8 {
        assert!(!self.closed.get(), "a task was made on a loop that is gone");
        pool::allocate(layout)
    }
}

/// The identity of a future that `block_on` keeps on its stack.
pub(crate) struct RootTask<'a> {
    task: TaskRef,
    scheduler: &'a Scheduler,
}

impl RootTask<'_> {
    /// Polls the future as this task.
    #[inline(always)]
    pub(crate) fn poll<T>(&self, poll: impl FnOnce(&Waker) -> Poll<T>) -> Poll<T> {
        let Some(unusual) = self.scheduler.unusual.get() else {
            return self.poll_as_task(poll);
        };
        let mut polled = None;
        let mut poll = Some(poll);
        let mut poll_once = || polled = poll.take().map(|poll| self.poll_as_task(poll));
        // SAFETY: our reference keeps the block, and the loop is entered while its root is polled.
        unsafe { (unusual.poll_root)(self.scheduler, self.task.ptr(), &mut poll_once) };
        polled.expect("whoever watches has it polled")
    }

    #[inline(always)]
    fn poll_as_task<T>(&self, poll: impl FnOnce(&Waker) -> Poll<T>) -> Poll<T> {
        let _nobody = NobodyRuns(self.scheduler);
        self.scheduler.current.set(Some(self.task.ptr()));
        debug_assert!(self.scheduler.scopes.current() == Key::ROOT);
        let mut told = traced::RootPoll::begin(self.scheduler, self.task.ptr());
        // SAFETY: our reference outlives the borrowed waker.
        let waker = unsafe { waker::borrowed(self.task.ptr()) };
        let polled = poll(&waker);
        told.outcome = match polled.is_ready() {
            true => Outcome::Ready,
            false => Outcome::Pending,
        };
        polled
    }
}

impl Drop for RootTask<'_> {
    fn drop(&mut self) {
        // SAFETY: `ours` keeps the block; a root's stage needs no drop, and nobody joins it.
        unsafe { life::end_root(self.task.ptr()) };
    }
}
