//! Where each field line lies in the bytes that were received, and which names there are.
//!
//! Read `parse/lines.rs` next, which fills the table.

/// Points at the field lines of one section. It may be filled again for another one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    /// In the order of the wire.
    lines: Vec<Line>,
    /// One bit for each name that is there, chosen by [`bit_of`]; two names may share one.
    ///
    /// Most look-ups are in vain: each request is asked for a `Transfer-Encoding`, an `Expect` and
    /// more that hardly any has. This word answers them without a walk.
    names: u64,
}

/// Points at one field line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    /// The field name, a token.
    pub(crate) name: Span,
    /// The field value without white space around it.
    pub(crate) value: Span,
}

impl Table {
    /// Forgets all lines, but not the room that they took.
    pub(crate) fn clear(&mut self) {
        self.lines.clear();
        self.names = 0;
    }

    /// Makes room for so many lines more.
    pub(crate) fn reserve(&mut self, lines: usize) {
        self.lines.reserve(lines);
    }

    /// Appends a line with this name.
    #[inline]
    pub(crate) fn push(&mut self, name: &str, line: Line) {
        self.names |= bit_of(name.as_bytes());
        self.lines.push(line);
    }

    /// All lines.
    pub(crate) fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// How many lines there is room for.
    pub(crate) fn capacity(&self) -> usize {
        self.lines.capacity()
    }

    /// Tells whether there may be a name that has one of these bits.
    #[inline]
    pub(crate) fn may_have(&self, bits: u64) -> bool {
        self.names & bits != 0
    }

    /// The lines among which those with this name are: none, or all.
    pub(crate) fn lines_that_may_be(&self, name: &[u8]) -> &[Line] {
        if self.may_have(bit_of(name)) {
            self.lines()
        } else {
            &[]
        }
    }
}

/// Gives a name its bit, the same in any case of letters.
pub(crate) const fn bit_of(name: &[u8]) -> u64 {
    let [first, ..] = name else { return 0 };
    let [.., last] = name else { return 0 };
    let (first, last) = (*first as usize | 0x20, *last as usize | 0x20);
    1 << ((name.len() + first * 7 + last * 3) % 64)
}

/// A range of a message's bytes, in half the room that a `Range<usize>` takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    /// The first octet.
    start: u32,
    /// One behind the last octet.
    end: u32,
}

impl Span {
    /// Points at what begins at `start` and ends before `end`, in a message that [`fits`].
    #[inline]
    pub(crate) const fn new(start: usize, end: usize) -> Span {
        debug_assert!(fits(end), "the length of the message was looked at before");
        Span {
            start: start as u32,
            end: end as u32,
        }
    }

    /// Points at what lies between the end of `other` and the end of this.
    pub(crate) fn behind(self, other: Span) -> Span {
        Span {
            start: other.end,
            end: self.end,
        }
    }

    /// The place of the first octet.
    #[inline]
    pub(super) fn start(self) -> usize {
        self.start as usize
    }

    /// The place behind the last octet.
    #[inline]
    pub(super) fn end(self) -> usize {
        self.end as usize
    }

    #[inline]
    pub(crate) fn len(self) -> usize {
        self.end.saturating_sub(self.start) as usize
    }

    #[inline]
    pub(crate) fn get(self, whole: &[u8]) -> &[u8] {
        whole
            .get(self.start as usize..self.end as usize)
            .unwrap_or_default()
    }

    /// Reads the range as text; all ranges read this way were checked to be ASCII.
    pub(crate) fn text(self, whole: &[u8]) -> &str {
        std::str::from_utf8(self.get(whole)).unwrap_or_default()
    }
}

/// Tells whether a [`Span`] can point at what ends at `length`: a head is longer only where all limits
/// were taken away.
#[inline]
pub(crate) const fn fits(length: usize) -> bool {
    length <= u32::MAX as usize
}
