//! Cancellation that can be caught and cleaned up after: asyncio's `CancelledError`.
//!
//! asyncio throws an exception into a suspended coroutine. Rust drops a suspended future, which
//! runs the destructors of its locals inside out, as an exception does too; what is missing is the
//! place where control comes back. [`catch`] is that place: as `catch_unwind` is for panics.
//!
//! # The forms, and their Python twins
//!
//! | Python | here |
//! | --- | --- |
//! | `try: body` `finally: clean_up` | [`catch`]`(body).await`, the clean-up, [`or_resume`](Caught::or_resume); [`try_finally!`](crate::try_finally)`({ body } finally { clean_up })`, [`finally`] |
//! | `except CancelledError: clean_up; raise` | `match catch(body).await { … Err(c) => { …; c.`[`resume`](Cancelled::resume)`().await } }`, or [`on_cancel`](Caught::on_cancel) |
//! | `except CancelledError: return default` | the same with `c.`[`suppress`](Cancelled::suppress)`(); default` |
//! | `task.cancel(msg)`, `e.args` | [`cancel_with`](crate::Task::cancel_with), [`message`](Cancelled::message) |
//! | `async with resource() as r: body` | [`with_resource`]`(open, body, close)` |
//! | `async with AsyncExitStack() as stack: body` | [`ExitStack::scope`]`(async \|stack\| body)` |
//! | `await shield(task)` | [`shield`]`(&task)`, or `(&mut task)` where the output is no `Clone` |
//! | `task.cancelling()`, `task.uncancel()` | the same, of [`Task`](crate::Task) |
//! | `wait({body, stop}, return_when=FIRST_COMPLETED)`, `body.cancel()` | [`until`]`(body, stop)` |
//! | `shield` in a loop | [`masked`]: requests wait until the body is through |
//! | (nothing) | [`paused`], [`forwarding`], [`decline`] |
//!
//! In the examples below somebody cancels `task` while it waits. `LONG` is an hour.
//!
//! ## Clean up, whatever happens, and go on as it came
//!
//! ```python
//! async def work():
//!     try:
//!         await asyncio.sleep(LONG)
//!         return "done"
//!     finally:
//!         print("clean-up, which may await")
//!         await asyncio.sleep(0)
//! ```
//!
//! ```
//! use oneloop::cancel::{Caught, catch};
//! # const LONG: std::time::Duration = std::time::Duration::from_secs(3600);
//! # oneloop::run(async {
//! let task = oneloop::create_task(async {
//!     let result = catch(async {
//!         oneloop::sleep(LONG).await;
//!         "done"
//!     })
//!     .await;
//!     println!("clean-up, which may await");
//!     oneloop::yield_now().await;
//!     result.or_resume().await // The value, or the request goes on from here.
//! });
//! # oneloop::yield_now().await;
//! # task.cancel();
//! assert!(task.await.unwrap_err().is_cancelled());
//! # });
//! ```
//!
//! The same in one expression. Its two halves may borrow the same things, one after the other:
//!
//! ```
//! # const LONG: std::time::Duration = std::time::Duration::from_secs(3600);
//! # oneloop::run(async {
//! let task = oneloop::create_task(async {
//!     let mut log = vec!["began"];
//!     oneloop::try_finally!({
//!         oneloop::sleep(LONG).await;
//!         log.push("done");
//!     } finally {
//!         oneloop::yield_now().await;
//!         log.push("cleaned up");
//!         assert_eq!(log, ["began", "cleaned up"]);
//!     })
//! });
//! # oneloop::yield_now().await;
//! # task.cancel();
//! assert!(task.await.unwrap_err().is_cancelled());
//! # });
//! ```
//!
//! ## Clean up only when cancelled; swallow; read the message
//!
//! ```python
//! async def work():
//!     try:
//!         await asyncio.sleep(LONG)
//!     except CancelledError as e:
//!         if e.args == ("only a pause",):
//!             return "swallowed"
//!         await roll_back()
//!         raise
//! ```
//!
//! ```
//! use oneloop::cancel::catch;
//! # const LONG: std::time::Duration = std::time::Duration::from_secs(3600);
//! # async fn roll_back() { oneloop::yield_now().await }
//! async fn work() -> &'static str {
//!     match catch(oneloop::sleep(LONG)).await {
//!         Ok(()) => "done",
//!         Err(cancelled) if cancelled.message() == Some("only a pause") => {
//!             cancelled.suppress();
//!             "swallowed"
//!         }
//!         Err(cancelled) => {
//!             roll_back().await;
//!             cancelled.resume().await
//!         }
//!     }
//! }
//! # oneloop::run(async {
//! let (paused, ended) = (oneloop::create_task(work()), oneloop::create_task(work()));
//! oneloop::yield_now().await;
//! paused.cancel_with("only a pause");
//! ended.cancel_with("enough");
//! assert_eq!(paused.await.unwrap(), "swallowed");
//! assert_eq!(ended.await.unwrap_err().message(), Some("enough"));
//! # });
//! ```
//!
//! ## Open, use, close
//!
//! ```python
//! async with open_file() as file:      # __aexit__ awaits, and may be cancelled halfway
//!     await file.read()
//! ```
//!
//! ```
//! use oneloop::cancel::with_resource;
//! # const LONG: std::time::Duration = std::time::Duration::from_secs(3600);
//! # oneloop::run(async {
//! let task = oneloop::create_task(with_resource(
//!     async { Ok::<_, String>("file") },
//!     async |_file| Ok(oneloop::sleep(LONG).await),
//!     async |file, exit| {
//!         oneloop::yield_now().await; // A further request waits until this is through.
//!         println!("{file} is closed, after {exit:?}");
//!         Ok(())
//!     },
//! ));
//! # oneloop::yield_now().await;
//! # task.cancel();
//! assert!(task.await.unwrap_err().is_cancelled());
//! # });
//! ```
//!
//! ## Keep a request out
//!
//! ```python
//! await asyncio.shield(upload)         # who waits is cancelled, the upload is not
//!
//! clean_up = asyncio.create_task(flush())
//! while not clean_up.done():           # nothing shorter lets it end first
//!     try: await asyncio.shield(clean_up)
//!     except CancelledError: asked = True
//! ```
//!
//! ```
//! use oneloop::cancel::{masked, shield};
//! use oneloop::{create_task, yield_now};
//! use std::rc::Rc;
//! # async fn flush() { yield_now().await }
//! # oneloop::run(async {
//! // Several share a task by an `Rc` of it, and await it by `(&*upload).await`.
//! let upload = Rc::new(create_task(async {
//!     yield_now().await;
//!     yield_now().await;
//!     "stored"
//! }));
//! let shared = upload.clone();
//! let task = create_task(async move {
//!     masked(flush()).await; // Whole, though the request comes meanwhile: it is delivered behind it.
//!     shield(&*shared).await.unwrap()
//! });
//! # yield_now().await;
//! # task.cancel();
//! assert!(task.await.unwrap_err().is_cancelled());
//! assert_eq!((&*upload).await.unwrap(), "stored");
//! # });
//! ```
//!
//! [`paused`] keeps a request from a future that is awaited by reference and shall be awaited again; its page
//! shows it. Python has it for tasks only: `await shield(task)`, and again later.
//!
//! ## End something for a reason of one's own, and wait for its clean-up
//!
//! ```python
//! body = asyncio.create_task(serve())
//! await asyncio.wait({body, stop}, return_when=FIRST_COMPLETED)
//! body.cancel()
//! await asyncio.wait({body})
//! ```
//!
//! ```
//! use oneloop::cancel::until;
//! use oneloop::sync::Event;
//! # oneloop::run(async {
//! let stop = Event::new();
//! oneloop::gather((
//!     async { stop.set() },
//!     async {
//!         let served = until(std::future::pending::<()>(), stop.wait()).await;
//!         assert!(served.is_err(), "the stop was first");
//!     },
//! ))
//! .await;
//! # });
//! ```
//!
//! ## Take a request oneself
//!
//! ```python
//! try:
//!     await asyncio.shield(child)
//! except CancelledError:
//!     child.send_signal(SIGTERM)       # asked in its own language,
//!     await child                      # and waited for
//!     raise
//! ```
//!
//! ```
//! use oneloop::cancel::forwarding;
//! use oneloop::sync::Event;
//! use std::rc::Rc;
//! # oneloop::run(async {
//! let task = oneloop::create_task(async {
//!     let terminate = Rc::new(Event::new());
//!     let signal = terminate.clone();
//!     let child = async { terminate.wait().await };
//!     let (_, request) = forwarding(child, move |_message| signal.set()).await;
//!     if let Some(cancelled) = request {
//!         cancelled.resume().await;
//!     }
//! });
//! # oneloop::yield_now().await;
//! # task.cancel();
//! assert!(task.await.unwrap_err().is_cancelled());
//! # });
//! ```
//!
//! A future written by hand calls [`decline`] before it is ready, if nothing is lost when a request of the same
//! moment wins; its page shows how.
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
//! - In `if let Err(_) = catch(…).await { … }` and `match catch(…).await { Err(_) => { … } … }` the token
//!   lives until the end of the block: what is awaited in the block is not cut, and the request goes on
//!   behind it, where no line says so. Name the token, and resume or suppress it.
//!
//! # Limits
//!
//! - A panic is no exception: it passes every form on this page without clean-up, and runs
//!   destructors only. What has to happen even then belongs into a `Drop`.
//! - A request that was suppressed is over: a [`timeout`](crate::timeout) around it that expires later
//!   gives `Err(Elapsed)`, and `timeout(d, gather(…))` whose children all suppress the deadline gives
//!   `Ok` with their values. In asyncio the first is a `CancelledError`, unless `uncancel()` was called,
//!   and the second a `TimeoutError`.
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

pub(crate) use catch::{Child, Visit, catch_in};
pub(crate) use forwarding::forwarding_in;
pub(crate) use here::{
    Outward, idle_here, is_about_to_end, is_debug, note_batch, register, resume_idle,
};
#[cfg(all(unix, feature = "signal"))]
pub(crate) use until::until_in;
pub(crate) use until::{Counted, Ended, Until};
