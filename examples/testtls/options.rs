//! The command line of `testtls`.

use oneloop_net::tls::{
    AcceptorBuilder, ConnectorBuilder, Identity, TlsAcceptor, TlsConnector, TlsVersion,
};
use std::error::Error;
use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error>>;

pub(crate) enum Command {
    Certificates(PathBuf),
    Client(Client),
    Server(Server),
}

pub(crate) struct Client {
    pub(crate) connector: ConnectorBuilder,
    pub(crate) port: u16,
    pub(crate) name: String,
    pub(crate) say: Vec<u8>,
    pub(crate) times: usize,
    pub(crate) half_close: bool,
    save: Option<File>,
}

impl Client {
    /// Keeps what came, if it was told to.
    pub(crate) fn save(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.save
            .as_mut()
            .map_or(Ok(()), |file| file.write_all(bytes))
    }
}

pub(crate) struct Server {
    pub(crate) acceptor: AcceptorBuilder,
    pub(crate) port: u16,
    pub(crate) starttls: bool,
}

pub(crate) fn parse(mut parser: lexopt::Parser) -> Result<Command> {
    let command = parser.next()?;
    match command {
        Some(lexopt::Arg::Value(word)) if word == "certificates" => {
            Ok(Command::Certificates(parser.value()?.into()))
        }
        Some(lexopt::Arg::Value(word)) if word == "client" => client(parser).map(Command::Client),
        Some(lexopt::Arg::Value(word)) if word == "server" => server(parser).map(Command::Server),
        _ => Err("one of `certificates FOLDER`, `client …` and `server …` is wanted".into()),
    }
}

fn client(mut parser: lexopt::Parser) -> Result<Client> {
    use lexopt::prelude::*;
    let mut connector = TlsConnector::builder();
    let (mut port, mut name, mut say) = (0, "localhost".to_owned(), String::new());
    let (mut times, mut half_close, mut save) = (1, false, None);
    while let Some(argument) = parser.next()? {
        connector = match argument {
            Long("root") => connector.root_pem_file(parser.value()?),
            Long("only-root") => connector.only_own_roots(),
            Long("pin") => connector.pin_sha256(&parser.value()?.string()?),
            Long("insecure") => connector.danger_accept_invalid_certs(),
            Long("cert") => connector.identity(identity(&mut parser)?),
            Long("alpn") => connector.alpn(parser.value()?.string()?.split(',')),
            Long("min") => connector.min_version(version(&mut parser)?),
            Long("max") => connector.max_version(version(&mut parser)?),
            Long("handshake-ms") => connector.handshake_timeout(Some(milliseconds(&mut parser)?)),
            other => {
                match other {
                    Long("port") => port = parser.value()?.parse()?,
                    Long("name") => name = parser.value()?.string()?,
                    Long("say") => say = parser.value()?.string()?,
                    Long("times") => times = parser.value()?.parse()?,
                    Long("half-close") => half_close = true,
                    Long("save") => save = Some(File::create(parser.value()?)?),
                    other => return Err(other.unexpected().into()),
                }
                connector
            }
        };
    }
    let say = say.replace("\\r", "\r").replace("\\n", "\n").into_bytes();
    Ok(Client {
        connector,
        port,
        name,
        say,
        times,
        half_close,
        save,
    })
}

fn server(mut parser: lexopt::Parser) -> Result<Server> {
    use lexopt::prelude::*;
    match parser.next()? {
        Some(Long("cert")) => {}
        _ => return Err("`server` begins with `--cert NAME`, for NAME.pem and NAME.key".into()),
    }
    let mut acceptor = TlsAcceptor::builder(identity(&mut parser)?);
    let (mut port, mut starttls) = (0, false);
    while let Some(argument) = parser.next()? {
        acceptor = match argument {
            Long("cert-for") => {
                let name = parser.value()?.string()?;
                acceptor.identity_for([name], identity(&mut parser)?)
            }
            Long("client-root") => acceptor.client_root_pem_file(parser.value()?),
            Long("optional") => acceptor.clients_without_certificate(true),
            Long("alpn") => acceptor.alpn(parser.value()?.string()?.split(',')),
            Long("min") => acceptor.min_version(version(&mut parser)?),
            Long("max") => acceptor.max_version(version(&mut parser)?),
            Long("handshake-ms") => acceptor.handshake_timeout(Some(milliseconds(&mut parser)?)),
            Long("port") => {
                port = parser.value()?.parse()?;
                acceptor
            }
            Long("starttls") => {
                starttls = true;
                acceptor
            }
            other => return Err(other.unexpected().into()),
        };
    }
    Ok(Server {
        acceptor,
        port,
        starttls,
    })
}

/// `NAME` stands for the certificate `NAME.pem` and the key `NAME.key`.
fn identity(parser: &mut lexopt::Parser) -> Result<Identity> {
    let name = PathBuf::from(parser.value()?);
    Ok(Identity::from_pem_files(
        name.with_extension("pem"),
        name.with_extension("key"),
    )?)
}

fn version(parser: &mut lexopt::Parser) -> Result<TlsVersion> {
    match parser.value()?.to_str() {
        Some("1.2") => Ok(TlsVersion::V1_2),
        Some("1.3") => Ok(TlsVersion::V1_3),
        _ => Err("a version is 1.2 or 1.3".into()),
    }
}

fn milliseconds(parser: &mut lexopt::Parser) -> Result<Duration> {
    use lexopt::ValueExt;
    Ok(Duration::from_millis(parser.value()?.parse()?))
}
