//! What `wire` says to good and to broken messages, however their bytes are cut into segments.
//!
//! `requests`, `responses` and `bodies` are tables of streams with the verdict that each must get;
//! `stream` reads a stream in segments; `mutations` breaks the tables' rows at random.

mod bodies;
mod mutations;
mod requests;
mod responses;
mod stream;

use stream::{Kind, read};

/// One stream of the tables: what it shows, its bytes, and the story that it must give.
struct Row {
    name: &'static str,
    bytes: Vec<u8>,
    story: &'static str,
}

fn row(name: &'static str, bytes: impl Into<Vec<u8>>, story: &'static str) -> Row {
    Row {
        name,
        bytes: bytes.into(),
        story,
    }
}

/// The positions to cut `length` octets at: all of them, or of a long stream those at its ends and
/// a few hundred between, for there the middle is one octet like the other.
fn cuts(length: usize) -> Vec<usize> {
    const ALL: usize = 2_000;
    if length <= ALL {
        return (0..=length).collect();
    }
    let edge = 150;
    let mut cuts: Vec<usize> = (0..edge).chain(length - edge..=length).collect();
    cuts.extend((edge..length - edge).step_by((length / 100).max(1)));
    cuts
}

/// Checks a table: each row at once, cut in two at every point, and octet by octet. Gives the
/// number of split points.
fn check(kind: Kind, rows: &[Row]) -> usize {
    let mut fed = 0;
    for Row { name, bytes, story } in rows {
        assert_eq!(read(kind, [&bytes[..]]), *story, "{name}: at once");
        for cut in cuts(bytes.len()) {
            let (first, second) = bytes.split_at(cut);
            assert_eq!(
                read(kind, [first, second]),
                *story,
                "{name}: cut at {cut} of {}",
                bytes.len()
            );
            fed += 1;
        }
        assert_eq!(
            read(kind, bytes.chunks(1)),
            *story,
            "{name}: octet by octet"
        );
    }
    fed
}

#[test]
fn every_row_gets_its_verdict_at_every_split_point() {
    let tables = [
        (Kind::Requests, requests::rows()),
        (Kind::Requests, bodies::rows()),
        (Kind::Responses, responses::rows()),
    ];
    let mut fed = 0;
    let mut count = 0;
    for (kind, rows) in &tables {
        fed += check(*kind, rows);
        count += rows.len();
    }
    println!("{count} streams, fed {fed} split points, and each octet by octet");
    assert!(count >= 120, "the tables lost rows: {count}");
    assert!(fed > 30_000, "the tables were not cut everywhere: {fed}");
}
