//! Unix sockets: a server at a path, for the programs of one machine.
//!
//! Watch: all is as with TCP, but the address is a file, which goes with the server and is replaced
//! where a dead server left it. What TCP can't do comes last: an open file is passed to another program.

use oneloop_examples::println;
use oneloop_net::UnixStream;
use oneloop_net::streams::{StreamReader, StreamWriter, open_unix_connection, start_unix_server};
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::fd::AsFd;
use std::time::Duration;

fn main() -> io::Result<()> {
    let folder = std::env::temp_dir().join(format!("oneloop-example-{}", std::process::id()));
    std::fs::create_dir(&folder)?;
    let path = folder.join("server");
    // As a server that was killed leaves it.
    drop(std::os::unix::net::UnixListener::bind(&path)?);
    let outcome = oneloop::run(async {
        let server = start_unix_server(shout, &path).await?;
        for word in ["hello", "goodbye"] {
            let (reader, writer) = open_unix_connection(&path).await?;
            writer.write(format!("{word}\n").as_bytes())?;
            let answer = reader.readline().await?;
            println!("{word}: {}", String::from_utf8_lossy(&answer).trim_end());
        }
        server.shutdown(Duration::from_secs(1)).await;
        println!("the file is there: {}", path.exists());
        pass(&folder.join("letter")).await
    });
    std::fs::remove_dir_all(&folder)?;
    outcome
}

/// Answers one line, in capital letters.
async fn shout(reader: StreamReader, writer: StreamWriter) -> io::Result<()> {
    let line = reader.readline().await?;
    writer.write(&line.to_ascii_uppercase())
}

/// Hands an open file from one end of a connection to the other: to another program, in earnest.
async fn pass(path: &std::path::Path) -> io::Result<()> {
    let (one, other) = UnixStream::pair()?;
    let mut file = File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .open(path)?;
    file.write_all(b"written before it was passed")?;
    file.rewind()?;
    one.send_descriptors(b"a letter", &[file.as_fd()]).await?;
    drop((file, one));

    let mut buffer = [0; 100];
    let mut received = other.recv_descriptors(&mut buffer).await?;
    let message = String::from_utf8_lossy(&buffer[..received.length]).into_owned();
    let mut text = String::new();
    File::from(received.descriptors.remove(0)).read_to_string(&mut text)?;
    println!("{message} came: {text}");
    Ok(())
}
