//! Servers with several certificates: which one a client is shown, by the name that it asks for.

use crate::made::{Ca, built, shake};
use oneloop_net::duplex;
use oneloop_net::tls::{Identity, TlsAcceptor, TlsError, TlsErrorKind, TlsVersion};

/// The names in a certificate that came as DER.
fn is_for(certificates: &[Vec<u8>], name: &str) -> bool {
    let text = String::from_utf8_lossy(&certificates[0]).into_owned();
    text.contains(name)
}

#[test]
fn each_client_is_shown_the_certificate_for_the_name_that_it_asks_for() {
    oneloop::run(async {
        let ca = Ca::new("ours");
        for version in [TlsVersion::V1_2, TlsVersion::V1_3] {
            let server = TlsAcceptor::builder(ca.issue("usual.example"))
                .identity_for(["a.example", "www.a.example"], {
                    ca.issue_as("a.example", |params| {
                        let also = "www.a.example".try_into().unwrap();
                        params.subject_alt_names.push(rcgen::SanType::DnsName(also));
                    })
                })
                .identity_for(["*.b.example"], ca.issue("*.b.example"))
                .identity_for(["Very.B.Example."], ca.issue("very.b.example"));
            let pair = built(ca.client().max_version(version), server);
            for (asked, shown) in [
                ("usual.example", "usual.example"),
                ("a.example", "www.a.example"),
                ("www.a.example", "www.a.example"),
                ("WWW.A.example.", "www.a.example"),
                ("x.b.example", "*.b.example"),
                ("very.b.example", "very.b.example"),
            ] {
                let (client, server) = shake(&pair, asked, duplex(65536)).await;
                let client = client.unwrap_or_else(|error| panic!("{asked}: {error}"));
                assert!(is_for(&client.peer_certificates(), shown), "{asked}");
                assert!(server.unwrap().server_name().is_some());
            }
        }
    });
}

#[test]
fn who_asks_for_an_unknown_name_or_none_is_shown_the_first_one_and_judges_it() {
    oneloop::run(async {
        let ca = Ca::new("ours");
        let server = TlsAcceptor::builder(ca.issue("usual.example"))
            .identity_for(["a.example"], ca.issue("a.example"))
            .identity_for(["*.b.example"], ca.issue("*.b.example"));
        let pair = built(ca.client(), server.clone());
        // A star is one label: neither none, nor two.
        for unknown in ["c.example", "x.a.example", "b.example", "x.y.b.example"] {
            let (client, server) = shake(&pair, unknown, duplex(65536)).await;
            let error = client.unwrap_err();
            assert_eq!(error.kind(), TlsErrorKind::WrongHost, "{unknown}");
            assert!(
                error.to_string().contains("it names usual.example"),
                "{error}"
            );
            assert_eq!(server.unwrap_err().kind(), TlsErrorKind::Refused);
        }
        let quiet = built(ca.client().sni(false), server);
        for (name, fits) in [("usual.example", true), ("a.example", false)] {
            let (client, server) = shake(&quiet, name, duplex(65536)).await;
            assert_eq!(client.is_ok(), fits, "{name}");
            if let Ok(server) = server {
                assert_eq!(server.server_name(), None);
            }
        }
    });
}

/// A ticket that was given for one name is of no use for another.
#[test]
fn a_session_is_resumed_under_its_own_name_only() {
    oneloop::run(async {
        let ca = Ca::new("ours");
        for version in [TlsVersion::V1_2, TlsVersion::V1_3] {
            let server = TlsAcceptor::builder(ca.issue("a.example"))
                .identity_for(["b.example"], ca.issue("b.example"));
            let pair = built(ca.client().max_version(version), server);
            let mut seen = Vec::new();
            for name in ["a.example", "b.example", "b.example", "a.example"] {
                let (client, server) = shake(&pair, name, duplex(65536)).await;
                let (client, server) = (client.unwrap(), server.unwrap());
                server.write_all(b"!").await.unwrap();
                client.read_exact(&mut [0]).await.unwrap();
                assert!(is_for(&client.peer_certificates(), name));
                seen.push((client.resumed(), server.resumed()));
            }
            let due = [false, false, true, true].map(|resumed| (resumed, resumed));
            assert_eq!(seen, due, "{version:?}");
        }
    });
}

#[test]
fn a_certificate_that_can_not_serve_its_name_is_a_mistake_told_by_build() {
    let ca = Ca::new("ours");
    let mistake = |names: &[&str], identity: Identity| -> TlsError {
        let builder = TlsAcceptor::builder(ca.issue("usual.example"));
        builder.identity_for(names, identity).build().unwrap_err()
    };
    let (a, star) = (|| ca.issue("a.example"), || ca.issue("*.a.example"));
    for (error, told) in [
        (mistake(&["b.example"], a()), "is not for that name"),
        (mistake(&["*.a.example"], a()), "is not for that name"),
        (mistake(&["a.example"], star()), "is not for that name"),
        (
            mistake(&["a.example", "A.example."], a()),
            "two certificates",
        ),
        (mistake(&["a name"], a()), "is no name of a host"),
        (mistake(&["10.0.0.1"], a()), "is an address"),
    ] {
        assert_eq!(error.kind(), TlsErrorKind::Config);
        assert!(error.to_string().contains(told), "{error}");
    }
    let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
    let (_, pem) = crate::made::self_signed("a.example", |_| {});
    let strange = Identity::from_pem(pem, key).unwrap();
    let error = mistake(&["a.example"], strange).to_string();
    assert!(error.contains("not that of the certificate"), "{error}");
}
