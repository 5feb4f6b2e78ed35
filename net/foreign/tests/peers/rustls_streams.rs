//! futures-rustls, which takes our streams as they are. Next: `websockets.rs`.

use crate::{run, serve};
use futures_lite::{AsyncReadExt, AsyncWriteExt};
use futures_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use futures_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use futures_rustls::{TlsAcceptor, TlsConnector};
use oneloop_net::TcpStream;
use std::sync::Arc;

#[test]
fn futures_rustls_shakes_hands_and_talks_over_our_streams() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_string()]).unwrap();
    let certificate = made.cert.der().clone();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let server = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let client = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    run(async {
        let acceptor = TlsAcceptor::from(Arc::new(server));
        let address = serve(move |stream| {
            let accepting = acceptor.accept(stream);
            async move {
                let mut stream = accepting.await.unwrap();
                let mut all = Vec::new();
                let mut bytes = [0; 4096];
                // Until the client has closed its half.
                loop {
                    match stream.read(&mut bytes).await.unwrap() {
                        0 => break,
                        read => all.extend_from_slice(&bytes[..read]),
                    }
                }
                all.reverse();
                stream.write_all(&all).await.unwrap();
                stream.close().await.unwrap();
            }
        })
        .await;

        let stream = TcpStream::connect(address).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let connector = TlsConnector::from(Arc::new(client));
        let mut stream = connector.connect(name, stream).await.unwrap();
        let sent: Vec<u8> = (0..500_000u32).map(|number| number as u8).collect();
        stream.write_all(&sent).await.unwrap();
        stream.close().await.unwrap();
        let mut back = Vec::new();
        stream.read_to_end(&mut back).await.unwrap();
        back.reverse();
        assert!(back == sent);
    });
}
