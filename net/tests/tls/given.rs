//! Certificates, keys, hashes and names in the forms in which they are given. Next: `refused.rs`.

use crate::made::{Ca, built, self_signed, shake};
use oneloop_net::duplex;
use oneloop_net::tls::{Identity, TlsAcceptor, TlsConnector, TlsError, TlsErrorKind as Kind};

/// A certificate of the first version, which has no extensions; and its key. (`openssl x509 -req` without `-extfile`.)
const OLD: &str = "\
-----BEGIN CERTIFICATE-----
MIIBJDCBywIUMkMJiQ13CmGJEdKsiWYeYI+XyhcwCgYIKoZIzj0EAwIwFDESMBAG
A1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMjAxMTI0N1oYDzIxMjYxMDI5MDExMjQ3
WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AARKXqxEzmTXxr6XFJNoWBh9AsGlohe0f6pWesSk/Z3MqgA5kv59jSzHDef0O44d
DTUb6wv4j40OlVUFiIM0YfEtMAoGCCqGSM49BAMCA0gAMEUCIANkySCTjMOW7Fhk
Uw+fgzEGJ7OsBh+3S6XZS9+uxlLXAiEAiZTV6hCpas42/pR09TVuTBlR56+NP93T
nmIJkHkX9mc=
-----END CERTIFICATE-----
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg1XxDbGZwgcWKKyI0
jltNVhU05cyY/mbkzJPzohZEXqOhRANCAARKXqxEzmTXxr6XFJNoWBh9AsGlohe0
f6pWesSk/Z3MqgA5kv59jSzHDef0O44dDTUb6wv4j40OlVUFiIM0YfEt
-----END PRIVATE KEY-----
";

fn told<T>(result: Result<T, TlsError>) -> String {
    let error = result.map(drop).unwrap_err();
    assert_eq!(error.kind(), Kind::Config, "{error}");
    error.to_string()
}

#[test]
fn an_own_certificate_of_the_first_version_is_explained_as_a_peers_is() {
    let old = Identity::from_pem(OLD, OLD).unwrap();
    let (new, _) = self_signed("localhost", |_| {});
    for text in [
        told(TlsAcceptor::builder(old.clone()).build()),
        told(TlsConnector::builder().identity(old.clone()).build()),
        told(
            TlsAcceptor::builder(new)
                .identity_for(["localhost"], old)
                .build(),
        ),
    ] {
        assert!(text.contains("openssl x509 -req -extfile"), "{text}");
        assert!(!text.contains("UnsupportedCertVersion"), "{text}");
    }
}

#[test]
fn a_key_with_a_passphrase_is_told_in_both_of_its_forms() {
    let (_, certificate) = self_signed("localhost", |_| {});
    for key in [
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIHsMFcGCSqGSIb3\n-----END ENCRYPTED PRIVATE KEY-----\n",
        "-----BEGIN EC PRIVATE KEY-----\r\nProc-Type: 4,ENCRYPTED\r\nDEK-Info: AES-128-CBC,39DECCEF\r\n\r\n\
         Zm9yZXZlcg==\r\n-----END EC PRIVATE KEY-----\r\n",
    ] {
        let text = told(Identity::from_pem(&certificate, key));
        assert!(
            text.contains("has a passphrase: decrypt it first"),
            "{text}"
        );
    }
    let damaged = "-----BEGIN PRIVATE KEY-----\n?\n-----END PRIVATE KEY-----\n";
    let text = told(Identity::from_pem(&certificate, damaged));
    assert!(text.contains("no valid PEM"), "{text}");
}

/// As `openssl x509 -noout -fingerprint -sha256` prints it, with the end of the line.
#[test]
fn a_pin_is_taken_as_openssl_prints_it() {
    oneloop::run(async {
        let (identity, _) = self_signed("localhost", |_| {});
        let server = TlsAcceptor::builder(identity);
        let refused = built(TlsConnector::builder(), server.clone());
        let (client, _) = shake(&refused, "localhost", duplex(64 * 1024)).await;
        let text = client.unwrap_err().to_string();
        let print = text.split('"').find(|part| part.len() == 95).unwrap();
        let line = format!("sha256 Fingerprint={print}\n");
        let pinned = built(TlsConnector::builder().pin_sha256(&line), server);
        let (client, server) = shake(&pinned, "localhost", duplex(64 * 1024)).await;
        assert!(client.is_ok() && server.is_ok());
    });
}

#[test]
fn the_name_of_a_protocol_has_a_byte_at_least_and_255_at_most() {
    let ca = Ca::new("ours");
    let server = || TlsAcceptor::builder(ca.issue("localhost"));
    for (name, how) in [
        ("", "is empty"),
        (&"h".repeat(256), "longer than 255 bytes"),
    ] {
        for text in [
            told(TlsConnector::builder().alpn(["h2", name]).build()),
            told(server().alpn(["h2", name]).build()),
        ] {
            assert!(text.contains(how) && text.contains("`.alpn(..)`"), "{text}");
        }
    }
    let longest = ["h".repeat(255)];
    assert!(TlsConnector::builder().alpn(&longest).build().is_ok());
    assert!(server().alpn(&longest).build().is_ok());
}

/// Its greeting has no extensions, so it can't name signatures either (RFC 4346 section 7.4.1.2).
#[test]
fn a_client_that_is_too_old_is_told_to_be_of_another_version() {
    oneloop::run(async {
        let (identity, _) = self_signed("localhost", |_| {});
        let acceptor = TlsAcceptor::builder(identity).build().unwrap();
        let (ours, theirs) = duplex(64 * 1024);
        let mut hello = vec![0x16, 3, 1, 0, 45, 1, 0, 0, 41, 3, 2];
        hello.extend([7; 32]); // The random bytes.
        hello.extend([0, 0, 2, 0xc0, 0x09, 1, 0]); // No session, one cipher suite, no compression.
        theirs.write_all(&hello).await.unwrap();
        let error = acceptor.accept(ours).await.unwrap_err();
        assert_eq!(error.kind(), Kind::NoCommonVersion, "{error}");
        assert!(error.to_string().contains("TLS 1.1"), "{error}");
    });
}
