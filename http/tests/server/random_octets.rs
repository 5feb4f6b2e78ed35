//! Requests with random faults: whatever comes, the connection's task ends by itself and without a
//! panic, and what it says on the way is a row of proper answers.

use futures_lite::{AsyncReadExt, AsyncWriteExt};
use oneloop_http::{ReadBodyError, Request, Response, serve_connection};
use oneloop_net::{DuplexStream, duplex};

use crate::support::{Medium, on};

const CASES: u64 = 3000;

/// A stream of proper requests, of every kind of framing.
const PROPER: &str = "GET /a?b HTTP/1.1\r\nHost: h\r\nAccept: */*\r\n\r\n\
    POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nHello\
    POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nHello\r\n0\r\nT: u\r\n\r\n\
    PUT /d HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nab\
    HEAD http://h/e HTTP/1.1\r\nHost: h\r\n\r\n\
    GET /f HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";

/// Pieces that do harm in the wrong place.
const HARMFUL: [&[u8]; 12] = [
    b"\r\n",
    b"\n",
    b"\r",
    b"\0",
    b" ",
    b":",
    b"\xff",
    b"0",
    b"chunked",
    b"Content-Length: 3\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"18446744073709551615",
];

/// A small generator: the same numbers in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

/// Breaks a stream in one to four places.
fn broken(random: &mut Random) -> Vec<u8> {
    let mut octets = PROPER.as_bytes().to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(octets.len());
        match random.below(4) {
            0 => drop(octets.remove(at)),
            1 => octets[at] = random.below(256) as u8,
            2 => drop(octets.splice(at..at, HARMFUL[random.below(HARMFUL.len())].iter().copied())),
            _ => octets.truncate(at.max(1)),
        }
    }
    octets
}

/// Reads some bodies, leaves others, and answers in every framing.
async fn handler(mut request: Request) -> Result<Response, ReadBodyError> {
    Ok(match request.path().len() % 3 {
        0 => Response::text("not read"),
        1 => Response::bytes(request.bytes().await?),
        _ => {
            let mut body = request.into_body();
            Response::ok(oneloop_http::Body::produce(async move |mut writer| {
                while let Ok(Some(piece)) = body.chunk().await {
                    writer.write(piece).await?;
                }
                Ok(())
            }))
        }
    })
}

/// Sends the octets in random pieces, then the end, and collects what comes back.
async fn converse(mut peer: DuplexStream, octets: &[u8], random: &mut Random) -> Vec<u8> {
    let mut rest = octets;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(1 + random.below(rest.len()));
        if peer.write_all(piece).await.is_err() {
            break;
        }
        oneloop::yield_now().await;
        rest = after;
    }
    let _ = peer.close().await;
    let mut received = Vec::new();
    let _ = peer.read_to_end(&mut received).await;
    received
}

#[test]
fn random_faults_end_in_an_orderly_way() {
    on(Medium::Memory, async |_| {
        let mut random = Random(1);
        let mut refused = 0;
        for case in 0..CASES {
            let octets = broken(&mut random);
            let shown = octets.escape_ascii();
            let (peer, stream) = duplex(64 * 1024);
            let served = oneloop::create_task(serve_connection(stream, handler));
            let received = converse(peer, &octets, &mut random).await;
            let ended = oneloop::timeout(std::time::Duration::from_secs(60), served).await;
            assert!(
                matches!(ended, Ok(Ok(()))),
                "case {case}: {ended:?} after {shown}"
            );
            let text = String::from_utf8_lossy(&received);
            assert!(
                text.is_empty() || text.starts_with("HTTP/1.1 "),
                "case {case}: {text:?} after {shown}"
            );
            refused += u64::from(text.contains("HTTP/1.1 400 "));
            assert!(
                !text.contains("HTTP/1.1 500 "),
                "case {case}: {text:?} after {shown}"
            );
        }
        println!("{refused} of {CASES} streams were refused with 400");
        assert!(refused > CASES / 4, "only {refused} streams were refused");
    });
}
