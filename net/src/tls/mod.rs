//! TLS 1.2 and 1.3 over any stream, for clients and servers, on rustls. With the feature `tls`.
//!
//! [`TlsConnector`] and [`TlsAcceptor`] are what connections have in common; [`TlsStream`] is one of
//! them, and is used as a [`TcpStream`](crate::TcpStream) is. All that can go wrong is a [`TlsError`],
//! with a kind that programs can ask for.
//!
//! | asyncio | here |
//! | --- | --- |
//! | `ssl.create_default_context()` | [`TlsConnector::builder`] |
//! | `ssl.create_default_context(CLIENT_AUTH)`, `load_cert_chain` | [`TlsAcceptor::builder`] with an [`Identity`] |
//! | `SSLContext.sni_callback` | [`identity_for`](AcceptorBuilder::identity_for) |
//! | `load_verify_locations(cadata=…)` | [`root_pem`](ConnectorBuilder::root_pem), [`client_root_pem`](AcceptorBuilder::client_root_pem) |
//! | `check_hostname = False`, `verify_mode = CERT_NONE` | [`danger_accept_invalid_certs`](ConnectorBuilder::danger_accept_invalid_certs), better [`pin_sha256`](ConnectorBuilder::pin_sha256) |
//! | `set_alpn_protocols`, `minimum_version` | [`alpn`](ConnectorBuilder::alpn), [`min_version`](ConnectorBuilder::min_version) |
//! | `open_connection(…, ssl=…)`, `start_server(…, ssl=…)` | [`open_tls_connection`](crate::streams::open_tls_connection), [`start_tls_server`](crate::streams::start_tls_server) |
//! | `StreamWriter.start_tls(…)`, for STARTTLS | [`start_tls`](crate::streams::StreamWriter::start_tls), [`accept_tls`](crate::streams::StreamWriter::accept_tls) |
//! | `loop.start_tls(transport, …)`, `wrap_socket` | [`TlsConnector::connect`], [`TlsAcceptor::accept`] on any stream that is connected already |
//! | `ssl_handshake_timeout=60` | [`handshake_timeout`](ConnectorBuilder::handshake_timeout) |
//! | `ssl_shutdown_timeout=30` | [`set_close_timeout`](crate::streams::StreamWriter::set_close_timeout), none by default |
//! | `writer.get_extra_info('peercert')`, `'cipher'`, `'ssl_object'` | [`tls_info`](crate::streams::StreamWriter::tls_info) |
//! | `ssl.SSLCertVerificationError` | [`TlsErrorKind`] |
//!
//! Differences from asyncio: a stream that ends without a `close_notify` is an error, where asyncio says
//! the end; one direction can be closed alone.
//!
//! Features beside `tls`: `tls-aws-lc-rs` for AWS-LC's cryptography instead of ring's (a C compiler builds
//! either, with the oldest Rust of this crate, too), and `tls-platform-verifier` for the system's judgment
//! of certificates.
//!
//! Read on in this order: `error.rs`, `explain.rs`, `certificate.rs`, `provider.rs`, `verifier.rs`,
//! `connector.rs`, `acceptor.rs`, `builder.rs`, `accept_builder.rs`, `by_name.rs`, `first_bytes.rs`,
//! `wake.rs`, `below.rs`, `session.rs`, `handshake.rs`, `stream.rs`, `transfer.rs`, `info.rs`,
//! `late.rs`.

mod accept_builder;
mod acceptor;
mod below;
mod builder;
mod by_name;
mod certificate;
mod connector;
mod error;
mod explain;
mod first_bytes;
mod handshake;
mod info;
mod late;
mod provider;
mod session;
mod stream;
mod transfer;
mod verifier;
mod wake;

pub use accept_builder::AcceptorBuilder;
pub use acceptor::TlsAcceptor;
pub use builder::ConnectorBuilder;
pub use certificate::Identity;
pub use connector::TlsConnector;
pub use error::{TlsError, TlsErrorKind};
pub(crate) use first_bytes::injected;
pub(crate) use handshake::Handshake;
pub use info::TlsInfo;
pub(crate) use late::Late;
pub use provider::TlsVersion;
pub use stream::TlsStream;
