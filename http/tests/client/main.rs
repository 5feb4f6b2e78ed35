//! The client against a server that follows a script, over real sockets on the loopback.
//!
//! `peer` is that server. The files are named after what they try: `reuse` of connections, `retries`, the
//! `names` of hosts, the `allocations` of a request, the `responses` and `requests` themselves, `failures` and
//! `timeouts`, several `loops`.

mod allocations;
mod failures;
mod loops;
mod peer;
mod names;
mod requests;
mod responses;
mod retries;
mod reuse;
mod timeouts;
