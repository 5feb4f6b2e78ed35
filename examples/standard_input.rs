//! Standard input on the loop: asyncio's `connect_read_pipe`, as in
//! `printf 'one\ntwo\n' | cargo run --example standard_input`, or with a keyboard.
//!
//! Watch: nobody blocks while there is nothing to read, so that other tasks go on, and no thread is needed. It takes a
//! pipe or a terminal; a file (`program < file`) is refused, for which nobody can wait: read it in `to_thread`. In Python:
//!
//! ```python
//! reader = asyncio.StreamReader()
//! protocol = asyncio.StreamReaderProtocol(reader)
//! await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
//! ```

use oneloop::{create_task, sleep};
use oneloop_examples::println;
use oneloop_net::process::PipeReader;
use oneloop_net::streams::StreamReader;
use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

fn main() -> io::Result<()> {
    oneloop::run(async {
        // A copy, so that standard input itself is not closed in the end.
        let input = io::stdin().as_fd().try_clone_to_owned()?;
        let lines = StreamReader::new(PipeReader::from_fd(input)?);
        let beside = create_task(async {
            sleep(Duration::from_millis(1)).await;
            println!("another task has its turn");
        });
        loop {
            let line = lines.readline().await?;
            if line.is_empty() {
                break;
            }
            println!("read: {}", String::from_utf8_lossy(&line).trim_end());
        }
        println!("the input has ended");
        let _ = beside.await;
        Ok(())
    })
}
