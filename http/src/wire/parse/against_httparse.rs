//! Requests that were broken at random, judged by this parser and by `httparse`, whose grammar is the
//! same but for what the module above says.

use bytes::BytesMut;
use http::Version;

use super::{HeadError, RequestHead, RequestParser};
use crate::wire::Limits;

/// What the heads are made of: pieces that are right, and octets that are not in most places.
const PIECES: [&[u8]; 30] = [
    b"GET ",
    b"POST",
    b"G",
    b"/",
    b"/a?b",
    b"http://a/",
    b" HTTP/1.1\r\n",
    b" HTTP/1.0\r\n",
    b"HTTP/1.2",
    b"Host: a\r\n",
    b"Host",
    b": ",
    b":",
    b" ",
    b"\t",
    b"\r\n",
    b"\r\n",
    b"\r",
    b"\n",
    b"X-Long-Name",
    b"a value of some length",
    b"\xff",
    b"\0",
    b"\x7f",
    b"#",
    b"@",
    b"~",
    b"(",
    b"\x1f",
    b"\r\n\r\n",
];

/// A small generator of numbers (xorshift64*): a failing round is repeated by its seed.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % bound
    }
}

fn random_head(random: &mut Random) -> Vec<u8> {
    let mut head =
        b"GET / HTTP/1.1\r\nHost: a\r\nX-Name: a longer value, \xe9\tx\r\nY:z \r\n\r\n".to_vec();
    for _ in 0..random.below(4) {
        let at = random.below(head.len());
        let to = (at + random.below(4)).min(head.len());
        let piece = PIECES[random.below(PIECES.len())];
        drop(head.splice(at..to, piece.iter().copied()));
    }
    head.extend_from_slice(b"\r\n\r\n");
    head
}

/// Tells what `httparse` makes of a head: nothing, if it refuses it.
fn by_httparse(head: &[u8]) -> Option<String> {
    let mut fields = [httparse::EMPTY_HEADER; 64];
    let mut request = httparse::Request::new(&mut fields);
    request
        .parse(head)
        .ok()
        .filter(httparse::Status::is_complete)?;
    let fields = request
        .headers
        .iter()
        .map(|field| (field.name, field.value));
    Some(format!(
        "{:?} {:?} {:?} {:?}",
        request.method?,
        request.path?,
        request.version?,
        fields.collect::<Vec<_>>()
    ))
}

fn by_us(head: &RequestHead) -> String {
    let fields = head.fields().iter().collect::<Vec<_>>();
    let minor = u8::from(head.version() == Version::HTTP_11);
    format!(
        "{:?} {:?} {minor:?} {fields:?}",
        head.method().as_str(),
        head.target()
    )
}

#[test]
fn both_read_the_same_and_only_what_is_stricter_here_is_refused_by_one() {
    let (mut read, mut refused, mut stricter) = (0, 0, 0);
    for seed in 1..=100_000u64 {
        let head = random_head(&mut Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        let told = || format!("seed {seed}: {:?}", String::from_utf8_lossy(&head));
        let ours = RequestParser::new(Limits::default()).parse(&mut BytesMut::from(&head[..]));
        match (ours, by_httparse(&head)) {
            (Ok(Some(ours)), theirs) => {
                assert_eq!(Some(by_us(&ours)), theirs, "{}", told());
                read += 1;
            }
            (Ok(None), _) => panic!("an end was not found: {}", told()),
            (Err(_), None) => refused += 1,
            (Err(error), Some(_)) => {
                let known = matches!(
                    error,
                    HeadError::BareLineFeed
                        | HeadError::BadTarget
                        | HeadError::MissingHost
                        | HeadError::RepeatedHost
                        | HeadError::BadHost
                        | HeadError::TooManyBlankLines
                );
                assert!(known, "{error:?}, {}", told());
                stricter += 1;
            }
        }
    }
    println!("{read} read, {refused} refused by both, {stricter} refused here alone");
    assert!(
        read > 10_000 && refused > 10_000 && stricter > 1_000,
        "{read} {refused} {stricter}"
    );
}
