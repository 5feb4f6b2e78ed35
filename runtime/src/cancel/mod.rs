//! Cancellation that can be caught and cleaned up after: asyncio's `CancelledError`.
//!
//! asyncio throws an exception into a suspended coroutine. Rust drops a suspended future, which
//! runs the destructors of its locals inside out, as an exception does too; what is missing is the
//! place where control comes back. [`catch`] is that place: as `catch_unwind` is for panics.
//!
//! # The forms, and their Python twins
//!
//! Clean up, whatever happens, and then go on as it came: `try: … finally: …`
//!
//! ```
//! use oneloop::cancel::{Caught, catch};
//! # oneloop::run(async {
//! let task = oneloop::create_task(async {
//!     let result = catch(async {
//!         oneloop::sleep(std::time::Duration::from_secs(3600)).await;
//!         "done"
//!     })
//!     .await;
//!     println!("clean-up, which may await");
//!     oneloop::yield_now().await;
//!     result.or_resume().await
//! });
//! # oneloop::yield_now().await;
//! task.cancel();
//! assert!(task.await.unwrap_err().is_cancelled());
//! # });
//! ```
//!
//! | Python | here |
//! | --- | --- |
//! | `try: body` `finally: clean_up` | [`try_finally!`](crate::try_finally)`({ body } finally { clean_up })`, or [`finally`] |
//! | `try: body` `except CancelledError: clean_up; raise` | `catch(body).await.`[`on_cancel`](Caught::on_cancel)`(async \|\| clean_up).await` |
//! | `except CancelledError: return default` | `match catch(body).await { Ok(v) => v, Err(c) => { c.`[`suppress`](Cancelled::suppress)`(); default } }` |
//! | `async with resource() as r: body` | [`with_resource`]`(open, body, close)` |
//! | `async with AsyncExitStack() as stack: body` | [`ExitStack::scope`]`(async \|stack\| body)` |
//! | `await shield(task)` | [`shield`]`(&task)`, or `(&mut task)` where the output is no `Clone` |
//! | `task.cancelling()`, `task.uncancel()` | the same, of [`Task`](crate::Task) |
//! | (nothing) | [`masked`]: requests wait until the body is through |
//!
//! # What holds
//!
//! - **Only [`suppress`](Cancelled::suppress) ends a request.** A token that is dropped, or left
//!   behind when an error is returned, goes on at the next suspension: a request cannot be lost.
//! - A request goes to every innermost place that waits, at once: to all children of a `gather`, to
//!   the task that is awaited. A construct goes on when all of them have cleaned up.
//! - What returns first keeps its value (asyncio throws it away); a wait that loses nothing by it
//!   (a sleep, a lock, the `get` of a queue) lets a request win over a completion of the same moment.
//!   Where something would be lost (the output of a task, the item of a `put` that got its room), the
//!   completion wins, and the request goes on at the next suspension.
//! - A second `cancel()` asks whoever waits then, clean-up included. The tasks of a
//!   [`TaskGroup`](crate::TaskGroup) are the exception, as in asyncio: their group asks each once.
//! - What is cancelled before it was polled never starts.
//! - A task that awaits another hands the request on, and waits for what comes of it. A task that
//!   somebody *else* cancelled is a value for its awaiter: `Err` with a
//!   [`JoinError`](crate::JoinError).
//!
//! # Forms to avoid
//!
//! - `finally(a(&mut x), async || b(&mut x))` borrows `x` twice: use
//!   [`try_finally!`](crate::try_finally), whose halves come one after the other.
//! - `return` and `?` inside `catch(async { … })` leave that block only, not the function.
//! - `Err(_) => default` is no swallow: the token is dropped, and the request goes on. In a loop,
//!   `loop { let _ = catch(step()).await; }`, it comes back at once, for ever: a full-speed spin.
//!
//! # Limits
//!
//! - A panic is no exception: it passes every form on this page without clean-up, and runs
//!   destructors only. What has to happen even then belongs into a `Drop`.
//! - A foreign `select!` drops its loser, whose awaiting clean-up then does not run; use
//!   [`race`](crate::race) or [`until`].
//! - The branches of a foreign `join!` are unwound together, once all of them have cleaned up: a
//!   clean-up that waits for what another branch holds waits for ever (two that wait for one
//!   [`Condition`](crate::sync::Condition), say, whose lock each takes again).
//!   [`gather`](crate::gather) unwinds each by itself.
//! - A request that waits outside a [`masked`] body is delivered where something suspends outside of
//!   it: `loop { masked(x).await }` has no such place and cannot be cancelled. Put a
//!   [`yield_now`](crate::yield_now) behind the body.
//! - A body that is awaited by reference is unwound inside, unless it is [`paused`].
//! - The own future of `run` and `block_on` cannot be cancelled; tasks can.
//! - A `gather`, `race` or `timeout` that is awaited by reference and cancelled has nothing left to
//!   give: awaited again after the request was suppressed, it panics and names the cure.
//! - A task that a foreign `select(&mut task, …)` gave up while its handle is kept still counts as
//!   awaited, until it is awaited by another form: cancelling whoever awaited it asks it too.
//!
//! How it works is told in `task/scope`.

mod here;
mod token;
mod catch;
mod finally;
mod resource;
mod exit_stack;
mod masked;
mod until;
mod forwarding;
mod shield;
mod leaf;

#[doc(hidden)]
pub use catch::catch_before_finally;
pub use catch::{Catch, catch};
pub use exit_stack::{ExitStack, Leave};
pub use finally::finally;
pub use forwarding::{Forwarding, forwarding};
pub use leaf::decline;
pub use masked::{Masked, Paused, masked, paused};
pub use resource::{Exit, with_resource};
pub use shield::{Shield, ShieldTask, shield};
pub use token::{Cancelled, Caught};
pub use until::until;

pub(crate) use catch::catch_in;
pub(crate) use forwarding::forwarding_in;
pub(crate) use here::{Outward, is_about_to_end, note_batch, register};
#[cfg(all(unix, feature = "signal"))]
pub(crate) use until::until_in;
pub(crate) use until::{Counted, Ended, Until};
