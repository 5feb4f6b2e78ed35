//! TLS with a CA of one's own: a server with a certificate, and clients that trust the CA, or do not.
//!
//! Watch: the first client trusts the CA and asks for the name that the certificate is for. The second
//! one asks by another name, the third one trusts nobody whom it should: each gets an error that says
//! what is wrong. The server hears of both, and serves on.

use oneloop::{Loop, gather};
use oneloop_examples::println;
use oneloop_net::streams::{StreamReader, StreamWriter, open_tls_connection, start_tls_server};
use oneloop_net::tls::{Identity, TlsAcceptor, TlsConnector, TlsError, TlsErrorKind};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use std::error::Error;
use std::io;
use std::net::SocketAddr;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let (ca, identity) = certificates()?;
    let acceptor = TlsAcceptor::builder(identity).build()?;
    let trusting = TlsConnector::builder().root_pem(ca).build()?;
    let strange = TlsConnector::builder().build()?;
    let event_loop = Loop::builder()
        // Handshakes that failed: the clients tell of them here.
        .exception_handler(|_: &oneloop::Report| {})
        .build()?;
    event_loop.block_on(async {
        let server = start_tls_server(echo, "127.0.0.1:0", acceptor).await?;
        let address = server.local_addr()?;
        client("the first", address, "localhost", &trusting).await;
        client("the second", address, "other.example", &trusting).await;
        client("the third", address, "localhost", &strange).await;
        let both = (
            client("one", address, "localhost", &trusting),
            client("another", address, "localhost", &trusting),
        );
        gather(both).await;
        println!("closed");
        Ok(())
    })
}

/// Sends back what comes, line by line.
async fn echo(reader: StreamReader, writer: StreamWriter) -> io::Result<()> {
    while let line = reader.readline().await?
        && !line.is_empty()
    {
        writer.write(&line)?;
        writer.drain().await?;
    }
    Ok(())
}

async fn client(who: &str, address: SocketAddr, name: &str, connector: &TlsConnector) {
    match talk(address, name, connector).await {
        Ok(answer) => println!("{who}: got {answer}"),
        Err(error) => match TlsError::of(&error).map(TlsError::kind) {
            Some(TlsErrorKind::WrongHost) => println!("{who}: the certificate is for another host"),
            Some(TlsErrorKind::UnknownIssuer) => println!("{who}: nobody vouches for the server"),
            _ => println!("{who}: {error}"),
        },
    }
}

async fn talk(address: SocketAddr, name: &str, connector: &TlsConnector) -> io::Result<String> {
    let (reader, writer) = open_tls_connection(address, name, connector).await?;
    writer.write(b"hello\n")?;
    let answer = reader.readline().await?;
    writer.close();
    Ok(String::from_utf8_lossy(&answer).trim_end().to_owned())
}

/// A CA's certificate, and a server's that it has signed, with its key.
fn certificates() -> Result<(String, Identity)> {
    let mut params = CertificateParams::new([])?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate()?;
    let ca = params.self_signed(&key)?.pem();
    let issuer = Issuer::new(params, key);

    let key = KeyPair::generate()?;
    let params = CertificateParams::new(["localhost".to_owned()])?;
    let certificate = params.signed_by(&key, &issuer)?.pem();
    Ok((ca, Identity::from_pem(certificate, key.serialize_pem())?))
}
