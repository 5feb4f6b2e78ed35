//! Messages as bytes: a length of four bytes, the lowest first, and so many bytes. Pure data.
//! Next: `function.rs`.
//!
//! Whoever sends too much, or nonsense, is found out before room is made for it: what is kept is what has
//! come, and no length is believed that is above the limit.

/// How long the length is.
const PREFIX: usize = 4;

/// Cuts a stream of bytes into messages.
pub(super) struct Frames {
    /// What has come and belongs to no message that was given out.
    bytes: Vec<u8>,
    /// How long a message may be, in bytes.
    limit: usize,
}

/// A message announces more bytes than are allowed.
#[derive(Debug, PartialEq)]
pub(super) struct TooLong {
    pub(super) announced: usize,
}

impl Frames {
    pub(super) fn new(limit: usize) -> Frames {
        Frames {
            bytes: Vec::new(),
            limit,
        }
    }

    /// Takes over what has come.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Gives the next message out, if it is complete.
    pub(super) fn next(&mut self) -> Result<Option<Vec<u8>>, TooLong> {
        let Some((prefix, rest)) = self.bytes.split_first_chunk::<PREFIX>() else {
            return Ok(None);
        };
        let announced = u32::from_le_bytes(*prefix) as usize;
        if announced > self.limit {
            return Err(TooLong { announced });
        }
        if rest.len() < announced {
            return Ok(None);
        }
        let mut message = std::mem::take(&mut self.bytes);
        self.bytes = message.split_off(PREFIX + announced);
        message.drain(..PREFIX);
        Ok(Some(message))
    }

    /// Whether nothing has come that was not given out.
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

/// Puts the length in front of a message, whose parts are given; `None` if it is longer than `limit`.
pub(super) fn frame(parts: &[&[u8]], limit: usize) -> Option<Vec<u8>> {
    let length = parts.iter().map(|part| part.len()).sum::<usize>();
    let prefix = u32::try_from(length).ok().filter(|_| length <= limit)?;
    let mut bytes = Vec::with_capacity(PREFIX + length);
    bytes.extend_from_slice(&prefix.to_le_bytes());
    parts.iter().for_each(|part| bytes.extend_from_slice(part));
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same again and again.
    struct Random(u64);

    impl Random {
        fn below(&mut self, bound: usize) -> usize {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (self.0 >> 33) as usize % bound
        }

        fn bytes(&mut self, length: usize) -> Vec<u8> {
            (0..length).map(|_| self.below(256) as u8).collect()
        }
    }

    /// The obvious way: all bytes at once, cut from the front.
    fn model(mut bytes: &[u8], limit: usize) -> (Vec<Vec<u8>>, bool) {
        let mut messages = Vec::new();
        while bytes.len() >= 4 {
            let length = u32::from_le_bytes(bytes[..4].try_into().unwrap()) as usize;
            if length > limit {
                return (messages, false);
            }
            if bytes.len() < 4 + length {
                break;
            }
            messages.push(bytes[4..4 + length].to_vec());
            bytes = &bytes[4 + length..];
        }
        (messages, true)
    }

    /// All messages of these bytes, in pieces as they are cut here; and whether none was too long.
    fn cut(pieces: &[&[u8]], limit: usize) -> (Vec<Vec<u8>>, bool) {
        let mut frames = Frames::new(limit);
        let mut messages = Vec::new();
        for piece in pieces {
            frames.push(piece);
            loop {
                match frames.next() {
                    Ok(Some(message)) => messages.push(message),
                    Ok(None) => break,
                    Err(_) => return (messages, false),
                }
            }
        }
        (messages, true)
    }

    #[test]
    fn messages_survive_every_split() {
        let messages: [&[u8]; 4] = [b"", b"a", b"bc", &[0; 9]];
        let mut bytes = Vec::new();
        for message in messages {
            bytes.extend(frame(&[message], 9).unwrap());
        }
        for split in 0..=bytes.len() {
            let (before, after) = bytes.split_at(split);
            let (got, fine) = cut(&[before, after], 9);
            assert!(fine && got == messages, "split at {split}: {got:?}");
        }
    }

    #[test]
    fn random_bytes_in_random_pieces_are_cut_as_the_model_cuts_them() {
        let mut random = Random(7);
        let (mut whole, mut too_long) = (0, 0);
        for _ in 0..20_000 {
            let limit = 20 + random.below(40);
            let mut bytes = Vec::new();
            // Good messages, broken ones, and noise.
            for _ in 0..random.below(6) {
                let length = random.below(50);
                let message = random.bytes(length);
                match random.below(8) {
                    0 => bytes.extend(random.bytes(length)),
                    1 => bytes.extend(u32::MAX.to_le_bytes()),
                    2 => bytes.extend(&frame(&[&message], 50).unwrap()[..length.min(3)]),
                    _ => bytes.extend(frame(&[&message], 50).unwrap()),
                }
            }
            let mut pieces: Vec<&[u8]> = Vec::new();
            let mut rest = &bytes[..];
            while !rest.is_empty() {
                let (piece, behind) = rest.split_at(1 + random.below(rest.len()));
                pieces.push(piece);
                rest = behind;
            }
            let got = cut(&pieces, limit);
            assert_eq!(got, model(&bytes, limit), "{pieces:?}, limit {limit}");
            whole += got.0.len();
            too_long += usize::from(!got.1);
        }
        assert!(whole > 10_000 && too_long > 1000, "{whole} {too_long}");
    }

    #[test]
    fn no_room_is_made_for_what_was_only_announced() {
        let mut frames = Frames::new(usize::MAX);
        frames.push(&u32::MAX.to_le_bytes());
        assert_eq!(frames.next(), Ok(None));
        assert!(frames.bytes.capacity() < 100, "{}", frames.bytes.capacity());
        let mut frames = Frames::new(10);
        frames.push(&11u32.to_le_bytes());
        assert_eq!(frames.next(), Err(TooLong { announced: 11 }));
    }

    #[test]
    fn what_is_too_long_is_not_sent() {
        assert_eq!(frame(&[b"ab", b"c"], 3).unwrap(), b"\x03\0\0\0abc");
        assert_eq!(frame(&[b"ab", b"c"], 2), None);
    }
}
