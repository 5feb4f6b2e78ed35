//! [`ConnectorBuilder`]: what a client trusts, and how it speaks. Next: `accept_builder.rs`.

use super::certificate::{Identity, certificates, parse_fingerprint, read};
use super::connector::TlsConnector;
use super::error::{TlsError, TlsErrorKind};
use super::explain::{OLD_VERSION, is_of_old_version};
use super::handshake::Limits;
use super::provider::{TlsVersion, no_version, provider, versions};
use super::verifier::{Trust, Verifier};
use rustls::client::danger::ServerCertVerifier;
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Says what a [`TlsConnector`] trusts, and how it speaks. Mistakes are told by
/// [`build`](ConnectorBuilder::build).
///
/// ```
/// use oneloop_net::tls::{TlsConnector, TlsVersion};
/// use std::time::Duration;
///
/// let company = rcgen::generate_simple_self_signed(["ca.example".to_owned()])?.cert.pem();
/// let connector = TlsConnector::builder()
///     .root_pem(company)
///     .only_own_roots()
///     .min_version(TlsVersion::V1_3)
///     .alpn(["h2", "http/1.1"])
///     .handshake_timeout(Some(Duration::from_secs(10)))
///     .build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "build makes the connector"]
pub struct ConnectorBuilder {
    /// The first mistake, told by `build`.
    mistake: Option<TlsError>,
    roots: Vec<CertificateDer<'static>>,
    only_own_roots: bool,
    #[cfg(feature = "tls-platform-verifier")]
    platform: bool,
    pins: Vec<[u8; 32]>,
    anybody: bool,
    identity: Option<Identity>,
    alpn: Vec<Vec<u8>>,
    min: TlsVersion,
    max: TlsVersion,
    sni: bool,
    sessions: usize,
    limits: Limits,
}

impl ConnectorBuilder {
    pub(super) fn new() -> ConnectorBuilder {
        ConnectorBuilder {
            mistake: None,
            roots: Vec::new(),
            only_own_roots: false,
            #[cfg(feature = "tls-platform-verifier")]
            platform: false,
            pins: Vec::new(),
            anybody: false,
            identity: None,
            alpn: Vec::new(),
            min: TlsVersion::V1_2,
            max: TlsVersion::V1_3,
            sni: true,
            sessions: 256,
            limits: Limits::default(),
        }
    }

    /// Trusts the certificates of a PEM text, too: those of an own CA, or that of a server which signed
    /// its own. asyncio's `load_verify_locations(cadata=…)`.
    pub fn root_pem(self, pem: impl AsRef<[u8]>) -> ConnectorBuilder {
        let given = certificates(pem.as_ref(), "the root certificate");
        self.with(given, |this, roots| this.roots.extend(roots))
    }

    /// The same from a file. It blocks.
    pub fn root_pem_file(self, path: impl AsRef<Path>) -> ConnectorBuilder {
        match read(path.as_ref()) {
            Ok(pem) => self.root_pem(pem),
            Err(error) => self.with(Err::<(), _>(error), |_, ()| {}),
        }
    }

    /// Trusts what was given by [`root_pem`](ConnectorBuilder::root_pem), and nobody else.
    pub fn only_own_roots(mut self) -> ConnectorBuilder {
        self.only_own_roots = true;
        self
    }

    /// Judges certificates as this system does, by the roots that its owner has put there, instead of by
    /// Mozilla's list.
    #[cfg(feature = "tls-platform-verifier")]
    pub fn platform_verifier(mut self) -> ConnectorBuilder {
        self.platform = true;
        self
    }

    /// Trusts exactly the certificate with this sha256, whatever it says of itself and whoever signed it.
    /// May be called several times, for the next certificate, say.
    ///
    /// The hash is in hex, as `openssl x509 -noout -fingerprint -sha256 -in certificate.pem` prints it: the
    /// whole line will do.
    pub fn pin_sha256(self, hash: &str) -> ConnectorBuilder {
        self.with(parse_fingerprint(hash), |this, pin| this.pins.push(pin))
    }

    /// Accepts any certificate, for any name and of any time; with [`pin_sha256`](ConnectorBuilder::pin_sha256)
    /// those that are pinned only, which it accepts anyway.
    ///
    /// Whoever is in between can read and change everything then. For tests; a server that signed its own
    /// certificate is better trusted by [`root_pem`](ConnectorBuilder::root_pem) or
    /// [`pin_sha256`](ConnectorBuilder::pin_sha256).
    pub fn danger_accept_invalid_certs(mut self) -> ConnectorBuilder {
        self.anybody = true;
        self
    }

    /// Shows a certificate to servers that ask for one: asyncio's `load_cert_chain`.
    pub fn identity(mut self, identity: Identity) -> ConnectorBuilder {
        self.identity = Some(identity);
        self
    }

    /// Offers application protocols, the favorite first: `h2`, `http/1.1`. asyncio's
    /// `set_alpn_protocols`. Each name has 1 to 255 bytes.
    pub fn alpn<P: AsRef<[u8]>>(self, protocols: impl IntoIterator<Item = P>) -> ConnectorBuilder {
        self.with(protocol_names(protocols), |this, names| this.alpn = names)
    }

    /// Refuses older versions.
    pub fn min_version(mut self, version: TlsVersion) -> ConnectorBuilder {
        self.min = version;
        self
    }

    /// Does without newer versions.
    pub fn max_version(mut self, version: TlsVersion) -> ConnectorBuilder {
        self.max = version;
        self
    }

    /// Decides whether the host's name is told to the server in the clear (SNI), which needs it to choose
    /// its certificate. It is by default.
    pub fn sni(mut self, told: bool) -> ConnectorBuilder {
        self.sni = told;
        self
    }

    /// Sets how many servers' sessions are kept to be resumed; 256 by default, 0 for none.
    pub fn sessions(mut self, most: usize) -> ConnectorBuilder {
        self.sessions = most;
        self
    }

    /// Limits the time of a handshake; 60 seconds by default, as in asyncio.
    pub fn handshake_timeout(mut self, limit: Option<Duration>) -> ConnectorBuilder {
        self.limits.handshake = limit;
        self
    }

    /// Limits what is kept of a connection's bytes on their way out, in bytes of plain text; 64 KiB by
    /// default. A writer waits when so much waits already.
    ///
    /// # Panics
    ///
    /// If it is 0.
    pub fn buffer_limit(mut self, bytes: usize) -> ConnectorBuilder {
        self.limits.set_buffer(bytes);
        self
    }

    /// Makes the connector.
    ///
    /// # Errors
    ///
    /// [`Config`](TlsErrorKind::Config), with what does not fit.
    pub fn build(self) -> Result<TlsConnector, TlsError> {
        if let Some(mistake) = self.mistake {
            return Err(mistake);
        }
        let provider = provider();
        let builder = ClientConfig::builder_with_provider(provider.clone());
        let builder = builder
            .with_protocol_versions(&versions(self.min, self.max))
            .map_err(no_version)?;
        let (identity, alpn, sessions) = (self.identity.clone(), self.alpn.clone(), self.sessions);
        let (sni, limits) = (self.sni, self.limits);
        let verifier = Arc::new(Verifier::new(self.trust(&provider)?, provider));
        let builder = builder
            .dangerous()
            .with_custom_certificate_verifier(verifier.clone());
        let mut config = match identity {
            None => builder.with_no_client_auth(),
            Some(Identity { chain, key }) => builder
                .with_client_auth_cert(chain, key)
                .map_err(wrong_identity)?,
        };
        config.alpn_protocols = alpn;
        config.enable_sni = sni;
        config.resumption = match sessions {
            0 => Resumption::disabled(),
            most => Resumption::in_memory_sessions(most),
        };
        Ok(TlsConnector {
            config: Arc::new(config),
            verifier,
            limits,
        })
    }

    fn trust(self, provider: &Arc<CryptoProvider>) -> Result<Trust, TlsError> {
        // A pin is the stricter of the two: it must not get lost on the way to "anything".
        if !self.pins.is_empty() {
            return Ok(Trust::Pins(self.pins));
        }
        if self.anybody {
            return Ok(Trust::Anybody);
        }
        #[cfg(feature = "tls-platform-verifier")]
        if self.platform && !self.only_own_roots {
            let judge = rustls_platform_verifier::Verifier::new_with_extra_roots(
                self.roots.clone(),
                provider.clone(),
            );
            let judge = judge.map_err(|error| {
                let text = format!("the system's verifier of certificates can't be had: {error}");
                TlsError::new(TlsErrorKind::Config, text).because(error)
            })?;
            return Ok(Trust::Chain {
                judge: Arc::new(judge),
                own: self.roots,
            });
        }
        Ok(Trust::Chain {
            judge: self.chain(provider)?,
            own: self.roots,
        })
    }

    fn chain(
        &self,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Arc<dyn ServerCertVerifier>, TlsError> {
        let mut roots = match self.only_own_roots {
            true => RootCertStore::empty(),
            false => RootCertStore {
                roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
            },
        };
        add_roots(&mut roots, &self.roots)?;
        if roots.is_empty() {
            let text = "nobody is trusted: `.only_own_roots()` needs a `.root_pem(..)`";
            return Err(TlsError::new(TlsErrorKind::Config, text));
        }
        let builder =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone());
        let judge = builder.build().map_err(|error| {
            let text = format!("the root certificates are of no use: {error}");
            TlsError::new(TlsErrorKind::Config, text).because(error)
        })?;
        Ok(judge)
    }

    /// Takes what was given, or notes that it is wrong.
    fn with<T>(
        mut self,
        given: Result<T, TlsError>,
        take: impl FnOnce(&mut ConnectorBuilder, T),
    ) -> ConnectorBuilder {
        match given {
            Ok(value) => take(&mut self, value),
            Err(error) => drop(self.mistake.get_or_insert(error)),
        }
        self
    }
}

/// The names of application protocols, as rustls wants them. RFC 7301 section 3.1:
///
/// > opaque ProtocolName<1..2^8-1>;
pub(super) fn protocol_names<P: AsRef<[u8]>>(
    protocols: impl IntoIterator<Item = P>,
) -> Result<Vec<Vec<u8>>, TlsError> {
    let names = protocols.into_iter().map(|name| match name.as_ref() {
        [] => Err(wrong_protocol("is empty")),
        [.., _] if name.as_ref().len() > 255 => Err(wrong_protocol("is longer than 255 bytes")),
        name => Ok(name.to_vec()),
    });
    names.collect()
}

fn wrong_protocol(how: &str) -> TlsError {
    let text = format!(
        "the name of an application protocol (ALPN) {how}: `.alpn(..)` takes names such as \
         \"http/1.1\""
    );
    TlsError::new(TlsErrorKind::Config, text)
}

pub(super) fn add_roots(
    roots: &mut RootCertStore,
    given: &[CertificateDer<'static>],
) -> Result<(), TlsError> {
    given.iter().try_for_each(|certificate| {
        roots.add(certificate.clone()).map_err(|error| {
            let text = format!("a root certificate is of no use: {error}");
            TlsError::new(TlsErrorKind::Config, text).because(error)
        })
    })
}

/// A certificate and a key that can't serve.
pub(super) fn wrong_identity(error: rustls::Error) -> TlsError {
    let text = match &error {
        rustls::Error::InconsistentKeys(_) => {
            "the private key is not that of the certificate: the first certificate of the \
             chain has to be the own one"
                .to_owned()
        }
        rustls::Error::InvalidCertificate(error) if is_of_old_version(error) => {
            format!("the certificate {OLD_VERSION}")
        }
        _ => format!("the certificate chain and the private key are of no use: {error}"),
    };
    TlsError::new(TlsErrorKind::Config, text).because(error)
}
