//! A port where nobody listens refuses a connection, and a peer's abort reaches the reader as a reset.
//!
//! clock: real

use crate::run;
use oneloop_net::TcpListener;
use oneloop_net::streams::{open_connection, reader_and_writer};
use std::io::{self, ErrorKind};
use std::time::Duration;

pub(crate) fn main() {
    run(async {
        let nobody = TcpListener::bind("127.0.0.1:0").await?.local_addr()?;
        match open_connection(nobody).await {
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
                println!("ConnectionRefusedError");
            }
            other => unreachable!("{other:?}"),
        }

        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let rude = oneloop::create_task(async move {
            let (stream, _) = listener.accept().await?;
            stream.set_linger(Some(Duration::ZERO))?;
            let (reader, writer) = reader_and_writer(stream);
            reader.readline().await?;
            writer.abort();
            io::Result::Ok(())
        });
        let (reader, writer) = open_connection(address).await?;
        writer.write(b"hello\n")?;
        match reader.readline().await.map_err(io::Error::from) {
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {
                println!("ConnectionResetError");
            }
            other => unreachable!("{other:?}"),
        }
        rude.await.unwrap()
    })
    .unwrap();
}
