//! What is refused, with the kind and the text of each error, on both sides.

use crate::made::{Ca, built, self_signed, shake, usual};
use oneloop::Loop;
use oneloop_net::tls::{
    Identity, TlsAcceptor, TlsConnector, TlsError, TlsErrorKind as Kind, TlsVersion,
};
use oneloop_net::{TcpListener, TcpStream, duplex};
use rcgen::{BasicConstraints, IsCa, date_time_ymd};
use std::io;
use std::time::Duration;

/// What both sides made of a handshake and the first word of each, if they came so far.
async fn outcome(pair: &(TlsConnector, TlsAcceptor), name: &str) -> [Result<(), TlsError>; 2] {
    let (client, server) = shake(pair, name, duplex(64 * 1024)).await;
    let word = |error: io::Error| TlsError::of(&error).expect("an error of TLS").clone();
    // A TLS 1.3 client learns only by reading whether its certificate was taken.
    if let Ok(server) = &server {
        let _ = server.write_all(b"!").await;
    } else if let Ok(client) = &client {
        let read = client.read(&mut [0]).await;
        return [read.map(drop).map_err(word), server.map(drop)];
    }
    [client.map(drop), server.map(drop)]
}

fn kinds(outcome: &[Result<(), TlsError>; 2]) -> [Option<Kind>; 2] {
    outcome
        .each_ref()
        .map(|side| side.as_ref().err().map(TlsError::kind))
}

#[test]
fn each_bad_certificate_has_an_error_of_its_own_that_names_the_cure() {
    oneloop::run(async {
        let ca = Ca::new("ours");
        let old = ca.issue_as("localhost", |params| {
            params.not_before = date_time_ymd(2001, 1, 1);
            params.not_after = date_time_ymd(2002, 1, 1);
        });
        let early = ca.issue_as("localhost", |params| {
            params.not_before = date_time_ymd(2901, 1, 1);
            params.not_after = date_time_ymd(2902, 1, 1);
        });
        let nameless = ca.issue_as("localhost", |params| params.subject_alt_names.clear());
        let wrong_use = ca.issue_as("localhost", |params| {
            params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
        });
        let authority = ca.issue_as("localhost", |params| {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        });
        let own = |is_ca| self_signed("localhost", |params| params.is_ca = is_ca).0;
        let namesake = Ca::without_name().issue_as("localhost", |params| {
            params.distinguished_name = rcgen::DistinguishedName::new();
        });
        for (identity, kind, cure) in [
            (
                namesake,
                Kind::UnknownIssuer,
                "signed by nobody who is trusted",
            ),
            (
                ca.issue("a.example"),
                Kind::WrongHost,
                "it names a.example; connect by one of",
            ),
            (nameless, Kind::WrongHost, "names no host at all"),
            (old, Kind::Expired, "days ago: the server has to renew it"),
            (early, Kind::NotYetValid, "is this machine's clock right?"),
            (own(IsCa::NoCa), Kind::SelfSigned, "`.pin_sha256(\""),
            (
                own(IsCa::Ca(BasicConstraints::Unconstrained)),
                Kind::SelfSigned,
                "`.root_pem(..)`",
            ),
            (
                Ca::new("foreign").issue("localhost"),
                Kind::UnknownIssuer,
                "`.root_pem(..)`",
            ),
            (wrong_use, Kind::Certificate, "extended key usage"),
            (authority, Kind::Certificate, "CA:FALSE"),
        ] {
            let pair = built(ca.client(), TlsAcceptor::builder(identity));
            let outcome = outcome(&pair, "localhost").await;
            let text = outcome[0].as_ref().unwrap_err().to_string();
            println!("{text}\n    {}", outcome[1].as_ref().unwrap_err());
            assert_eq!(kinds(&outcome), [Some(kind), Some(Kind::Refused)], "{text}");
            assert!(
                text.starts_with("the certificate of \"localhost\" "),
                "{text}"
            );
            assert!(text.contains(cure), "{text}");
        }
    });
}

/// Feature row 11.
#[test]
fn a_self_signed_certificate_is_trusted_in_the_ways_that_its_error_tells() {
    oneloop::run(async {
        for is_ca in [IsCa::NoCa, IsCa::Ca(BasicConstraints::Unconstrained)] {
            let (identity, pem) = self_signed("localhost", |params| params.is_ca = is_ca);
            let server = TlsAcceptor::builder(identity);
            let client = TlsConnector::builder;
            let refused = outcome(&built(client(), server.clone()), "localhost").await;
            let text = refused[0].as_ref().unwrap_err().to_string();
            let pin = text.split('"').find(|part| part.len() == 95).unwrap();

            let by_root = built(client().root_pem(&pem), server.clone());
            assert_eq!(kinds(&outcome(&by_root, "localhost").await), [None, None]);
            let wrong_host = outcome(&by_root, "other.example").await;
            assert_eq!(kinds(&wrong_host)[0], Some(Kind::WrongHost));

            let by_pin = built(client().pin_sha256(pin), server.clone());
            assert_eq!(kinds(&outcome(&by_pin, "localhost").await), [None, None]);
            let by_no_check = built(client().danger_accept_invalid_certs(), server);
            assert_eq!(
                kinds(&outcome(&by_no_check, "any.example").await),
                [None, None]
            );
        }
    });
}

#[test]
fn a_pin_trusts_one_certificate_and_no_other_of_the_same_ca() {
    oneloop::run(async {
        let ca = Ca::new("ours");
        let server = TlsAcceptor::builder(ca.issue("localhost"));
        let client = ca.client().pin_sha256(&"ab".repeat(32));
        let outcome = outcome(&built(client, server), "localhost").await;
        assert_eq!(kinds(&outcome), [Some(Kind::WrongPin), Some(Kind::Refused)]);
        let text = outcome[0].as_ref().unwrap_err().to_string();
        assert!(text.contains("its sha256 is "), "{text}");
    });
}

#[test]
fn a_pin_holds_also_where_any_certificate_is_accepted() {
    oneloop::run(async {
        let server = TlsAcceptor::builder(Ca::new("ours").issue("localhost"));
        let client = TlsConnector::builder()
            .pin_sha256(&"ab".repeat(32))
            .danger_accept_invalid_certs();
        let outcome = outcome(&built(client, server), "localhost").await;
        assert_eq!(kinds(&outcome), [Some(Kind::WrongPin), Some(Kind::Refused)]);
    });
}

#[test]
fn what_the_two_do_not_have_in_common_is_named_on_both_sides() {
    oneloop::run(async {
        let ca = Ca::new("ours");
        let client = || ca.client();
        let server = || TlsAcceptor::builder(ca.issue("localhost"));
        let asks = || server().client_root_pem(&ca.pem);
        let new = TlsVersion::V1_3;
        let old = TlsVersion::V1_2;
        let stranger = || client().identity(Ca::new("foreign").issue("mallory"));
        for (client, server, at_client, at_server) in [
            (
                client().min_version(new),
                server().max_version(old),
                Kind::NoCommonVersion,
                Kind::NoCommonVersion,
            ),
            (
                client().max_version(old),
                server().min_version(new),
                Kind::NoCommonVersion,
                Kind::NoCommonVersion,
            ),
            (
                client().alpn(["h2"]),
                server().alpn(["http/1.1"]),
                Kind::NoCommonProtocol,
                Kind::NoCommonProtocol,
            ),
            (client(), asks(), Kind::NoCertificate, Kind::NoCertificate),
            (
                client().max_version(old),
                asks(),
                Kind::NoCertificate,
                Kind::NoCertificate,
            ),
            (stranger(), asks(), Kind::Refused, Kind::UnknownIssuer),
            (
                stranger().max_version(old),
                asks(),
                Kind::Refused,
                Kind::UnknownIssuer,
            ),
        ] {
            let outcome = outcome(&built(client, server), "localhost").await;
            println!("{outcome:?}");
            assert_eq!(kinds(&outcome), [Some(at_client), Some(at_server)]);
        }
    });
}

#[test]
fn a_writer_that_was_refused_learns_why() {
    // The server refuses the certificate that it wanted, and closes: the client, which has its handshake
    // behind it, only writes.
    oneloop::run(async {
        let ca = Ca::new("ours");
        let server = TlsAcceptor::builder(ca.issue("localhost")).client_root_pem(&ca.pem);
        let (connector, acceptor) = built(ca.client(), server);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        let (theirs, _) = listener.accept().await.unwrap();
        let both = (
            connector.connect("localhost", stream),
            acceptor.accept(theirs),
        );
        let (client, server) = oneloop::gather(both).await;
        assert_eq!(server.unwrap_err().kind(), Kind::NoCertificate);
        let client = client.unwrap();
        let error = loop {
            match client.write_all(&[7; 1000]).await {
                Ok(()) => oneloop::yield_now().await,
                Err(error) => break error,
            }
        };
        assert_eq!(
            TlsError::of(&error).unwrap().kind(),
            Kind::NoCertificate,
            "{error}"
        );
    });
}

#[test]
fn a_peer_without_tls_is_quoted() {
    oneloop::run(async {
        let (connector, acceptor) = usual();
        for said in [
            "HTTP/1.1 400 Bad Request\r\n\r\n",
            "220 mail ready\r\n",
            "S",
        ] {
            let (ours, theirs) = duplex(4096);
            theirs.write_all(said.as_bytes()).await.unwrap();
            let error = connector.connect("localhost", ours).await.unwrap_err();
            assert_eq!(error.kind(), Kind::NotTls, "{error}");
            assert!(error.to_string().contains(said.trim()), "{error}");
        }
        let (ours, theirs) = duplex(4096);
        ours.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .await
            .unwrap();
        let error = acceptor.accept(theirs).await.unwrap_err();
        assert_eq!(error.kind(), Kind::NotTls);
        assert!(error.to_string().contains("https://"), "{error}");
        // What begins as TLS does and is none.
        let (ours, theirs) = duplex(4096);
        ours.write_all(b"\x16\x03\x01\x00\x05hello").await.unwrap();
        let error = acceptor.accept(theirs).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Protocol, "{error}");
    });
}

#[test]
fn a_peer_that_leaves_or_is_silent_ends_the_handshake() {
    let event_loop = Loop::builder().paused_clock().build().unwrap();
    event_loop.block_on(async {
        let (connector, acceptor) = usual();
        let (ours, theirs) = duplex(4096);
        drop(theirs);
        let error = connector.connect("localhost", ours).await.unwrap_err();
        assert_eq!(error.kind(), Kind::HandshakeCut);
        let text = error.to_string();
        assert!(text.contains("reset the connection before it"), "{text}");
        assert_eq!(io::Error::from(error).kind(), io::ErrorKind::BrokenPipe);

        let (ours, theirs) = duplex(4096);
        theirs.shutdown(std::net::Shutdown::Write).unwrap();
        let error = connector.connect("localhost", ours).await.unwrap_err();
        assert_eq!(error.kind(), Kind::HandshakeCut);
        assert!(
            error.to_string().contains("before it said anything"),
            "{error}"
        );

        let (ours, theirs) = duplex(4096);
        let begin = oneloop::now();
        let error = connector.connect("localhost", ours).await.unwrap_err();
        assert_eq!(error.kind(), Kind::HandshakeTimeout, "{error}");
        assert!(error.to_string().contains("60s"), "{error}");
        assert_eq!(oneloop::now() - begin, Duration::from_secs(60));
        drop(theirs);

        let (ours, theirs) = duplex(4096);
        ours.write_all(b"\x16\x03").await.unwrap();
        let error = acceptor.accept(theirs).await.unwrap_err();
        assert_eq!(error.kind(), Kind::HandshakeTimeout, "{error}");
        assert_eq!(io::Error::from(error).kind(), io::ErrorKind::TimedOut);
    });
}

#[test]
fn what_does_not_fit_is_told_when_it_is_built() {
    let ca = Ca::new("ours");
    let (one, _) = self_signed("localhost", |_| {});
    let key = rcgen::KeyPair::generate().unwrap();
    let (_, other_pem) = self_signed("localhost", |_| {});
    let mixed = Identity::from_pem(&other_pem, key.serialize_pem()).unwrap();
    let client = TlsConnector::builder;
    let server = |identity| TlsAcceptor::builder(identity);
    let (old, new) = (TlsVersion::V1_2, TlsVersion::V1_3);
    let told = [
        (
            client().root_pem("nothing").build().map(drop),
            "holds no `-----BEGIN CERTIFICATE-----`",
        ),
        (
            client()
                .root_pem_file("/nonexistent/ca.pem")
                .build()
                .map(drop),
            "/nonexistent/ca.pem can't be read",
        ),
        (
            client().only_own_roots().build().map(drop),
            "nobody is trusted",
        ),
        (client().pin_sha256("abc").build().map(drop), "no sha256"),
        (
            client().min_version(new).max_version(old).build().map(drop),
            "no version of TLS",
        ),
        (
            client().identity(mixed.clone()).build().map(drop),
            "the private key is not that of the certificate",
        ),
        (
            server(mixed).build().map(drop),
            "the private key is not that of the certificate",
        ),
        (
            server(one.clone()).client_root_pem("").build().map(drop),
            "clients holds no",
        ),
        (
            server(one.clone())
                .min_version(new)
                .max_version(old)
                .build()
                .map(drop),
            "no version of TLS",
        ),
        (
            Identity::from_pem(&ca.pem, "").map(drop),
            "the private key holds no",
        ),
        (
            Identity::from_pem("", "").map(drop),
            "the certificate chain holds no",
        ),
        (
            Identity::from_pem_files("/nonexistent", "/nonexistent").map(drop),
            "can't be read",
        ),
    ];
    for (result, text) in told {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), Kind::Config, "{error}");
        assert!(error.to_string().contains(text), "{error}");
        assert_eq!(io::Error::from(error).kind(), io::ErrorKind::InvalidInput);
    }
    oneloop::run(async {
        let connector = client().build().unwrap();
        for name in ["", "https://a.example", "a.example:443", "a b"] {
            let error = connector.connect(name, duplex(1).0).await.unwrap_err();
            assert_eq!(error.kind(), Kind::Config, "{name}");
        }
    });
}

#[cfg(feature = "tls-platform-verifier")]
#[test]
fn the_system_judges_where_it_is_told_to_and_own_roots_count_beside_its_own() {
    oneloop::run(async {
        let ca = Ca::new("ours");
        let client = || TlsConnector::builder().platform_verifier();
        for (client, name, kind) in [
            (client().root_pem(&ca.pem), "localhost", None),
            (
                client().root_pem(&ca.pem),
                "a.example",
                Some(Kind::WrongHost),
            ),
            (
                client().root_pem(&Ca::new("foreign").pem),
                "localhost",
                Some(Kind::UnknownIssuer),
            ),
        ] {
            let server = TlsAcceptor::builder(ca.issue("localhost"));
            let outcome = outcome(&built(client, server), name).await;
            assert_eq!(kinds(&outcome)[0], kind);
        }
    });
}
