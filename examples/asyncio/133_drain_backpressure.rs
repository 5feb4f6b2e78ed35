//! `drain` holds a writer back above the high mark of its buffer, until the peer reads.
//!
//! clock: real

use crate::{py, run};
use oneloop::sync::Event;
use oneloop::{create_task, sleep};
use oneloop_net::streams::{open_connection, start_server};
use std::io;
use std::rc::Rc;
use std::time::Duration;

const SIZE: usize = 16 * 1024 * 1024;

pub(crate) fn main() {
    run(async {
        let (go, finished) = (Rc::new(Event::new()), Rc::new(Event::new()));
        let (begin, end) = (go.clone(), finished.clone());
        let server = start_server(
            async move |reader, writer| {
                begin.wait().await;
                let mut total = 0;
                while let chunk = reader.read(1 << 20).await?
                    && !chunk.is_empty()
                {
                    total += chunk.len();
                }
                println!("server read it all {}", py(total == SIZE));
                writer.close();
                end.set();
                Ok(())
            },
            "127.0.0.1:0",
        )
        .await?;
        let (_reader, writer) = open_connection(server.local_addr()?).await?;
        let writer = Rc::new(writer);
        writer.write(&[b'x'; 10])?;
        writer.drain().await?;
        println!("small write drains at once");
        writer.write(&vec![b'x'; SIZE - 10])?;
        let own = writer.clone();
        let draining = create_task(async move { own.drain().await });
        sleep(Duration::from_millis(50)).await;
        println!(
            "big write drained while nobody reads: {}",
            py(draining.done())
        );
        go.set();
        draining.await.unwrap()?;
        println!("drained after the reader woke");
        writer.close();
        finished.wait().await;
        server.close();
        io::Result::Ok(())
    })
    .unwrap();
}
