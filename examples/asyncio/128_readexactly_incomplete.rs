//! `readexactly` waits for all its bytes; if the stream ends first, its error holds what did come.

use crate::{py, run};
use oneloop::call_later;
use oneloop_net::duplex;
use oneloop_net::streams::{ReadError, StreamReader, StreamWriter};
use std::rc::Rc;
use std::time::Duration;

pub(crate) fn main() {
    run(async {
        let (ours, theirs) = duplex(1024);
        let (reader, writer) = (StreamReader::new(ours), Rc::new(StreamWriter::new(theirs)));
        let (first, second) = (writer.clone(), writer.clone());
        call_later(Duration::from_millis(10), move || {
            first.write(b"abc").unwrap()
        });
        call_later(Duration::from_millis(20), move || {
            second.write(b"defgh").unwrap()
        });
        call_later(Duration::from_millis(30), move || writer.write_eof());

        println!("{}", py(reader.readexactly(5).await.unwrap().as_slice()));
        if let Err(ReadError::Incomplete { partial, expected }) = reader.readexactly(10).await {
            let partial = py(partial.as_slice());
            println!("IncompleteReadError partial {partial} expected {expected}");
        }
        let rest = reader.read_to_end(100).await.unwrap();
        let line = reader.readline().await.unwrap();
        let none = reader.readexactly(0).await.unwrap();
        println!(
            "then {} {} {} at_eof {}",
            py(rest.as_slice()),
            py(line.as_slice()),
            py(none.as_slice()),
            py(reader.at_eof())
        );
    });
}
