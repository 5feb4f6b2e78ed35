//! The tables' rows, broken at random: nothing panics, and no verdict depends on the segments.

use bytes::BytesMut;
use oneloop_http::wire::{BodyDecoder, BodyLength, Decoded, Limits, chunked};

use super::stream::{Kind, read};
use super::{bodies, requests, responses};

/// A small generator of numbers (xorshift64*): a failing round is repeated by its seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `bound`, which is not 0.
    fn below(&mut self, bound: usize) -> usize {
        (self.next() >> 16) as usize % bound
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// What is put into streams: the octets that mean something in this grammar.
const SALT: [&[u8]; 22] = [
    b"\r",
    b"\n",
    b"\r\n",
    b"\r\n\r\n",
    b"\0",
    b" ",
    b"\t",
    b":",
    b";",
    b",",
    b"\x7f",
    b"\xff",
    b"0",
    b"5",
    b"f",
    b"HTTP/1.1",
    b"Content-Length: 3\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"0\r\n\r\n",
    b"Host: a\r\n",
    b"GET / HTTP/1.1\r\n",
    b"ffffffffffffffff",
];

fn break_at_random(random: &mut Random, stream: &mut Vec<u8>, other: &[u8]) {
    for _ in 0..=random.below(4) {
        let at = random.below(stream.len() + 1);
        let to = (at + random.below(8)).min(stream.len());
        match random.below(6) {
            0 => drop(stream.splice(at..at, random.pick(&SALT).iter().copied())),
            1 => drop(stream.splice(at..to, random.pick(&SALT).iter().copied())),
            2 => drop(stream.drain(at..to)),
            3 => {
                let copy = stream[at..to].to_vec();
                drop(stream.splice(at..at, copy));
            }
            4 => {
                if let Some(octet) = stream.get_mut(at) {
                    *octet ^= 1 << random.below(8);
                }
            }
            _ => {
                stream.truncate(at);
                stream.extend_from_slice(&other[random.below(other.len() + 1)..]);
            }
        }
    }
}

/// Cuts the stream into pieces of random length, mostly short ones.
fn cut_at_random<'a>(random: &mut Random, mut stream: &'a [u8]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    let longest = 1 << random.below(8);
    while !stream.is_empty() {
        let (piece, rest) = stream.split_at((1 + random.below(longest)).min(stream.len()));
        pieces.push(piece);
        stream = rest;
    }
    pieces
}

#[test]
fn broken_streams_get_one_verdict_however_they_are_cut() {
    const ROUNDS: u64 = 5_000;
    let short = |rows: Vec<super::Row>| -> Vec<Vec<u8>> {
        rows.into_iter()
            .map(|row| row.bytes)
            .filter(|bytes| bytes.len() < 2_000)
            .collect()
    };
    let tables = [
        (Kind::Requests, short(requests::rows())),
        (Kind::Requests, short(bodies::rows())),
        (Kind::Responses, short(responses::rows())),
    ];
    let mut refused = 0;
    for seed in 1..=ROUNDS {
        let random = &mut Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let (kind, rows) = random.pick(&tables);
        let mut stream = random.pick(rows).clone();
        break_at_random(random, &mut stream, random_row(seed, rows));
        let at_once = read(*kind, [&stream[..]]);
        let told = || format!("seed {seed}: {:?}", String::from_utf8_lossy(&stream));
        assert_eq!(
            read(*kind, stream.chunks(1)),
            at_once,
            "octet by octet, {}",
            told()
        );
        for _ in 0..3 {
            let pieces = cut_at_random(random, &stream);
            assert_eq!(
                read(*kind, pieces.iter().copied()),
                at_once,
                "in {} pieces, {}",
                pieces.len(),
                told()
            );
        }
        refused += u64::from(
            ["400 ", "501 ", "505 "]
                .iter()
                .any(|status| at_once.contains(status)),
        );
    }
    println!("{ROUNDS} broken streams, {refused} of them refused");
    assert!(
        refused > ROUNDS / 4 && refused < ROUNDS,
        "the breaking is too mild or too hard: {refused}"
    );
}

fn random_row(seed: u64, rows: &[Vec<u8>]) -> &[u8] {
    &rows[seed as usize % rows.len()]
}

#[test]
fn what_is_encoded_in_chunks_is_decoded_to_the_same() {
    for seed in 1..=300 {
        let random = &mut Random(seed);
        let mut wire = BytesMut::new();
        let mut body = Vec::new();
        for _ in 0..random.below(6) {
            let bits = 1 + random.below(10);
            let length = random.below(1 << bits);
            let data: Vec<u8> = (0..length).map(|_| random.next() as u8).collect();
            chunked::encode_chunk(&mut wire, &data);
            body.extend_from_slice(&data);
        }
        chunked::encode_end(&mut wire);

        let mut decoder = BodyDecoder::new(BodyLength::Chunked, &Limits::default());
        let mut buffer = BytesMut::new();
        let mut got = Vec::new();
        for piece in cut_at_random(random, &wire) {
            buffer.extend_from_slice(piece);
            while let Decoded::Data(data) =
                decoder.decode(&mut buffer).expect("what we write, we read")
            {
                got.extend_from_slice(&data);
            }
        }
        assert!(decoder.is_end() && buffer.is_empty(), "seed {seed}");
        assert_eq!(got, body, "seed {seed}");
    }
}
