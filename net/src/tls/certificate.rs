//! Certificates and keys as they are given: PEM, files, hashes. Next: `provider.rs`.

use super::error::{TlsError, TlsErrorKind};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::fmt;
use std::fs;
use std::path::Path;

/// A certificate, those that lead to its CA, and its private key: asyncio's `load_cert_chain`.
///
/// A server needs one; a client has one when it shows a certificate, too.
///
/// ```
/// use oneloop_net::tls::Identity;
/// let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
/// let identity = Identity::from_pem(made.cert.pem(), made.signing_key.serialize_pem())?;
/// assert_eq!(format!("{identity:?}"), "Identity { certificates: 1, .. }");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Identity {
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) key: PrivateKeyDer<'static>,
}

impl Identity {
    /// Reads a chain of certificates, the own one first, and a private key: PKCS #8, PKCS #1 (RSA) or
    /// SEC1 (EC), without a passphrase. Both may be in one text, given twice.
    ///
    /// # Errors
    ///
    /// [`Config`](TlsErrorKind::Config) when there is no certificate, no key, or no valid PEM. Whether
    /// the two belong together is seen when a connector or an acceptor is built with them.
    pub fn from_pem(chain: impl AsRef<[u8]>, key: impl AsRef<[u8]>) -> Result<Identity, TlsError> {
        let chain = certificates(chain.as_ref(), "the certificate chain")?;
        let key = key.as_ref();
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| {
            let cure = match error {
                _ if is_encrypted(key) => {
                    "has a passphrase: decrypt it first (openssl pkey -in key.pem -out plain.pem)"
                }
                pem::Error::NoItemsFound => "holds no `-----BEGIN PRIVATE KEY-----`: is it PEM?",
                _ => "is no valid PEM",
            };
            TlsError::new(TlsErrorKind::Config, format!("the private key {cure}")).because(error)
        })?;
        Ok(Identity { chain, key })
    }

    /// Reads both from files. It blocks, so do it before the loop is busy, or in `to_thread`.
    ///
    /// # Errors
    ///
    /// As [`from_pem`](Identity::from_pem), and when a file can't be read.
    pub fn from_pem_files(
        chain: impl AsRef<Path>,
        key: impl AsRef<Path>,
    ) -> Result<Identity, TlsError> {
        Identity::from_pem(read(chain.as_ref())?, read(key.as_ref())?)
    }

    pub(super) fn duplicate(&self) -> Identity {
        Identity {
            chain: self.chain.clone(),
            key: self.key.clone_key(),
        }
    }
}

impl Clone for Identity {
    fn clone(&self) -> Identity {
        self.duplicate()
    }
}

/// Without the key.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("certificates", &self.chain.len())
            .finish_non_exhaustive()
    }
}

/// All certificates of a text; there is one at least.
pub(super) fn certificates(
    pem: &[u8],
    what: &str,
) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let all = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>();
    let all = all.map_err(|error| {
        TlsError::new(TlsErrorKind::Config, format!("{what} is no valid PEM")).because(error)
    })?;
    if all.is_empty() {
        let text = format!("{what} holds no `-----BEGIN CERTIFICATE-----`: is it PEM?");
        return Err(TlsError::new(TlsErrorKind::Config, text));
    }
    Ok(all)
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|error| {
        let text = format!("{} can't be read: {error}", path.display());
        TlsError::new(TlsErrorKind::Config, text).because(error)
    })
}

/// Whether a key has a passphrase, in PKCS #8 (RFC 7468 section 11) or in the older form (RFC 1421 section
/// 4.6.1.1).
fn is_encrypted(pem: &[u8]) -> bool {
    let mut lines = pem.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
    lines.any(|line| {
        line == b"-----BEGIN ENCRYPTED PRIVATE KEY-----"
            || (line.starts_with(b"Proc-Type:") && line.ends_with(b"ENCRYPTED"))
    })
}

/// A hash as `openssl x509 -fingerprint -sha256` prints it.
pub(super) fn fingerprint(hash: &[u8; 32]) -> String {
    let hex: Vec<String> = hash.iter().map(|byte| format!("{byte:02X}")).collect();
    hex.join(":")
}

/// Reads a hash in hex, with colons between the bytes or without, and behind `sha256 Fingerprint=`, if it is.
pub(super) fn parse_fingerprint(text: &str) -> Result<[u8; 32], TlsError> {
    let bare = match text.split_once('=') {
        // Small or large letters, by the version of OpenSSL.
        Some((before, hash)) if before.trim().eq_ignore_ascii_case("sha256 fingerprint") => hash,
        _ => text,
    };
    let bare = bare.trim();
    let digits: Vec<u32> = bare.chars().filter_map(|c| c.to_digit(16)).collect();
    let strange = bare
        .chars()
        .any(|c| !(c.is_ascii_hexdigit() || c == ':' || c == ' '));
    if strange || digits.len() != 64 {
        let text = format!(
            "{text:?} is no sha256: 32 bytes in hex are, as `openssl x509 -noout \
             -fingerprint -sha256` prints them"
        );
        return Err(TlsError::new(TlsErrorKind::Config, text));
    }
    let mut hash = [0; 32];
    for (byte, pair) in hash.iter_mut().zip(digits.chunks(2)) {
        *byte = (pair[0] * 16 + pair[1]) as u8;
    }
    Ok(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_read_as_it_is_printed() {
        let hash = std::array::from_fn(|at| (at * 7) as u8);
        let printed = fingerprint(&hash);
        assert!(printed.starts_with("00:07:0E:15:"));
        assert_eq!(parse_fingerprint(&printed).unwrap(), hash);
        let bare = printed.replace(':', "").to_lowercase();
        assert_eq!(parse_fingerprint(&bare).unwrap(), hash);
        for line in [
            format!("sha256 Fingerprint={printed}\n"),
            format!(" SHA256 Fingerprint={printed}\r\n"),
        ] {
            assert_eq!(parse_fingerprint(&line).unwrap(), hash, "{line}");
        }
        for wrong in [
            "",
            "00:07",
            &format!("sha1 Fingerprint={printed}"),
            &printed[1..],
            &format!("{printed}:00"),
            &printed.replace("0E", "0G"),
        ] {
            let error = parse_fingerprint(wrong).unwrap_err();
            assert_eq!(error.kind(), TlsErrorKind::Config, "{wrong}");
        }
    }
}
