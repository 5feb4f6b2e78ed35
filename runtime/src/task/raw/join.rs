//! The reference that wants a task's outcome.

use super::super::join_error::JoinError;
use super::super::report;
use super::count::{self, is_home};
use super::free::free_plain;
use super::header::{TaskPtr, state};
use super::seat::{self, Seat};
use super::task_ref::TaskRef;
use super::{outcome, traced};
use crate::task::sync::Ordering::Acquire;
use std::fmt::Display;
use std::marker::PhantomData;
use std::task::{Context, Poll, Waker, ready};

/// One reference to a task whose output is a `T`. There is one of it for each task; it is not
/// `Send`, so it is only ever used and dropped on the owner's thread, or the loop is dead and so
/// is everything that other threads could do to the state word.
pub(crate) struct Join<T> {
    task: TaskPtr,
    /// Owns a `T` as far as drops are concerned, and stays on its thread.
    _output: PhantomData<(T, *mut ())>,
}

impl<T> Unpin for Join<T> {}

/// The ticket of whoever waits in the `join` slot. Others are counted up from 0.
pub(super) const IN_SLOT: u64 = u64::MAX;

impl<T> Join<T> {
    /// # Safety
    /// The block's future returns a `T`, its `JOINED` bit is set, and one of its references is
    /// handed over.
    #[inline(always)]
    pub(super) unsafe fn from_counted(task: TaskPtr) -> Join<T> {
        Join {
            task,
            _output: PhantomData,
        }
    }

    /// Takes the outcome, or leaves a waker to be told of it.
    #[inline(always)]
    #[track_caller]
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, JoinError>> {
        // SAFETY: our reference keeps the block. `clone` and `drop` of a waker are user code: they
        // can do all but use this handle, which we borrow. The flags say that the stage holds a `T`;
        // clearing `OUTPUT` makes it ours.
        unsafe {
            let flags = self.task.state();
            // The usual end in one test: an output is there, and no request went through the await.
            if flags & (state::OUTPUT | state::FAILED | state::SEATED) == state::OUTPUT {
                self.task.header().state.set(flags & !state::OUTPUT);
                return Poll::Ready(Ok(self.task.stage::<T>().read()));
            }
            if flags & state::DONE != 0 {
                return self.poll_ended();
            }
            if !seat::awaits(self.task, cx.waker())
                && !seat::awaits_unusually(self.task, cx.waker())
            {
                return Poll::Ready(self.take());
            }
            traced::joins(self.task);
        }
        Poll::Pending
    }

    /// The task has ended in another way, or a request went through the await.
    ///
    /// # Safety
    /// The task is done.
    #[cold]
    #[track_caller]
    unsafe fn poll_ended(&mut self) -> Poll<Result<T, JoinError>> {
        // SAFETY: our reference keeps the block.
        unsafe {
            if self.task.is(state::SEATED) && !seat::answered_in_place(self.task) {
                return Poll::Pending;
            }
            Poll::Ready(self.take())
        }
    }

    /// # Safety
    /// The task is done.
    #[cold]
    #[track_caller]
    unsafe fn take(&mut self) -> Result<T, JoinError> {
        // SAFETY: the flags say what the stage holds; clearing `OUTPUT` makes it ours.
        unsafe {
            if self.task.is(state::OUTPUT) {
                self.task.clear(state::OUTPUT);
                return match self.task.is(state::FAILED) {
                    true => Err(self.task.stage::<JoinError>().read()),
                    false => Ok(self.task.stage::<T>().read()),
                };
            }
            if self.task.is(state::CANCELLED) {
                return Err(JoinError::cancelled());
            }
        }
        report::awaited_again(&self.task_ref())
    }

    /// Copies the outcome, or leaves a waker beside those of others who await by reference.
    /// `ticket` says which waker is the caller's; [`forget_waiter`](Join::forget_waiter) takes it.
    /// With a `seat`, requests go through to the task.
    #[track_caller]
    pub(crate) fn poll_shared(
        &self,
        cx: &mut Context<'_>,
        ticket: &mut Option<u64>,
        seat: Option<&mut Seat>,
    ) -> Poll<Result<T, JoinError>>
    where
        T: Clone,
    {
        let polled = self.poll_done(cx, ticket);
        // SAFETY: our reference keeps the block, and we are on the owner's thread.
        unsafe {
            if polled.is_pending() {
                if let Some(seat) = seat {
                    seat::takes_part(self.task, cx.waker(), seat);
                }
                return Poll::Pending;
            }
            if let Some(seat) = seat
                && !seat::answered(self.task, seat)
            {
                return Poll::Pending;
            }
        }
        // SAFETY: our reference keeps the block; the outcome stays in its stage while `self` is
        // borrowed, since taking and dropping it need `self` mutably. So user code (`T::clone`)
        // may do what it likes.
        unsafe {
            if !self.task.is(state::OUTPUT) {
                return Poll::Ready(if self.task.is(state::CANCELLED) {
                    Err(JoinError::cancelled())
                } else {
                    report::awaited_again(&self.task_ref())
                });
            }
            self.task.set(state::SEEN);
            if self.task.is(state::FAILED) {
                return Poll::Ready(Err((*self.task.stage::<JoinError>()).clone()));
            }
            Poll::Ready(Ok((*self.task.stage::<T>()).clone()))
        }
    }

    /// As [`poll`](Join::poll), but no request goes through to the task: the waker is left as
    /// [`poll_shared`](Join::poll_shared) leaves it.
    #[track_caller]
    pub(crate) fn poll_apart(
        &mut self,
        cx: &mut Context<'_>,
        ticket: &mut Option<u64>,
    ) -> Poll<Result<T, JoinError>> {
        ready!(self.poll_done(cx, ticket));
        // SAFETY: the task is done.
        Poll::Ready(unsafe { self.take() })
    }

    /// Tells whether the task has ended, or leaves a waker as [`poll_shared`](Join::poll_shared)
    /// does.
    #[track_caller]
    pub(crate) fn poll_done(&self, cx: &mut Context<'_>, ticket: &mut Option<u64>) -> Poll<()> {
        // SAFETY: our reference keeps the block, whatever the wakers (user code) do; the cold part
        // is not borrowed while they do it.
        unsafe {
            seat::given_up(self.task);
            if !self.task.is(state::DONE) {
                if *ticket == Some(IN_SLOT) && self.task.wakes_joiner(cx.waker()) {
                    return Poll::Pending;
                }
                seat::refuse(self.task, cx.waker());
                let new = cx.waker().clone();
                // As in `poll`: the clone may have ended the task.
                if !self.task.is(state::DONE) {
                    self.leave_waiter(new, ticket);
                    traced::joins(self.task);
                    return Poll::Pending;
                }
            }
        }
        *ticket = None;
        Poll::Ready(())
    }

    /// Puts a waker in the place that `ticket` says, or behind the others. The first one lies in the
    /// `join` slot, so that a single await by reference allocates nothing.
    ///
    /// # Safety
    /// The task is not done.
    unsafe fn leave_waiter(&self, new: Waker, ticket: &mut Option<u64>) {
        // SAFETY: our reference keeps the block; no user code runs in the look, since the old
        // waker is dropped after it.
        let old = unsafe {
            let crowded = self.task.has_joiner() || self.task.has_waiters();
            if *ticket == Some(IN_SLOT) || (ticket.is_none() && !crowded) {
                *ticket = Some(IN_SLOT);
                return self.set_joiner(Some(new));
            }
            self.task.with_cold(
                |cold| match ticket.and_then(|ticket| cold.place_of(ticket)) {
                    Some(place) => Some(std::mem::replace(&mut cold.waiters[place].1, new)),
                    None => {
                        cold.waiters.push((cold.next_ticket, new));
                        *ticket = Some(cold.next_ticket);
                        cold.next_ticket += 1;
                        None
                    }
                },
            )
        };
        drop(old);
    }

    /// Looks at the outcome without taking it. `None` if it is not there: not yet, no more, or
    /// because the task was cancelled.
    pub(crate) fn peek(&self) -> Option<Result<&T, &JoinError>> {
        // SAFETY: the flags say what the stage holds, and it stays there while `self` is borrowed,
        // since taking and dropping the outcome need `self` mutably.
        unsafe {
            let there = state::DONE | state::OUTPUT;
            if self.task.state() & (there | state::CANCELLED) != there {
                return None;
            }
            Some(match self.task.is(state::FAILED) {
                true => Err(&*self.task.stage::<JoinError>()),
                false => Ok(&*self.task.stage::<T>()),
            })
        }
    }

    /// As [`peek`](Join::peek), for a user: whoever has seen an error need not be told of it again,
    /// and a cancellation is an error, too. The inner `None`: the outcome was taken.
    pub(crate) fn look(&self) -> Option<Option<Result<&T, JoinError>>> {
        // SAFETY: as in `peek`.
        unsafe {
            let flags = self.task.state();
            if flags & state::DONE == 0 {
                return None;
            }
            if flags & state::OUTPUT == 0 {
                let cancelled = flags & state::CANCELLED != 0;
                return Some(cancelled.then(|| Err(JoinError::cancelled())));
            }
            self.task.set(state::SEEN);
            Some(Some(match flags & state::FAILED != 0 {
                true => Err((*self.task.stage::<JoinError>()).clone()),
                false => Ok(&*self.task.stage::<T>()),
            }))
        }
    }

    /// Changes who waits in the `join` slot.
    ///
    /// # Safety
    /// The task is not done, or the slot is emptied.
    unsafe fn set_joiner(&self, new: Option<Waker>) {
        // SAFETY: our reference keeps the block. The old waker is dropped last: that is user code.
        unsafe {
            let old = self.task.header().join.replace(new);
            if let Some(old) = &old {
                // It is that of an await by reference, which is not noted. But should it be another,
                // a note must not stay behind.
                seat::awaits_no_more(self.task, old);
            }
        }
    }

    /// Takes back the waker that [`poll_shared`](Join::poll_shared) left.
    pub(crate) fn forget_waiter(&self, ticket: u64) {
        // SAFETY: our reference keeps the block; the waker is dropped after the look.
        let waker = unsafe {
            if ticket == IN_SLOT {
                return self.set_joiner(None);
            }
            self.task.with_cold(|cold| {
                let place = cold.place_of(ticket);
                place.map(|place| cold.waiters.remove(place))
            })
        };
        drop(waker);
    }

    #[inline]
    pub(crate) fn is_done(&self) -> bool {
        // SAFETY: our reference keeps the block.
        unsafe { self.task.is(state::DONE) }
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        // SAFETY: our reference keeps the block.
        unsafe { self.task.is(state::CANCELLED) }
    }

    /// A reference that wants no outcome.
    pub(crate) fn task_ref(&self) -> TaskRef {
        // SAFETY: our reference keeps the block.
        unsafe { TaskRef::new(self.task) }
    }
}

impl<T, E: Display> Join<Result<T, E>> {
    /// Lets an error that nobody takes be reported.
    pub(crate) fn report_errors(&self) {
        /// # Safety
        /// The stage holds a `Result<T, E>`, which stays there meanwhile.
        unsafe fn text<T, E: Display>(stage: *const ()) -> Option<String> {
            // SAFETY: by contract.
            let output = unsafe { &*stage.cast::<Result<T, E>>() };
            output.as_ref().err().map(E::to_string)
        }
        // SAFETY: our reference keeps the block, and we are on the owner's thread; no user code runs
        // in the look. The output's type is the one that `text` expects: it is ours.
        unsafe {
            self.task
                .with_cold(|cold| cold.error_text = Some(text::<T, E>));
        }
    }
}

impl<T> Drop for Join<T> {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: our reference keeps the block until it is given back here, once.
        unsafe { let_go(self.task) }
    }
}

/// What dropping a handle does, whatever its type. The two usual ways come first. They call nothing
/// that returns here, so that this saves no registers.
///
/// # Safety
/// The caller is the task's [`Join`], whose reference is given back.
#[inline(never)]
unsafe fn let_go(task: TaskPtr) {
    const ODD: u32 = state::COLD | state::SEATED;
    // SAFETY: by contract.
    unsafe {
        let flags = task.state();
        let refs = &task.header().refs;
        // The outcome was taken and nobody else refers to the block: no count here but ours, none
        // abroad, not queued anywhere.
        if flags & (state::DONE | state::OUTPUT | state::SCHEDULED | ODD) == state::DONE
            && refs.get() == 1
            && is_home(task)
            && task.header().remote.load(Acquire) == 0
        {
            return free_plain(task);
        }
        // The task goes on without us. As it is not done its loop lives, and a handle is on the
        // loop's thread: the plain count is the right one, whether the loop is entered or not.
        if flags & (state::DONE | ODD) == 0 && refs.get() > 1 && !task.has_joiner() {
            task.header().state.set(flags & !state::JOINED);
            return refs.set(refs.get() - 1);
        }
        let_go_unusually(task);
    }
}

/// Every other way.
///
/// # Safety
/// As [`let_go`].
#[cold]
#[inline(never)]
unsafe fn let_go_unusually(task: TaskPtr) {
    // SAFETY: our reference keeps the block until it is given back, once, on each way. The flags are
    // settled before the drops, which may run user code.
    unsafe {
        let unfinished = task.state() & (state::DONE | state::COLD) == state::COLD;
        let wanted = unfinished && outcome::is_wanted(task);
        if task.is(state::SEATED) {
            seat::abandoned(task);
        }
        let before = task.state();
        if !wanted {
            task.clear(state::JOINED | state::OUTPUT);
            if before & state::OUTPUT != 0 {
                return outcome::drop_outcome(task);
            }
        }
        let waiter = task.header().join.take();
        if let Some(waiter) = &waiter {
            seat::awaits_no_more(task, waiter);
        }
        count::drop_ref(task);
        drop(waiter);
    }
}
