//! From rustls's errors to texts that name the cure. Next: `certificate.rs`.

use super::error::{TlsError, TlsErrorKind as Kind};
use rustls::pki_types::{ServerName, UnixTime};
use rustls::{AlertDescription, CertificateError, Error, PeerIncompatible};

/// Who explains: the texts differ.
#[derive(Clone, Debug)]
pub(super) enum Side {
    /// A client, of the server by this name.
    Client(String),
    /// A server.
    Server,
}

/// What is known of a certificate that was refused.
#[derive(Clone, Debug)]
pub(super) struct Refused {
    /// The sha256 of the certificate, in hex.
    pub(super) fingerprint: String,
    /// It is signed by its own key.
    pub(super) self_signed: bool,
    /// What a verifier of ours found that has no variant of rustls's.
    pub(super) reason: Option<Reason>,
}

/// What only this crate's verifier refuses.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reason {
    WrongPin,
}

impl Side {
    /// The peer, as the texts call it.
    pub(super) fn peer(&self) -> String {
        match self {
            Side::Client(name) => format!("{name:?}"),
            Side::Server => "the client".to_owned(),
        }
    }

    /// Explains an error of rustls.
    pub(super) fn explain(&self, error: Error, refused: Option<Refused>) -> TlsError {
        let peer = self.peer();
        let (kind, text) = match &error {
            Error::InvalidCertificate(certificate) => {
                return self.certificate(certificate, refused).because(error);
            }
            Error::AlertReceived(alert) => self.alert(*alert),
            Error::PeerIncompatible(what) => self.incompatible(what),
            Error::NoApplicationProtocol => (
                Kind::NoCommonProtocol,
                format!(
                    "{peer} offers none of the application protocols (ALPN) that this end \
                     speaks: give both the same names by `.alpn(..)`"
                ),
            ),
            Error::NoCertificatesPresented => (
                Kind::NoCertificate,
                format!(
                    "{peer} showed no certificate, which this end requires: give the client \
                     one by `.identity(..)`, or make it optional"
                ),
            ),
            Error::PeerSentOversizedRecord | Error::InvalidMessage(_) => (
                Kind::Protocol,
                format!(
                    "{peer} sent what is no valid TLS message ({error}): it is damaged, or not TLS"
                ),
            ),
            Error::DecryptError => (
                Kind::Protocol,
                format!(
                    "what {peer} sent can't be decrypted: it was changed or damaged on its \
                     way, and the connection is of no more use"
                ),
            ),
            other => (Kind::Protocol, format!("TLS with {peer} failed: {other}")),
        };
        TlsError::new(kind, text).because(error)
    }

    fn alert(&self, alert: AlertDescription) -> (Kind, String) {
        let peer = self.peer();
        let ours = match self {
            Side::Client(_) => "the client certificate",
            Side::Server => "this server's certificate",
        };
        let cure = match alert {
            AlertDescription::ProtocolVersion => {
                return (
                    Kind::NoCommonVersion,
                    format!(
                        "{peer} speaks no version of TLS that this end does (it sent the \
                         alert protocol_version): see `.min_version(..)` and `.max_version(..)`"
                    ),
                );
            }
            AlertDescription::NoApplicationProtocol => {
                return (
                    Kind::NoCommonProtocol,
                    format!(
                        "{peer} speaks none of the application protocols that this end \
                         offers by `.alpn(..)` (it sent the alert no_application_protocol)"
                    ),
                );
            }
            AlertDescription::HandshakeFailure | AlertDescription::InsufficientSecurity => {
                return (
                    Kind::NoCommonCipher,
                    format!(
                        "{peer} found no parameters in common with this end, such as a \
                         cipher suite (it sent the alert {alert:?}); a server that wants a \
                         client certificate says so, too: see `.identity(..)`"
                    ),
                );
            }
            AlertDescription::CertificateRequired => {
                return (
                    Kind::NoCertificate,
                    format!(
                        "{peer} wants a client certificate (it sent the alert \
                         certificate_required): give one by `.identity(..)`"
                    ),
                );
            }
            AlertDescription::UnknownCA => format!(
                "it does not trust who signed {ours}: it has to be given that CA, or the \
                 certificate itself if it is self-signed"
            ),
            AlertDescription::CertificateExpired => {
                format!("it finds {ours} expired: renew it, or set the clock right")
            }
            AlertDescription::BadCertificate
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked => {
                format!("it does not accept {ours}: its own log says why")
            }
            AlertDescription::UnrecognisedName => {
                "it serves nobody by the name that was asked for".to_owned()
            }
            AlertDescription::DecryptError | AlertDescription::BadRecordMac => {
                "what came to it was changed or damaged on its way".to_owned()
            }
            _ => "its own log may say why".to_owned(),
        };
        (
            Kind::Refused,
            format!("{peer} ended the connection by the alert {alert:?}: {cure}"),
        )
    }

    fn incompatible(&self, what: &PeerIncompatible) -> (Kind, String) {
        let peer = self.peer();
        match what {
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
            | PeerIncompatible::SupportedVersionsExtensionRequired
            | PeerIncompatible::Tls12NotOffered
            | PeerIncompatible::Tls12NotOfferedOrEnabled => (
                Kind::NoCommonVersion,
                format!(
                    "{peer} speaks no version of TLS that this end does ({what:?}): TLS 1.2 \
                     and 1.3 are there, see `.min_version(..)` and `.max_version(..)`"
                ),
            ),
            PeerIncompatible::SignatureAlgorithmsExtensionRequired => (
                Kind::NoCommonVersion,
                format!(
                    "{peer} names no signatures that it knows ({what:?}), as clients of TLS 1.1 \
                     and older do not: TLS 1.2 and 1.3 are there"
                ),
            ),
            _ => (
                Kind::NoCommonCipher,
                format!(
                    "{peer} and this end have no parameters in common ({what:?}): modern \
                     cipher suites, groups and signatures only are there"
                ),
            ),
        }
    }

    fn certificate(&self, error: &CertificateError, refused: Option<Refused>) -> TlsError {
        let whose = match self {
            Side::Client(name) => format!("the certificate of {name:?}"),
            Side::Server => "the client's certificate".to_owned(),
        };
        let print = refused.as_ref().map(|refused| refused.fingerprint.as_str());
        let trust = match (self, print) {
            (Side::Server, _) => {
                "the acceptor trusts who is given to it by `.client_root_pem(..)`".to_owned()
            }
            (Side::Client(_), Some(print)) => format!(
                "if it is to be trusted, give it or its CA to the connector by `.root_pem(..)`, or pin \
                 this very certificate by `.pin_sha256(\"{print}\")` once you have compared \
                     that with the server's own"
            ),
            (Side::Client(_), None) => {
                "if it is to be trusted, give its CA to the connector by `.root_pem(..)`".to_owned()
            }
        };
        if let Some(Refused {
            reason: Some(Reason::WrongPin),
            fingerprint,
            ..
        }) = &refused
        {
            return TlsError::new(
                Kind::WrongPin,
                format!(
                    "{whose} is none of those that were pinned; its sha256 is {fingerprint}: \
                     if the server has a new one, pin that"
                ),
            );
        }
        let self_signed = refused.as_ref().is_some_and(|refused| refused.self_signed);
        let (kind, text) = match error {
            CertificateError::NotValidForName => {
                (Kind::WrongHost, "is for another host".to_owned())
            }
            CertificateError::NotValidForNameContext { presented, .. } if presented.is_empty() => (
                Kind::WrongHost,
                "names no host at all: names count as subjectAltName, a common name (CN) \
                 does not"
                    .to_owned(),
            ),
            CertificateError::NotValidForNameContext { presented, .. } => (
                Kind::WrongHost,
                format!(
                    "is for another host: it names {}; connect by one of these names",
                    names(presented)
                ),
            ),
            CertificateError::Expired => (
                Kind::Expired,
                "has expired: the server has to \
                renew it"
                    .to_owned(),
            ),
            CertificateError::ExpiredContext { time, not_after } => (
                Kind::Expired,
                format!(
                    "has expired {} ago: the server has to renew it, or this machine's \
                    clock is wrong",
                    apart(*not_after, *time)
                ),
            ),
            CertificateError::NotValidYet => (
                Kind::NotYetValid,
                "is not valid yet: is this \
                machine's clock right?"
                    .to_owned(),
            ),
            CertificateError::NotValidYetContext { time, not_before } => (
                Kind::NotYetValid,
                format!(
                    "is valid only in {} from now: is this machine's clock right?",
                    apart(*time, *not_before)
                ),
            ),
            CertificateError::Revoked => (
                Kind::Revoked,
                "was revoked: the server has to get \
                a new one"
                    .to_owned(),
            ),
            CertificateError::UnknownIssuer if self_signed => (
                Kind::SelfSigned,
                format!("is self-signed, so nobody vouches for it: {trust}"),
            ),
            CertificateError::UnknownIssuer => (
                Kind::UnknownIssuer,
                format!("was signed by nobody who is trusted, or its chain is incomplete: {trust}"),
            ),
            CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => (
                Kind::Certificate,
                "was not made for this purpose (its extended key usage lacks serverAuth, or \
                 clientAuth for a client)"
                    .to_owned(),
            ),
            CertificateError::Other(other) => match other.0.downcast_ref() {
                Some(webpki::Error::CaUsedAsEndEntity) if self_signed => (
                    Kind::SelfSigned,
                    format!("is self-signed, so nobody vouches for it: {trust}"),
                ),
                Some(webpki::Error::CaUsedAsEndEntity) => (
                    Kind::Certificate,
                    "is that of a CA, which is for signing and not for serving: issue one \
                     with `CA:FALSE`"
                        .to_owned(),
                ),
                Some(webpki::Error::UnsupportedCertVersion) => {
                    (Kind::Certificate, OLD_VERSION.to_owned())
                }
                _ => (Kind::Certificate, format!("is not acceptable: {other}")),
            },
            other => (Kind::Certificate, format!("is not acceptable: {other}")),
        };
        TlsError::new(kind, format!("{whose} {text}"))
    }
}

/// What is to be said of a certificate without extensions, a peer's or our own.
pub(super) const OLD_VERSION: &str = "is of an old version of X.509: issue one with extensions, \
     subjectAltName among them (openssl x509 -req -extfile …)";

/// Whether it is that.
pub(super) fn is_of_old_version(error: &CertificateError) -> bool {
    let CertificateError::Other(other) = error else {
        return false;
    };
    matches!(
        other.0.downcast_ref(),
        Some(webpki::Error::UnsupportedCertVersion)
    )
}

/// The hosts that a certificate names. A hostile one names very many.
fn names(presented: &[String]) -> String {
    let all: Vec<&str> = presented.iter().map(|name| plain(name)).take(8).collect();
    let more = if presented.len() > 8 { ", …" } else { "" };
    format!("{}{more}", all.join(", "))
}

/// rustls gives names as `DnsName("a.example")`.
fn plain(name: &str) -> &str {
    let inner = name
        .split_once('(')
        .and_then(|(_, rest)| rest.strip_suffix(')'));
    inner.unwrap_or(name).trim_matches('"')
}

/// The time between two moments, roughly.
fn apart(early: UnixTime, late: UnixTime) -> String {
    let seconds = late.as_secs().saturating_sub(early.as_secs());
    match seconds {
        0..7_200 => format!("{} minutes", seconds / 60),
        7_200..172_800 => format!("{} hours", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// The name to check a server's certificate against: of a host, or an address.
pub(super) fn server_name(name: &str) -> Result<ServerName<'static>, TlsError> {
    // An absolute name is the same one (RFC 6066 section 3 sends it without the dot).
    let bare = name.strip_suffix('.').unwrap_or(name);
    let bare = bare
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(bare);
    ServerName::try_from(bare.to_owned()).map_err(|_| {
        let text = format!(
            "{name:?} is no name of a host, nor an address: give the name without port and scheme"
        );
        TlsError::new(Kind::Config, text)
    })
}
