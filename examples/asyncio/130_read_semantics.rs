//! `read(n)` gives what is there, at most n; `read_to_end` waits for the end; a last line may lack its own.

use crate::{py, run};
use oneloop::call_later;
use oneloop_net::duplex;
use oneloop_net::streams::{StreamReader, StreamWriter};
use std::rc::Rc;
use std::time::Duration;

/// A reader, and what feeds it.
fn stream() -> (StreamReader, Rc<StreamWriter>) {
    let (ours, theirs) = duplex(1024);
    (StreamReader::new(ours), Rc::new(StreamWriter::new(theirs)))
}

/// Feeds a reader a little later; nothing is the end of its stream.
fn feed(writer: &Rc<StreamWriter>, milliseconds: u64, bytes: &'static str) {
    let writer = writer.clone();
    call_later(Duration::from_millis(milliseconds), move || {
        if bytes.is_empty() {
            writer.write_eof();
        } else {
            writer.write(bytes.as_bytes()).unwrap();
        }
    });
}

pub(crate) fn main() {
    run(async {
        let (reader, writer) = stream();
        writer.write(b"abcdef").unwrap();
        let read = async |most| reader.read(most).await.unwrap();
        let (four, rest, none) = (read(4).await, read(100).await, read(0).await);
        println!("{} {} {}", py(&*four), py(&*rest), py(&*none));
        feed(&writer, 10, "x");
        println!("{}", py(&*read(100).await));
        feed(&writer, 10, "one\ntwo\nthree");
        feed(&writer, 20, "");
        let (mut lines, mut all) = (reader.lines(), Vec::new());
        while let Some(line) = lines.next().await {
            all.push(line.unwrap());
        }
        println!(
            "{}",
            py(all.iter().map(Vec::as_slice).collect::<Vec<&[u8]>>())
        );

        let (reader, writer) = stream();
        feed(&writer, 10, "all ");
        feed(&writer, 20, "of it");
        feed(&writer, 30, "");
        println!("{}", py(&*reader.read_to_end(100).await.unwrap()));
    });
}
