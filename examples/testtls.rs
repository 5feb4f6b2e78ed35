//! A TLS client and a TLS server for any peer to be tested against: openssl's, curl, nginx. It prints
//! what was agreed on, what came, and how the connection ended.
//!
//! ```sh
//! cargo run --release --example testtls -- certificates /tmp/made
//! cargo run --release --example testtls -- server --cert /tmp/made/localhost --port 8443
//! curl --cacert /tmp/made/ca.pem https://localhost:8443/length/1000
//! cargo run --release --example testtls -- client --root /tmp/made/ca.pem --port 8443 \
//!     --say 'GET /length/10 HTTP/1.0\r\n\r\n'
//! ```
//!
//! Watch how each failure is a kind for programs and a text for people.

#[path = "testtls/certificates.rs"]
mod certificates;
#[path = "testtls/options.rs"]
mod options;
#[path = "testtls/starttls.rs"]
mod starttls;

use oneloop_net::tls::{TlsAcceptor, TlsError, TlsStream};
use oneloop_net::{TcpListener, TcpStream};
use options::{Client, Command, Server};
use std::io::{self, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let done = match options::parse(lexopt::Parser::from_env()) {
        Ok(Command::Certificates(folder)) => certificates::make(&folder),
        Ok(Command::Client(client)) => oneloop::run(connect(client)),
        Ok(Command::Server(server)) if server.starttls => oneloop::run(starttls::serve(server)),
        Ok(Command::Server(server)) => oneloop::run(serve(server)),
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("testtls: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn say(line: &str) {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).ok();
}

fn say_error(error: &io::Error) {
    let kind = TlsError::of(error).map(TlsError::kind);
    let kind = kind.map_or(format!("{:?}", error.kind()), |kind| format!("{kind:?}"));
    say(&format!("error {kind}: {error}"));
}

fn say_agreed(stream: &TlsStream<TcpStream>) {
    let alpn = stream
        .alpn()
        .map(|name| String::from_utf8_lossy(&name).into_owned());
    say(&format!(
        "agreed {:?} {} resumed={} alpn={} name={} certificates={}",
        stream.version(),
        stream.cipher_suite(),
        stream.resumed(),
        alpn.as_deref().unwrap_or("-"),
        stream.server_name().as_deref().unwrap_or("-"),
        stream.peer_certificates().len(),
    ));
}

/// Connects as often as it was told to, by one connector, so that a later time may resume.
async fn connect(mut client: Client) -> options::Result<()> {
    let connector = client.connector.clone().build()?;
    for _ in 0..client.times {
        let exchange = async {
            let stream = TcpStream::connect(("127.0.0.1", client.port)).await?;
            let stream = connector.connect(&client.name, stream).await?;
            say_agreed(&stream);
            stream.write_all(&client.say).await?;
            if client.half_close {
                stream.shutdown().await?;
            }
            let (mut total, mut buffer) = (0, vec![0; 65536]);
            loop {
                match stream.read(&mut buffer).await {
                    Ok(0) => break,
                    Ok(read) => {
                        total += read;
                        client.save(&buffer[..read])?;
                    }
                    Err(error) => {
                        say(&format!("read {total} bytes before"));
                        return Err(error);
                    }
                }
            }
            say(&format!("ended after {total} bytes"));
            stream.shutdown().await
        };
        exchange.await.unwrap_or_else(|error| say_error(&error));
    }
    Ok(())
}

/// Serves until it is killed. `GET /length/N` is answered by N bytes, anything else by what came.
async fn serve(server: Server) -> options::Result<()> {
    let acceptor = server.acceptor.build()?;
    let listener = TcpListener::bind(("127.0.0.1", server.port)).await?;
    say(&format!("listening on {}", listener.local_addr()?));
    loop {
        let (stream, _) = listener.accept().await?;
        let acceptor = acceptor.clone();
        drop(oneloop::create_task(async move {
            let answered = answer(acceptor, stream).await;
            answered.unwrap_or_else(|error| say_error(&error));
        }));
    }
}

async fn answer(acceptor: TlsAcceptor, stream: TcpStream) -> io::Result<()> {
    let stream = acceptor.accept(stream).await?;
    say_agreed(&stream);
    let mut question = Vec::new();
    let mut buffer = vec![0; 65536];
    while !question.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut buffer).await? {
            0 => break,
            read => question.extend(&buffer[..read]),
        }
        if question.len() > 1 << 20 {
            return Err(io::Error::other("a question longer than 1 MiB"));
        }
    }
    let text = String::from_utf8_lossy(&question);
    let path = text.split(' ').nth(1).unwrap_or_default();
    let body = match path.strip_prefix("/length/").map(str::parse) {
        Some(Ok(length)) => vec![b'x'; length],
        _ => question,
    };
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(&body).await?;
    stream.shutdown().await?;
    // Until the client has ended, too: its last words shall meet an open socket.
    let rest = futures_lite::io::copy(&stream, futures_lite::io::sink()).await?;
    say(&format!("ended after {rest} bytes more"));
    Ok(())
}
