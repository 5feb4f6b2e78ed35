//! Which certificate a server shows, by the name that the client asks for (SNI). Next: `first_bytes.rs`.
//!
//! Discussion: a name that no certificate is for gets the usual one. To refuse it would tell the client
//! less: shown a certificate, it says for whom that is. rustls could send no fitting alert, and RFC
//! 6066 section 3 leaves it to the server:
//!
//! > If the server understood the ClientHello extension but does not recognize the server name, the
//! > server SHOULD take one of two actions: either abort the handshake by sending a fatal-level
//! > unrecognized_name(112) alert or continue the handshake.

use super::builder::wrong_identity;
use super::certificate::Identity;
use super::error::{TlsError, TlsErrorKind};
use super::explain::server_name;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::ServerName;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::collections::HashMap;
use std::sync::Arc;

/// All certificates of a server.
#[derive(Debug)]
pub(super) struct ByName {
    /// For whoever asks for none of the names, or for nobody.
    usual: Arc<CertifiedKey>,
    /// By names in small letters. `*.a.example` stands under `.a.example`.
    named: HashMap<String, Arc<CertifiedKey>>,
}

impl ByName {
    pub(super) fn new(usual: Identity, provider: &CryptoProvider) -> Result<ByName, TlsError> {
        Ok(ByName {
            usual: loaded(usual, provider)?,
            named: HashMap::new(),
        })
    }

    /// Takes one for some names, each of which it has to be for.
    pub(super) fn add(
        &mut self,
        names: Vec<String>,
        identity: Identity,
        provider: &CryptoProvider,
    ) -> Result<(), TlsError> {
        let loaded = loaded(identity, provider)?;
        for name in names {
            // Any name below it will do.
            let example = name.replacen("*.", "any.", usize::from(name.starts_with("*.")));
            fits(&loaded, &name, &server_name(&example)?)?;
            let name = name.strip_suffix('.').unwrap_or(&name);
            let key = name.strip_prefix('*').unwrap_or(name).to_ascii_lowercase();
            if self.named.insert(key, loaded.clone()).is_some() {
                return Err(wrong(format!("{name:?} was given two certificates")));
            }
        }
        Ok(())
    }

    /// The one for a name: that of the very name, or of all names below the next one.
    fn find(&self, name: &str) -> &Arc<CertifiedKey> {
        if self.named.is_empty() {
            return &self.usual;
        }
        // RFC 6066 section 3 has no dot at the end, but some send it.
        let name = name.strip_suffix('.').unwrap_or(name);
        let name = name.to_ascii_lowercase();
        let found = self.named.get(&name).or_else(|| {
            let dot = name.find('.')?;
            self.named.get(&name[dot..])
        });
        found.unwrap_or(&self.usual)
    }
}

impl ResolvesServerCert for ByName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let found = hello.server_name().map(|name| self.find(name));
        Some(found.unwrap_or(&self.usual).clone())
    }
}

fn loaded(identity: Identity, provider: &CryptoProvider) -> Result<Arc<CertifiedKey>, TlsError> {
    let Identity { chain, key } = identity;
    let loaded = CertifiedKey::from_der(chain, key, provider).map_err(wrong_identity)?;
    Ok(Arc::new(loaded))
}

/// A client that asks for this name would refuse a certificate that is not for it.
fn fits(loaded: &CertifiedKey, name: &str, example: &ServerName<'_>) -> Result<(), TlsError> {
    if !matches!(example, ServerName::DnsName(_)) {
        let text = format!(
            "{name:?} is an address, and clients ask for names only (RFC 6066 section 3): give its \
             certificate to `TlsAcceptor::builder(..)`"
        );
        return Err(wrong(text));
    }
    let shown = loaded.end_entity_cert().map_err(wrong_identity)?;
    let parsed = webpki::EndEntityCert::try_from(shown);
    let fits = parsed.and_then(|parsed| parsed.verify_is_valid_for_subject_name(example));
    fits.map_err(|error| {
        let text = format!(
            "the certificate that was given for {name:?} is not for that name: clients that ask for \
             it would refuse it"
        );
        wrong(text).because(error)
    })
}

fn wrong(text: String) -> TlsError {
    TlsError::new(TlsErrorKind::Config, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dot_at_the_end_of_what_a_client_asks_for_changes_nothing() {
        let provider = super::super::provider::provider();
        let identity = |name: &str| {
            let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
            Identity::from_pem(made.cert.pem(), made.signing_key.serialize_pem()).unwrap()
        };
        let mut shown = ByName::new(identity("usual.example"), &provider).unwrap();
        for name in ["a.example", "*.b.example"] {
            let names = vec![name.to_owned()];
            shown.add(names, identity(name), &provider).unwrap();
        }
        for name in ["a.example", "x.b.example"] {
            let found = shown.find(name);
            assert!(!Arc::ptr_eq(found, &shown.usual));
            assert!(Arc::ptr_eq(found, shown.find(&format!("{name}."))));
        }
    }
}
