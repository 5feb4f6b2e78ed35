//! Certificates made for a test, and pairs of streams that are connected through them.

use oneloop::Loop;
use oneloop_net::tls::{
    AcceptorBuilder, ConnectorBuilder, Identity, TlsAcceptor, TlsConnector, TlsError, TlsStream,
};
use oneloop_net::{DuplexStream, duplex};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
};
use std::future::Future;

/// An own CA.
pub(crate) struct Ca {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) pem: String,
}

impl Ca {
    pub(crate) fn new(name: &str) -> Ca {
        let mut named = DistinguishedName::new();
        named.push(DnType::CommonName, name);
        Ca::named(named)
    }

    /// One that is called like its certificates.
    pub(crate) fn without_name() -> Ca {
        Ca::named(DistinguishedName::new())
    }

    fn named(name: DistinguishedName) -> Ca {
        let mut params = CertificateParams::new([]).unwrap();
        params.distinguished_name = name;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(params, key);
        Ca { issuer, pem }
    }

    /// Issues a certificate for a name, with its key.
    pub(crate) fn issue(&self, name: &str) -> Identity {
        self.issue_as(name, |_| {})
    }

    pub(crate) fn issue_as(
        &self,
        name: &str,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Identity {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Identity::from_pem(certificate.pem(), key.serialize_pem()).unwrap()
    }

    /// A client that trusts this CA and no other.
    pub(crate) fn client(&self) -> ConnectorBuilder {
        let builder = TlsConnector::builder().root_pem(&self.pem);
        builder.only_own_roots()
    }
}

/// A certificate that is signed by itself, and its PEM.
pub(crate) fn self_signed(
    name: &str,
    change: impl FnOnce(&mut CertificateParams),
) -> (Identity, String) {
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    let pem = params.self_signed(&key).unwrap().pem();
    let identity = Identity::from_pem(&pem, key.serialize_pem()).unwrap();
    (identity, pem)
}

/// What goes well with everything.
pub(crate) fn usual() -> (TlsConnector, TlsAcceptor) {
    let ca = Ca::new("usual");
    built(ca.client(), TlsAcceptor::builder(ca.issue("localhost")))
}

pub(crate) fn built(
    client: ConnectorBuilder,
    server: AcceptorBuilder,
) -> (TlsConnector, TlsAcceptor) {
    (client.build().unwrap(), server.build().unwrap())
}

/// The two ends of a connection in memory.
pub(crate) type Ends = (TlsStream<DuplexStream>, TlsStream<DuplexStream>);

/// What both sides say of one handshake.
pub(crate) type Shaken<S> = (
    Result<TlsStream<S>, TlsError>,
    Result<TlsStream<S>, TlsError>,
);

pub(crate) async fn shake(
    (connector, acceptor): &(TlsConnector, TlsAcceptor),
    name: &str,
    (ours, theirs): (DuplexStream, DuplexStream),
) -> Shaken<DuplexStream> {
    oneloop::gather((connector.connect(name, ours), acceptor.accept(theirs))).await
}

pub(crate) async fn connected(pair: &(TlsConnector, TlsAcceptor)) -> Ends {
    over(pair, duplex(64 * 1024)).await
}

pub(crate) async fn over(
    pair: &(TlsConnector, TlsAcceptor),
    ends: (DuplexStream, DuplexStream),
) -> Ends {
    let (client, server) = shake(pair, "localhost", ends).await;
    (client.unwrap(), server.unwrap())
}

/// Runs what is in memory only on a paused clock: there a hang is a deadlock, which panics.
pub(crate) fn in_memory(main: impl Future<Output = ()>) {
    let event_loop = Loop::builder().paused_clock().build().unwrap();
    event_loop.block_on(main);
}
