//! The crate redis as a client on the loop, of a server at 127.0.0.1:6379, or at the address that is given:
//! `cargo run -p oneloop-foreign --features peers --example redis_client -- 127.0.0.1:6379`.
//!
//! Watch: the crate gets a stream that is connected already, in the traits of tokio (`TokioIo`) and as `Send`
//! (`ThreadBound`), and gives back its driver, which is a task of the loop. Its own time-outs are tokio's timers, which do
//! not run here: they are off, and `oneloop::timeout` goes around a command instead.
#![forbid(unsafe_code)]

use oneloop_net::TcpStream;
use oneloop_net::adaptors::{ThreadBound, TokioIo};
use redis::aio::MultiplexedConnection;
use redis::{AsyncCommands, AsyncConnectionConfig, RedisConnectionInfo};
use std::error::Error;
use std::time::Duration;

fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1);
    let address = address.unwrap_or_else(|| "127.0.0.1:6379".to_owned());
    oneloop::run(async {
        let mut connection = connect(&address).await?;
        let () = connection.set("oneloop:greeting", "hello").await?;
        let greeting: String = connection.get("oneloop:greeting").await?;
        println!("the greeting is {greeting}");

        // Ten commands at once over one connection, each with its own answer.
        let () = connection.del("oneloop:count").await?;
        let counts = (0..10).map(|_| {
            let mut connection = connection.clone();
            async move { connection.incr::<_, _, u32>("oneloop:count", 1).await }
        });
        let counts = oneloop::try_gather(counts).await?;
        println!("counted to {}", counts.iter().max().unwrap_or(&0));

        let popped = connection.blpop::<_, Option<(String, String)>>("oneloop:nothing", 60.0);
        match oneloop::timeout(Duration::from_millis(100), popped).await {
            Ok(popped) => println!("there was {:?}", popped?),
            Err(elapsed) => println!("nothing came: {elapsed}"),
        }
        Ok(())
    })
}

async fn connect(address: &str) -> Result<MultiplexedConnection, Box<dyn Error>> {
    let stream = TcpStream::connect(address).await?;
    let io = TokioIo::new(ThreadBound::new(stream));
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(None)
        .set_response_timeout(None);
    let info = RedisConnectionInfo::default();
    let (connection, driver) = MultiplexedConnection::new_with_config(&info, io, config).await?;
    drop(oneloop::create_task(driver));
    Ok(connection)
}
