//! Cancellation at every await, for everything of this library that awaits: no byte, connection,
//! signal, timer or descriptor may be lost. The runtime's table does the same for what it has; its
//! list of public items and its registry are used here, too: read `registry.rs` there first.
//!
//! Then `connection.rs`, `reading.rs` and `writing.rs` (sockets and in-memory streams alike),
//! `sockets.rs`, `names.rs`, `datagrams.rs`, `unix.rs`,
//! `streams.rs`, `processes.rs`, `signals.rs`, `tls.rs`, `tls_streams.rs`, `adaptors.rs` and `pools.rs`.
#![cfg(target_os = "linux")]

#[path = "../../../runtime/tests/tidy/blank.rs"]
mod blank;
#[path = "../../../runtime/tests/every_await/headers.rs"]
mod headers;
#[path = "../../../runtime/tests/every_await/public_async.rs"]
mod public_async;
#[path = "../../../runtime/tests/every_await/registry.rs"]
mod registry;
mod connection;
mod reading;
mod writing;
mod sockets;
mod full_listener;
mod names;
mod datagrams;
mod unix;
mod streams;
mod processes;
#[cfg(feature = "signal")]
mod signals;
#[cfg(feature = "tls")]
mod tls;
#[cfg(feature = "tls")]
mod tls_streams;
#[cfg(feature = "process-pool")]
mod pools;

#[cfg(feature = "tokio-io")]
mod adaptors;

#[cfg(not(feature = "tokio-io"))]
mod adaptors {
    //! Nothing to try where nothing is adapted.
    pub(crate) const ROWS: &[crate::registry::Row] = &[];
}

#[cfg(not(feature = "signal"))]
mod signals {
    //! Nothing to try where there are no signals.
    pub(crate) const ROWS: &[crate::registry::Row] = &[];
}

#[cfg(not(feature = "tls"))]
mod tls {
    //! Nothing to try where there is no TLS.
    pub(crate) const ROWS: &[crate::registry::Row] = &[];
}

#[cfg(not(feature = "tls"))]
mod tls_streams {
    //! Nor here.
    pub(crate) const ROWS: &[crate::registry::Row] = &[];
}

#[cfg(not(feature = "process-pool"))]
mod pools {
    //! Nothing to try where there is no process pool.
    pub(crate) const ROWS: &[crate::registry::Row] = &[];
}

#[test]
fn whatever_awaits_loses_nothing_at_any_of_its_awaits() {
    let rows = [
        reading::ROWS,
        writing::ROWS,
        sockets::ROWS,
        names::ROWS,
        datagrams::ROWS,
        unix::ROWS,
        streams::ROWS,
        processes::ROWS,
        signals::ROWS,
        tls::ROWS,
        tls_streams::ROWS,
        adaptors::ROWS,
        pools::ROWS,
    ]
    .concat();
    let mut absent = Vec::new();
    if !cfg!(feature = "signal") {
        absent.push("signal.rs");
    }
    if !cfg!(feature = "tls") {
        absent.extend(["tls/", "streams/over_tls.rs", "streams/start_tls.rs"]);
    }
    if !cfg!(feature = "tokio-io") {
        absent.push("adaptors/");
    }
    if !cfg!(feature = "process-pool") {
        absent.push("process_pool/");
    }
    registry::check(concat!(env!("CARGO_MANIFEST_DIR"), "/src"), &absent, &rows);
}
