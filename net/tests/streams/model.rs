//! The reader against a model that knows the whole text at once: whatever the pieces in which the text
//! comes, and wherever a read is given up, both must give the same.

use futures_io::AsyncRead;
use oneloop_net::streams::{ReadError, StreamReader};
use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

const LIMIT: usize = 6;

/// Gives a text in pieces, with a wait in front of each.
struct Pieces {
    /// The lengths of the pieces, the next one last.
    lengths: Vec<usize>,
    text: Vec<u8>,
    waited: bool,
}

impl AsyncRead for Pieces {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.waited = !self.waited;
        if self.waited {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let length = self.lengths.pop().unwrap_or(0);
        let piece: Vec<u8> = self.text.drain(..length).collect();
        buffer[..length].copy_from_slice(&piece);
        Poll::Ready(Ok(length))
    }
}

#[derive(Clone, Copy, Debug)]
enum Ask {
    Read(usize),
    Exactly(usize),
    Line,
    Until(&'static [u8]),
    Any(&'static [&'static [u8]]),
    End(usize),
}

const ASKS: [Ask; 11] = [
    Ask::Read(1),
    Ask::Read(3),
    Ask::Exactly(0),
    Ask::Exactly(2),
    Ask::Exactly(9),
    Ask::Line,
    Ask::Until(b"ab"),
    Ask::Until(b"aab"),
    Ask::Any(&[b"\n", b"b\n"]),
    Ask::Any(&[b"ba", b"a"]),
    Ask::End(4),
];

/// What came of it, in words, so that both sides can be compared.
type Answer = Result<Vec<u8>, String>;

/// Polls a future until it is done, or gives it up after so many polls.
fn drive<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..polls {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
    }
    None
}

fn ask(reader: &StreamReader, ask: Ask, polls: usize) -> Option<Answer> {
    let answer = drive(
        async {
            match ask {
                Ask::Read(most) => reader.read(most).await,
                Ask::Exactly(length) => reader.readexactly(length).await,
                Ask::Line => reader.readline().await,
                Ask::Until(separator) => reader.readuntil(separator).await,
                Ask::Any(separators) => reader.readuntil_any(separators).await,
                Ask::End(most) => reader.read_to_end(most).await,
            }
        },
        polls,
    )?;
    Some(answer.map_err(|error| match error {
        // How much had come when a limit was seen to be overrun depends on the pieces.
        ReadError::LimitOverrun { .. } | ReadError::BoundOverrun { .. } => "overrun".to_owned(),
        ReadError::Incomplete { partial, expected } => format!("{partial:?} of {expected}"),
        other => panic!("{other:?}"),
    }))
}

/// The same on the whole text. `read` may give less than the model knows of, and says how much.
fn expect(text: &mut Vec<u8>, asked: Ask, answer: &Answer) -> Answer {
    let take = |text: &mut Vec<u8>, length: usize| -> Vec<u8> { text.drain(..length).collect() };
    let until = |text: &[u8], separators: &[&[u8]]| -> Option<(usize, usize)> {
        let ends = (1..=text.len()).filter_map(|end| {
            let ending = separators.iter().filter(|one| text[..end].ends_with(one));
            let longest = ending.map(|one| one.len()).max()?;
            Some((end - longest, end))
        });
        ends.min_by_key(|&(_, end)| end)
    };
    let separators: &[&[u8]] = match asked {
        Ask::Read(most) => {
            let got = answer.as_ref().map_or(0, Vec::len);
            let some = got > 0 && got <= most;
            assert!(some || text.is_empty(), "{asked:?} gave {got}");
            return Ok(take(text, got));
        }
        Ask::Exactly(length) if length <= text.len() => return Ok(take(text, length)),
        Ask::Exactly(length) => return Err(format!("{:?} of {length}", std::mem::take(text))),
        Ask::End(most) if text.len() > most => return Err("overrun".to_owned()),
        Ask::End(_) => return Ok(std::mem::take(text)),
        Ask::Line => &[b"\n"],
        Ask::Until(separator) => &[separator],
        Ask::Any(separators) => separators,
    };
    match until(text, separators) {
        Some((begin, end)) if begin <= LIMIT => Ok(take(text, end)),
        Some(_) => Err("overrun".to_owned()),
        // A separator may have begun within the limit, and its end is still to come.
        None if text.len() + 1 > LIMIT + separators.iter().map(|one| one.len()).max().unwrap() => {
            Err("overrun".to_owned())
        }
        None => {
            let partial = std::mem::take(text);
            match asked {
                Ask::Line => Ok(partial),
                _ => Err(format!("{partial:?} of 0")),
            }
        }
    }
}

/// The lengths that the bits of `cuts` cut a text into, the first one last.
fn pieces(length: usize, cuts: usize) -> Vec<usize> {
    let mut lengths = Vec::new();
    let mut begin = 0;
    for end in 1..=length {
        if end == length || cuts & (1 << (end - 1)) != 0 {
            lengths.push(end - begin);
            begin = end;
        }
    }
    lengths.reverse();
    lengths
}

/// Asks one thing after the other until the text is read, each of them given up `given_up` times first.
fn compare(text: &[u8], cuts: usize, asks: &[Ask], given_up: usize) -> usize {
    let source = Pieces {
        lengths: pieces(text.len(), cuts),
        text: text.to_vec(),
        waited: false,
    };
    let reader = StreamReader::with_limit(source, LIMIT);
    let mut model = text.to_vec();
    for &asked in asks {
        let mut answer = None;
        for _ in 0..given_up {
            answer = answer.or_else(|| ask(&reader, asked, 1));
        }
        let answer = answer.or_else(|| ask(&reader, asked, 1000)).unwrap();
        let expected = expect(&mut model, asked, &answer);
        assert_eq!(
            answer, expected,
            "{text:?}, cuts {cuts:b}, {asks:?}, given up {given_up}"
        );
    }
    asks.len()
}

#[test]
fn every_split_of_a_text_reads_as_the_whole_does() {
    let texts: [&[u8]; 5] = [b"aab\nab\na", b"\n\nbaab", b"aaaaaaab", b"abababab", b""];
    let mut compared = 0;
    for text in texts {
        for cuts in 0..1 << text.len().saturating_sub(1) {
            for first in ASKS {
                for second in ASKS {
                    compared += compare(text, cuts, &[first, second, Ask::Line], 0);
                    compared += compare(text, cuts, &[first, second, Ask::Line], 2);
                }
            }
        }
    }
    println!("{compared} reads compared");
    assert!(compared > 200_000);
}

#[test]
fn random_reads_of_random_texts_agree_with_the_model() {
    let mut seed = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = move |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % below as u64) as usize
    };
    for _ in 0..20_000 {
        let length = random(40);
        let text: Vec<u8> = (0..length).map(|_| b"aab\n"[random(4)]).collect();
        let asks: Vec<Ask> = (0..12).map(|_| ASKS[random(ASKS.len())]).collect();
        compare(&text, random(1 << 40), &asks, random(4));
    }
}
