//! What a handshake agrees on, and what both ends can see of it.

use crate::made::{Ca, Ends, built, connected, shake, usual};
use oneloop_net::duplex;
use oneloop_net::tls::{TlsAcceptor, TlsErrorKind, TlsVersion};

const VERSIONS: [TlsVersion; 2] = [TlsVersion::V1_2, TlsVersion::V1_3];

/// Says something each way, which also brings a client the tickets of its session.
async fn talk((client, server): &Ends) {
    let mut buffer = [0; 4];
    client.write_all(b"ping").await.unwrap();
    server.read_exact(&mut buffer).await.unwrap();
    assert_eq!(&buffer, b"ping");
    server.write_all(b"pong").await.unwrap();
    client.read_exact(&mut buffer).await.unwrap();
    assert_eq!(&buffer, b"pong");
}

#[test]
fn both_versions_are_spoken_and_the_newer_one_is_preferred() {
    oneloop::run(async {
        let ca = Ca::new("ours");
        for version in VERSIONS {
            let server = TlsAcceptor::builder(ca.issue("localhost"));
            let pair = built(
                ca.client().min_version(version).max_version(version),
                server,
            );
            let ends = connected(&pair).await;
            assert_eq!((ends.0.version(), ends.1.version()), (version, version));
            assert_eq!(ends.0.cipher_suite(), ends.1.cipher_suite());
            assert!(ends.0.cipher_suite().starts_with("TLS"));
            talk(&ends).await;
        }
        let ends = connected(&usual()).await;
        assert_eq!(ends.0.version(), TlsVersion::V1_3);
    });
}

#[test]
fn the_protocol_is_the_first_of_the_servers_that_the_client_offers() {
    oneloop::run(async {
        let ca = Ca::new("ours");
        let server = || TlsAcceptor::builder(ca.issue("localhost"));
        let pair = built(
            ca.client().alpn(["http/1.1", "h2"]),
            server().alpn(["h2", "http/1.1"]),
        );
        let (client, accepted) = connected(&pair).await;
        assert_eq!(client.alpn().unwrap(), b"h2");
        assert_eq!(accepted.alpn().unwrap(), b"h2");
        for (client, server) in [
            (ca.client().alpn(["h2"]), server()),
            (ca.client(), server().alpn(["h2"])),
        ] {
            let (client, server) = connected(&built(client, server)).await;
            assert_eq!((client.alpn(), server.alpn()), (None, None));
        }
    });
}

#[test]
fn the_server_learns_the_name_unless_it_is_kept_back_or_an_address() {
    oneloop::run(async {
        let ca = Ca::new("ours");
        let identity = ca.issue_as("localhost", |params| {
            let address = rcgen::SanType::IpAddress("127.0.0.1".parse().unwrap());
            params.subject_alt_names.push(address);
        });
        let server = TlsAcceptor::builder(identity);
        let pair = built(ca.client(), server.clone());
        let quiet = built(ca.client().sni(false), server);
        for (pair, name, told) in [
            (&pair, "localhost", Some("localhost")),
            (&pair, "LOCALHOST.", Some("localhost")),
            (&pair, "127.0.0.1", None),
            (&quiet, "localhost", None),
        ] {
            let (client, server) = shake(pair, name, duplex(4096)).await;
            let name = server.unwrap().server_name();
            assert_eq!(name.map(|name| name.to_lowercase()).as_deref(), told);
            assert_eq!(client.unwrap().server_name(), None);
        }
    });
}

#[test]
fn a_second_connection_resumes_the_session_and_both_ends_see_it() {
    oneloop::run(async {
        let ca = Ca::new("ours");
        for version in VERSIONS {
            let client = || ca.client().max_version(version);
            let server = || TlsAcceptor::builder(ca.issue("localhost"));
            let pair = built(client(), server());
            for resumed in [false, true, true] {
                let ends = connected(&pair).await;
                talk(&ends).await;
                let seen = (ends.0.resumed(), ends.1.resumed());
                assert_eq!(seen, (resumed, resumed), "{version:?}");
            }
            // Another connector knows nothing of it, and who keeps no sessions resumes none.
            for pair in [
                built(client().sessions(0), server()),
                built(client(), server().sessions(0)),
            ] {
                for _ in 0..2 {
                    let ends = connected(&pair).await;
                    talk(&ends).await;
                    assert_eq!((ends.0.resumed(), ends.1.resumed()), (false, false));
                }
            }
        }
    });
}

#[test]
fn a_client_with_a_certificate_is_known_by_it_also_when_it_resumes() {
    oneloop::run(async {
        let ca = Ca::new("of clients");
        for version in VERSIONS {
            let server = TlsAcceptor::builder(ca.issue("localhost")).client_root_pem(&ca.pem);
            let client = ca.client().identity(ca.issue("alice")).max_version(version);
            let pair = built(client, server);
            for resumed in [false, true] {
                let ends = connected(&pair).await;
                talk(&ends).await;
                assert_eq!(ends.1.resumed(), resumed);
                let shown = ends.1.peer_certificates();
                assert_eq!(shown.len(), 1);
                let text = String::from_utf8_lossy(&shown[0]).into_owned();
                assert!(text.contains("alice"));
                assert_eq!(ends.0.peer_certificates().len(), 1);
            }
        }
    });
}

#[test]
fn a_certificate_of_the_client_may_be_optional() {
    oneloop::run(async {
        let ca = Ca::new("ours");
        let server = TlsAcceptor::builder(ca.issue("localhost"))
            .client_root_pem(&ca.pem)
            .clients_without_certificate(true);
        let ends = connected(&built(ca.client(), server.clone())).await;
        talk(&ends).await;
        assert!(ends.1.peer_certificates().is_empty());
        // One that is shown has to be good all the same.
        let foreign = ca.client().identity(Ca::new("foreign").issue("mallory"));
        let (_, server) = shake(&built(foreign, server), "localhost", duplex(4096)).await;
        assert_eq!(server.unwrap_err().kind(), TlsErrorKind::UnknownIssuer);
    });
}

#[test]
fn a_stream_is_handed_over_in_the_midst_of_a_protocol() {
    oneloop::run(async {
        let (connector, acceptor) = usual();
        let (ours, theirs) = duplex(4096);
        let server = async {
            let mut line = [0; 9];
            theirs.read_exact(&mut line).await.unwrap();
            assert_eq!(&line, b"STARTTLS\n");
            theirs.write_all(b"220 go ahead\n").await.unwrap();
            acceptor.accept(theirs).await.unwrap()
        };
        let client = async {
            ours.write_all(b"STARTTLS\n").await.unwrap();
            let mut line = [0; 13];
            ours.read_exact(&mut line).await.unwrap();
            connector.connect("localhost", ours).await.unwrap()
        };
        let ends = oneloop::gather((client, server)).await;
        talk(&ends).await;
    });
}
