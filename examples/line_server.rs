//! A server of lines and its clients, with asyncio's streams: `start_server`, `open_connection`.
//!
//! Watch: the server is a function that is called once for each connection, and reads straight down.
//! Two clients talk to it at the same time: one thinks for long before its lines, and the other one
//! does not notice. Writing only puts aside what is sent by itself; `drain` waits for a slow reader.

use oneloop::{gather, sleep};
use oneloop_examples::println;
use oneloop_net::streams::{StreamReader, StreamWriter, open_connection, start_server};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

const TICK: Duration = Duration::from_millis(50);

fn main() -> io::Result<()> {
    oneloop::run(async {
        let server = start_server(add_up, "127.0.0.1:0").await?;
        let address = server.local_addr()?;
        let slow = client("slow", address, ["1", "2", "3"], 5 * TICK);
        let quick = client("quick", address, ["10", "20", "x"], TICK);
        let (slow, quick) = gather((slow, quick)).await;
        slow.and(quick)?;
        server.shutdown(TICK).await;
        println!("server: closed");
        Ok(())
    })
}

/// Adds up the numbers of one client, and answers each line with the sum so far.
async fn add_up(reader: StreamReader, writer: StreamWriter) -> io::Result<()> {
    let mut sum = 0;
    loop {
        let line = reader.readline().await?;
        if line.is_empty() {
            println!("server: a client has left, at {sum}");
            return Ok(());
        }
        let line = String::from_utf8_lossy(&line);
        match line.trim_end().parse::<i64>() {
            Ok(number) => sum += number,
            Err(_) => writer.write(b"that is no number, but ")?,
        }
        writer.write(format!("{sum} so far\n").as_bytes())?;
        writer.drain().await?;
    }
}

async fn client(
    name: &str,
    address: SocketAddr,
    lines: [&str; 3],
    pause: Duration,
) -> io::Result<()> {
    let (reader, writer) = open_connection(address).await?;
    for line in lines {
        sleep(pause).await;
        writer.write(format!("{line}\n").as_bytes())?;
        let answer = reader.readline().await?;
        let answer = String::from_utf8_lossy(&answer);
        println!("{name}: sent {line}, got: {}", answer.trim_end());
    }
    Ok(())
}
