//! A server that begins in plain text, as one for mail does, and goes on with TLS when it is asked to.

use crate::options::{Result, Server};
use crate::{say, say_error};
use oneloop_net::streams::{StreamReader, StreamWriter, start_server};
use oneloop_net::tls::TlsAcceptor;
use std::io;

/// Serves until it is killed.
pub(crate) async fn serve(server: Server) -> Result<()> {
    let acceptor = server.acceptor.build()?;
    let talk = async move |reader: StreamReader, writer: StreamWriter| {
        if let Err(error) = talk(&reader, &writer, &acceptor).await {
            say_error(&error);
        }
        Ok(())
    };
    let listening = start_server(talk, ("127.0.0.1", server.port)).await?;
    say(&format!("listening on {}", listening.local_addr()?));
    Ok(listening.serve_forever().await?)
}

async fn talk(
    reader: &StreamReader,
    writer: &StreamWriter,
    acceptor: &TlsAcceptor,
) -> io::Result<()> {
    let mut over = "in plain text";
    writer.write(b"220 testtls ready\r\n")?;
    while let line = reader.readline().await?
        && !line.is_empty()
    {
        let verb: String = line[..line.len().min(8)]
            .iter()
            .take_while(|byte| byte.is_ascii_alphabetic())
            .map(|&byte| char::from(byte).to_ascii_uppercase())
            .collect();
        match verb.as_str() {
            "EHLO" => writer.write(b"250-testtls\r\n250 STARTTLS\r\n")?,
            "STARTTLS" => {
                writer.write(b"220 go ahead\r\n")?;
                writer.accept_tls(reader, acceptor).await?;
                over = "over TLS";
                say("TLS has begun");
            }
            "QUIT" => return writer.write(b"221 bye\r\n"),
            _ => writer.write(format!("250 {verb} came {over}\r\n").as_bytes())?,
        }
        writer.drain().await?;
    }
    Ok(())
}
