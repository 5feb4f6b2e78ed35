//! Who does the cryptography. Next: `verifier.rs`.

use super::error::{TlsError, TlsErrorKind};
use rustls::crypto::CryptoProvider;
use rustls::crypto::hash::HashAlgorithm;
use rustls::{SupportedCipherSuite, SupportedProtocolVersion};
use std::sync::Arc;

/// A version of the protocol. Older ones are not there, since they are broken.
///
/// ```
/// use oneloop_net::tls::{TlsConnector, TlsVersion};
/// let connector = TlsConnector::builder().min_version(TlsVersion::V1_3).build()?;
/// assert!(TlsVersion::V1_2 < TlsVersion::V1_3);
/// # Ok::<(), oneloop_net::tls::TlsError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum TlsVersion {
    /// TLS 1.2 (RFC 5246).
    V1_2,
    /// TLS 1.3 (RFC 8446).
    V1_3,
}

/// The versions from one to another.
pub(super) fn versions(min: TlsVersion, max: TlsVersion) -> Vec<&'static SupportedProtocolVersion> {
    let all = [
        (TlsVersion::V1_3, &rustls::version::TLS13),
        (TlsVersion::V1_2, &rustls::version::TLS12),
    ];
    let wanted = all
        .into_iter()
        .filter(|(version, _)| (min..=max).contains(version));
    wanted.map(|(_, version)| version).collect()
}

/// The error of a connector or acceptor that was left none.
pub(super) fn no_version(error: rustls::Error) -> TlsError {
    let text = "there is no version of TLS between the minimal and the maximal one";
    TlsError::new(TlsErrorKind::Config, text).because(error)
}

#[cfg(not(feature = "tls-aws-lc-rs"))]
pub(super) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

#[cfg(feature = "tls-aws-lc-rs")]
pub(super) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

/// The sha256 of some bytes, by the provider's own code.
pub(super) fn sha256(provider: &CryptoProvider, bytes: &[u8]) -> [u8; 32] {
    let suites = provider.cipher_suites.iter();
    let mut hashes = suites.map(|suite| match suite {
        SupportedCipherSuite::Tls12(suite) => suite.common.hash_provider,
        SupportedCipherSuite::Tls13(suite) => suite.common.hash_provider,
    });
    let sha256 = hashes
        .find(|hash| hash.algorithm() == HashAlgorithm::SHA256)
        .expect("both providers have the suites with sha256, which RFC 8446 section 9.1 demands");
    let mut output = [0; 32];
    output.copy_from_slice(sha256.hash(bytes).as_ref());
    output
}
