//! Only one task can wait to read from a stream: a second one gets an error, the first is unharmed.
//!
//! order: fifo

use crate::{py, run};
use oneloop::{create_task, yield_now};
use oneloop_net::duplex;
use oneloop_net::streams::{ReadError, StreamReader};
use std::rc::Rc;

pub(crate) fn main() {
    run(async {
        let (ours, theirs) = duplex(1024);
        let reader = Rc::new(StreamReader::new(ours));
        let own = reader.clone();
        let first = create_task(async move { own.readline().await });
        yield_now().await;
        if let Err(ReadError::Busy) = reader.readline().await {
            println!("second reader: RuntimeError");
        }
        theirs.write_all(b"for the first\n").await.unwrap();
        println!("{}", py(&*first.await.unwrap().unwrap()));
    });
}
