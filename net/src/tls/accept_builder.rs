//! [`AcceptorBuilder`]: what a server shows, and whom it serves. Next: `by_name.rs`.

use super::acceptor::TlsAcceptor;
use super::builder::{add_roots, protocol_names};
use super::by_name::ByName;
use super::certificate::{Identity, certificates, read};
use super::error::{TlsError, TlsErrorKind};
use super::handshake::Limits;
use super::provider::{TlsVersion, no_version, provider, versions};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoServerSessionStorage, ServerSessionMemoryCache, WebPkiClientVerifier};
use rustls::{RootCertStore, ServerConfig};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Says what a [`TlsAcceptor`] shows, and whom it serves. Mistakes are told by
/// [`build`](AcceptorBuilder::build).
///
/// ```
/// use oneloop_net::tls::{Identity, TlsAcceptor, TlsVersion};
///
/// let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
/// let identity = Identity::from_pem(made.cert.pem(), made.signing_key.serialize_pem())?;
/// let acceptor = TlsAcceptor::builder(identity)
///     .alpn(["http/1.1"])
///     .client_root_pem(made.cert.pem())
///     .clients_without_certificate(true)
///     .build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "build makes the acceptor"]
pub struct AcceptorBuilder {
    /// The first mistake, told by `build`.
    mistake: Option<TlsError>,
    identity: Identity,
    /// Those for other names.
    named: Vec<(Vec<String>, Identity)>,
    /// Who may sign the certificates of clients; nobody means that none is asked for.
    client_roots: Vec<CertificateDer<'static>>,
    without: bool,
    alpn: Vec<Vec<u8>>,
    min: TlsVersion,
    max: TlsVersion,
    sessions: usize,
    limits: Limits,
}

impl AcceptorBuilder {
    pub(super) fn new(identity: Identity) -> AcceptorBuilder {
        AcceptorBuilder {
            mistake: None,
            identity,
            named: Vec::new(),
            client_roots: Vec::new(),
            without: false,
            alpn: Vec::new(),
            min: TlsVersion::V1_2,
            max: TlsVersion::V1_3,
            sessions: 1024,
            limits: Limits::default(),
        }
    }

    /// Shows another certificate to clients that ask for one of these names (SNI): what asyncio's servers
    /// do by a `sni_callback`. It may be called for as many certificates as there are.
    ///
    /// `*.a.example` stands for all names that have one label more than `a.example`; the very name goes
    /// before it. Who asks for none of the names, or, as a client that connects to an address, for nobody, is
    /// shown the [first one](TlsAcceptor::builder), and sees by itself whether that will do.
    /// [`server_name`](super::TlsStream::server_name) tells what was asked for, should a server want to
    /// end such connections.
    ///
    /// [`build`](AcceptorBuilder::build) fails where a certificate is not for its name, or a name is
    /// given two.
    ///
    /// ```
    /// use oneloop_net::tls::{Identity, TlsAcceptor, TlsConnector};
    ///
    /// let made = |name: &str| rcgen::generate_simple_self_signed([name.to_owned()]);
    /// let (one, other) = (made("one.example")?, made("*.other.example")?);
    /// let identity = Identity::from_pem(one.cert.pem(), one.signing_key.serialize_pem())?;
    /// let others = Identity::from_pem(other.cert.pem(), other.signing_key.serialize_pem())?;
    /// let acceptor = TlsAcceptor::builder(identity)
    ///     .identity_for(["*.other.example"], others)
    ///     .build()?;
    /// # let connector = TlsConnector::builder().root_pem(other.cert.pem()).build()?;
    /// # oneloop::run(async {
    /// #     let (ours, theirs) = oneloop_net::duplex(1024);
    /// #     let both = (connector.connect("www.other.example", ours), acceptor.accept(theirs));
    /// #     let (client, server) = oneloop::gather(both).await;
    /// #     client?;
    /// #     assert_eq!(server?.server_name().unwrap(), "www.other.example");
    /// #     Ok::<(), oneloop_net::tls::TlsError>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn identity_for<N: AsRef<str>>(
        mut self,
        names: impl IntoIterator<Item = N>,
        identity: Identity,
    ) -> AcceptorBuilder {
        let names = names.into_iter().map(|name| name.as_ref().to_owned());
        self.named.push((names.collect(), identity));
        self
    }

    /// Asks clients for a certificate, and serves those whom these certificates have signed: asyncio's
    /// `verify_mode = CERT_REQUIRED` with `load_verify_locations`.
    pub fn client_root_pem(mut self, pem: impl AsRef<[u8]>) -> AcceptorBuilder {
        match certificates(pem.as_ref(), "the root certificate of clients") {
            Ok(roots) => self.client_roots.extend(roots),
            Err(error) => drop(self.mistake.get_or_insert(error)),
        }
        self
    }

    /// The same from a file. It blocks.
    pub fn client_root_pem_file(mut self, path: impl AsRef<Path>) -> AcceptorBuilder {
        match read(path.as_ref()) {
            Ok(pem) => self.client_root_pem(pem),
            Err(error) => {
                self.mistake.get_or_insert(error);
                self
            }
        }
    }

    /// Serves clients that show no certificate, too: asyncio's `CERT_OPTIONAL`. Whether one was shown is
    /// told by [`peer_certificates`](super::TlsStream::peer_certificates).
    pub fn clients_without_certificate(mut self, served: bool) -> AcceptorBuilder {
        self.without = served;
        self
    }

    /// Speaks these application protocols, the favorite first. A client that offers others only is
    /// refused; one that offers none at all is not.
    pub fn alpn<P: AsRef<[u8]>>(
        mut self,
        protocols: impl IntoIterator<Item = P>,
    ) -> AcceptorBuilder {
        match protocol_names(protocols) {
            Ok(names) => self.alpn = names,
            Err(error) => drop(self.mistake.get_or_insert(error)),
        }
        self
    }

    /// Refuses older versions.
    pub fn min_version(mut self, version: TlsVersion) -> AcceptorBuilder {
        self.min = version;
        self
    }

    /// Does without newer versions.
    pub fn max_version(mut self, version: TlsVersion) -> AcceptorBuilder {
        self.max = version;
        self
    }

    /// Sets how many clients' sessions are kept to be resumed; 1024 by default, 0 for none.
    pub fn sessions(mut self, most: usize) -> AcceptorBuilder {
        self.sessions = most;
        self
    }

    /// Limits the time of a handshake; 60 seconds by default, as in asyncio.
    pub fn handshake_timeout(mut self, limit: Option<Duration>) -> AcceptorBuilder {
        self.limits.handshake = limit;
        self
    }

    /// Limits what is kept of a connection's bytes on their way out, in bytes of plain text; 64 KiB by
    /// default. A writer waits when so much waits already.
    ///
    /// # Panics
    ///
    /// If it is 0.
    pub fn buffer_limit(mut self, bytes: usize) -> AcceptorBuilder {
        self.limits.set_buffer(bytes);
        self
    }

    /// Makes the acceptor.
    ///
    /// # Errors
    ///
    /// [`Config`](TlsErrorKind::Config), with what does not fit.
    pub fn build(self) -> Result<TlsAcceptor, TlsError> {
        if let Some(mistake) = self.mistake {
            return Err(mistake);
        }
        let provider = provider();
        let builder = ServerConfig::builder_with_provider(provider.clone());
        let builder = builder
            .with_protocol_versions(&versions(self.min, self.max))
            .map_err(no_version)?;
        let builder = match self.client_roots.is_empty() {
            true => builder.with_no_client_auth(),
            false => builder.with_client_cert_verifier(self.clients(provider.clone())?),
        };
        let mut shown = ByName::new(self.identity, &provider)?;
        for (names, identity) in self.named {
            shown.add(names, identity, &provider)?;
        }
        let mut config = builder.with_cert_resolver(Arc::new(shown));
        config.alpn_protocols = self.alpn;
        config.session_storage = match self.sessions {
            0 => Arc::new(NoServerSessionStorage {}),
            most => ServerSessionMemoryCache::new(most),
        };
        if self.sessions == 0 {
            config.send_tls13_tickets = 0;
        }
        Ok(TlsAcceptor {
            config: Arc::new(config),
            limits: self.limits,
        })
    }

    fn clients(
        &self,
        provider: Arc<CryptoProvider>,
    ) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
        let mut roots = RootCertStore::empty();
        add_roots(&mut roots, &self.client_roots)?;
        let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        let builder = match self.without {
            true => builder.allow_unauthenticated(),
            false => builder,
        };
        builder.build().map_err(|error| {
            let text = format!("the root certificates of clients are of no use: {error}");
            TlsError::new(TlsErrorKind::Config, text).because(error)
        })
    }
}
