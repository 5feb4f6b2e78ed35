//! Values that belong to a task and to all that it starts: asyncio's `contextvars`.
//!
//! A request's number, the language of its user, a deadline: what every function below wants to know
//! and none wants to be handed. A variable is a `static`; what it holds depends on who asks.
//!
//! ```
//! use oneloop::contextvars::ContextVar;
//! static REQUEST: ContextVar<u32> = ContextVar::with_default("request", || 0);
//!
//! async fn handle(number: u32) -> String {
//!     REQUEST.set(number);
//!     oneloop::yield_now().await; // Others run, and set theirs.
//!     log()
//! }
//! fn log() -> String {
//!     format!("request {}", REQUEST.get())
//! }
//!
//! oneloop::run(async {
//!     let (one, two) = (oneloop::create_task(handle(1)), oneloop::create_task(handle(2)));
//!     assert_eq!((one.await.unwrap(), two.await.unwrap()), ("request 1".into(), "request 2".into()));
//!     assert_eq!(log(), "request 0", "what a task sets is its own");
//! });
//! ```
//!
//! | what runs | in which context |
//! | --- | --- |
//! | a task | a copy of the one in which `create_task` was called; or the one that [`task::Builder::context`](crate::task::Builder::context) names, itself |
//! | `call_soon`, `call_later`, `call_at`, `add_done_callback` | a copy of the one in which they were called |
//! | [`to_thread`](crate::to_thread), [`call_soon_threadsafe`](crate::Remote::call_soon_threadsafe), [`Remote::spawn`](crate::Remote::spawn) | a copy, without [`LocalVar`]s: those stay on their thread |
//! | [`run_in_executor`](crate::run_in_executor) | an empty one, as in asyncio |
//! | [`run`](crate::run), [`block_on`](crate::Loop::block_on) | a copy of the thread's |
//! | [`Runner::run`](crate::Runner::run) | the runner's own, which lives from one run to the next; or the one that [`run_in`](crate::Runner::run_in) is given, itself |
//!
//! The children of [`gather`](crate::gather), [`race`](crate::race) and the like are parts of the task
//! that awaits them, and share its context; in asyncio they are tasks, with a copy each.
//!
//! A copy costs two counts, however many variables there are. A program without variables pays nothing:
//! the first [`set`](ContextVar::set) on a thread makes its loops look after contexts, and from there on
//! each step of a task costs some 50 ns more.
//!
//! Read the source in the order `context.rs`, `variable.rs`, `map.rs`, `follow.rs`; the last is how a
//! loop knows whose context is whose.

mod context;
mod variable;
mod local;
mod token;
mod map;
mod follow;

pub(crate) use context::{Carried, Snapshot};
pub use context::{Context, copy_context};
pub(crate) use follow::{Follow, Lent, assign};
pub use local::LocalVar;
pub use token::Token;
pub use variable::ContextVar;
