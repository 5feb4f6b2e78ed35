//! Whether a server's certificate is to be trusted. Next: `connector.rs`.
//!
//! The signature that the server makes by its key is checked whatever the certificate is: who is told
//! to accept any certificate, or one by its hash, still talks with who has its key.

use super::certificate::fingerprint;
use super::explain::{Reason, Refused};
use super::provider::sha256;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, ThreadId};

/// What a server's certificate is measured by.
#[derive(Debug)]
pub(super) enum Trust {
    /// A chain to a root, the name and the time. `own` are the certificates that the program gave: one
    /// that is self-signed and stands there may serve, too, as Python and OpenSSL have it.
    Chain {
        judge: Arc<dyn ServerCertVerifier>,
        own: Vec<CertificateDer<'static>>,
    },
    /// These very certificates.
    Pins(Vec<[u8; 32]>),
    /// Anything.
    Anybody,
}

/// The verifier of one connector, shared by its connections.
#[derive(Debug)]
pub(super) struct Verifier {
    trust: Trust,
    provider: Arc<CryptoProvider>,
    /// What was refused last, and by which thread. rustls's error has no room for it. It is taken by
    /// the same thread right after, and only another thread of the same connector can come in between.
    refused: Mutex<Option<(ThreadId, Refused)>>,
}

impl Verifier {
    pub(super) fn new(trust: Trust, provider: Arc<CryptoProvider>) -> Verifier {
        Verifier {
            trust,
            provider,
            refused: Mutex::new(None),
        }
    }

    /// Takes what this thread has refused just now.
    pub(super) fn refused(&self) -> Option<Refused> {
        let mut place = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let (thread, refused) = place.take()?;
        (thread == thread::current().id()).then_some(refused)
    }

    fn judge(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, (Error, Option<Reason>)> {
        match &self.trust {
            Trust::Anybody => Ok(ServerCertVerified::assertion()),
            Trust::Pins(pins) if pins.contains(&sha256(&self.provider, end_entity)) => {
                Ok(ServerCertVerified::assertion())
            }
            Trust::Pins(_) => Err((
                CertificateError::ApplicationVerificationFailure.into(),
                Some(Reason::WrongPin),
            )),
            Trust::Chain { judge, own } => {
                let judged = judge.verify_server_cert(
                    end_entity,
                    intermediates,
                    server_name,
                    ocsp_response,
                    now,
                );
                match judged {
                    // The time was looked at before, the name was not.
                    Err(error) if is_ca_as_server(&error) && own.contains(end_entity) => {
                        let parsed = ParsedCertificate::try_from(end_entity);
                        parsed
                            .and_then(|parsed| verify_server_name(&parsed, server_name))
                            .map(|()| ServerCertVerified::assertion())
                            .map_err(|error| (error, None))
                    }
                    judged => judged.map_err(|error| (error, None)),
                }
            }
        }
    }
}

impl Verifier {
    /// Whether a certificate's own key has signed it. That it names itself as its issuer is not enough: a
    /// CA and its certificates may all be called alike.
    fn is_self_signed(&self, certificate: &CertificateDer<'_>, now: UnixTime) -> bool {
        let Ok(parsed) = webpki::EndEntityCert::try_from(certificate) else {
            return false;
        };
        let Ok(itself) = webpki::anchor_from_trusted_cert(certificate) else {
            return false;
        };
        let algorithms = self.provider.signature_verification_algorithms.all;
        let usage = webpki::KeyUsage::server_auth();
        let itself = [itself];
        match parsed.verify_for_usage(algorithms, &itself, &[], now, usage, None, None) {
            Ok(_) => true,
            // That of a CA is not looked at any further.
            Err(webpki::Error::CaUsedAsEndEntity) => parsed.issuer() == parsed.subject(),
            Err(_) => false,
        }
    }
}

/// Whether all that is wrong is that the certificate is a CA's, as `openssl req -x509` makes them.
fn is_ca_as_server(error: &Error) -> bool {
    let Error::InvalidCertificate(CertificateError::Other(other)) = error else {
        return false;
    };
    matches!(
        other.0.downcast_ref(),
        Some(webpki::Error::CaUsedAsEndEntity)
    )
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.judge(end_entity, intermediates, server_name, ocsp_response, now)
            .map_err(|(error, reason)| {
                let refused = Refused {
                    fingerprint: fingerprint(&sha256(&self.provider, end_entity)),
                    self_signed: self.is_self_signed(end_entity, now),
                    reason,
                };
                let mut place = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
                *place = Some((thread::current().id(), refused));
                error
            })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
