//! The program of `examples/echo_server.rs` on tokio's current-thread runtime, line by line, for the rows of weight:
//! `compare` builds both as packages of their own. Nothing else runs it.

#![forbid(unsafe_code)]

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::task::{LocalSet, spawn_local};

fn main() -> io::Result<()> {
    let argument = std::env::args().nth(1).unwrap_or("0".into());
    let Ok(port) = argument.parse() else {
        eprintln!("usage: echo_server [PORT]");
        std::process::exit(2);
    };
    let runtime = Builder::new_current_thread().enable_io().build()?;
    LocalSet::new().block_on(&runtime, serve(port))
}

async fn serve(port: u16) -> io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("listening on {}", listener.local_addr()?);
    loop {
        let (stream, peer) = listener.accept().await?;
        // What ours does by itself.
        stream.set_nodelay(true)?;
        let _detached = spawn_local(async move {
            if let Err(error) = echo(stream).await {
                eprintln!("{peer}: {error}");
            }
        });
    }
}

async fn echo(mut stream: TcpStream) -> io::Result<()> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let length = stream.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        stream.write_all(&buffer[..length]).await?;
    }
}
