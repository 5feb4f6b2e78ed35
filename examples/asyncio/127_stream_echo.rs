//! A server serves several clients at once on one thread, line by line; at the end a read is empty.
//!
//! clock: real

use crate::{py, run};
use oneloop::{create_task, sleep};
use oneloop_net::streams::{StreamReader, StreamWriter, open_connection, start_server};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

async fn handle(reader: StreamReader, writer: StreamWriter) -> io::Result<()> {
    while let line = reader.readline().await?
        && !line.is_empty()
    {
        let slow = line.starts_with(b"slow");
        sleep(Duration::from_millis(if slow { 150 } else { 0 })).await;
        writer.writelines([b"echo ".as_slice(), &line])?;
        writer.drain().await?;
    }
    println!("server saw end of stream, at_eof {}", py(reader.at_eof()));
    writer.close();
    Ok(())
}

async fn client(server: SocketAddr, name: &str, lines: &[&str]) -> io::Result<()> {
    let (reader, writer) = open_connection(server).await?;
    for line in lines {
        writer.write(format!("{line}\n").as_bytes())?;
        writer.drain().await?;
        let answer = reader.readline().await?;
        println!("{name} {}", String::from_utf8_lossy(&answer).trim());
    }
    writer.write_eof();
    println!(
        "{name} final read {}",
        py(reader.read_to_end(100).await?.as_slice())
    );
    writer.close();
    Ok(())
}

pub(crate) fn main() {
    run(async {
        let server = start_server(handle, "127.0.0.1:0").await?;
        let address = server.local_addr()?;
        let slow = create_task(async move { client(address, "A", &["slow 1"]).await });
        sleep(Duration::from_millis(10)).await;
        client(address, "B", &["quick 1", "quick 2"]).await?;
        slow.await.unwrap()?;
        server.close();
        io::Result::Ok(())
    })
    .unwrap();
}
