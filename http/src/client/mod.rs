//! An HTTP/1.1 client on the loop: aiohttp's `ClientSession`, small.
//!
//! A [`ClientSession`] keeps one idle connection to each origin. A request takes it, or makes a
//! new one when there is none or it is busy, and gives it back when the response's body was read to
//! its end; a second one that is given back is closed. So requests one after another share a
//! connection, concurrent ones never wait for each other.
//!
//! Read in this order: `session` and `request` are what users see; `head` writes what a request says, and
//! `response_future` finds a `connection` for it; `upload` and `exchange` do the work on one, as plain state
//! that is polled; `response` reads the body; `pool` keeps what is idle.
//!
//! Hosts are looked up by the loop's resolver ([`oneloop_net::names`]), off the loop and with a memory;
//! [`SessionBuilder::resolve`] says where one is instead.
//!
//! What is not here yet: TLS, redirects, cookies, compression, proxies.

mod session;
mod settings;
mod request;
mod into_uri;
mod head;
mod response_future;
mod origin;
mod upload;
mod connection;
mod exchange;
mod patience;
mod response;
mod pool;
mod error;

pub use error::{ClientError, Phase};
pub use into_uri::IntoUri;
pub use request::RequestBuilder;
pub use response::ClientResponse;
pub use response_future::ResponseFuture;
pub use session::ClientSession;
pub use settings::{Retry, SessionBuilder};
