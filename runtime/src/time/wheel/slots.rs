//! The slots of the timer wheel: which digit of a deadline names a slot, and what lies in it.
//!
//! This half of the wheel knows numbers only. A timer is a *link* here, linked into the ring of
//! one slot. The first [`HEADS`] links are the heads of the slots, and every ring goes through
//! its head: so linking and unlinking need no test for the list's ends. Links that no timer
//! uses form a chain and are taken from there again. Read `../wheel.rs` first, for the picture.

/// A tick has 2^16 ns, about 65 us. A shorter tick does not fire earlier, since deadlines are
/// exact, but wakes the loop more often when timers come thick.
pub(super) const TICK_BITS: u32 = 16;
/// So many nanoseconds.
pub(super) const TICK: u64 = 1 << TICK_BITS;
/// A level has 2^6 slots, as many as a word has bits.
pub(super) const LEVEL_BITS: u32 = 6;
pub(super) const LEVELS: usize = 8;
const SLOTS: u32 = 1 << LEVEL_BITS;
/// The slots of all levels; also how many links are heads.
pub(super) const HEADS: u32 = LEVELS as u32 * SLOTS;
/// Ends the chain of unused links. A head can't be unused, so its number is free to say so.
const NONE: u32 = 0;

const _: () = assert!(
    TICK_BITS + LEVELS as u32 * LEVEL_BITS == u64::BITS,
    "the levels must reach as far as a deadline does"
);

/// All slots, and a link for each timer.
#[derive(Debug)]
pub(super) struct Slots {
    /// One word per level, a bit for each slot that is not empty.
    pub(super) occupied: [u64; LEVELS],
    /// The heads of the slots, then a link for each timer.
    links: Vec<Link>,
    /// The first unused link, or [`NONE`].
    unused: u32,
}

/// A place in a ring, or in the chain of unused links (by `next` alone).
#[derive(Clone, Copy, Debug)]
struct Link {
    next: u32,
    previous: u32,
}

/// The first slot that is not empty.
pub(super) struct FirstSlot {
    pub(super) level: usize,
    /// The number of the slot's head.
    pub(super) head: u32,
    /// The first nanosecond that belongs to the slot.
    pub(super) begin: u64,
    /// The last one.
    pub(super) end: u64,
}

/// What a difference whose highest bit is this says: the first head of its level, and (in the lower
/// six bits) how far down its digit is to be shifted. The level is `(bit - 16) / 6`; this is a table,
/// since dividing by six takes twice as many instructions as looking all of it up.
const PLACE_BY_BIT: [u16; 64] = {
    let mut places = [0; 64];
    let mut bit = TICK_BITS;
    while bit < u64::BITS {
        let level = (bit - TICK_BITS) / LEVEL_BITS;
        let shift = TICK_BITS + level * LEVEL_BITS;
        places[bit as usize] = (((level * SLOTS) << 6) | shift) as u16;
        bit += 1;
    }
    places
};

/// The head of the slot for a deadline when it is `now`: 64 for each level below, and the
/// digit. A deadline that has passed goes where the present tick is.
#[inline]
pub(super) fn head_for(deadline: u64, now: u64) -> u32 {
    let deadline = deadline.max(now);
    // With the bits of level 0 set, a deadline in the present tick belongs to level 0 too.
    let differing = (deadline ^ now) | ((1 << (TICK_BITS + LEVEL_BITS)) - 1);
    let place = PLACE_BY_BIT[differing.ilog2() as usize];
    let digit = (deadline >> (place % 64)) as u32 % SLOTS;
    u32::from(place >> 6) + digit
}

impl Slots {
    /// Creates empty slots.
    pub(super) fn new() -> Slots {
        Slots {
            occupied: [0; LEVELS],
            links: (0..HEADS).map(Link::alone).collect(),
            unused: NONE,
        }
    }

    /// Takes a link from the chain of unused ones, if there is one, and puts it at the end of the
    /// ring of `head`. Both at once, so that its bounds are checked once.
    #[inline]
    pub(super) fn push_unused(&mut self, head: u32) -> Option<u32> {
        if self.unused == NONE {
            return None;
        }
        let link = self.unused;
        self.unused = self.links[link as usize].next;
        self.push(head, link);
        Some(link)
    }

    /// Adds a link to the chain of unused ones.
    #[inline]
    pub(super) fn give_back(&mut self, link: u32) {
        self.links[link as usize].next = self.unused;
        self.unused = link;
    }

    /// Makes a link that is in no ring and no chain. Numbers go up by one from [`HEADS`].
    pub(super) fn make(&mut self) -> u32 {
        let Ok(link) = u32::try_from(self.links.len()) else {
            panic!("four billion timers don't fit");
        };
        self.links.push(Link::alone(link));
        link
    }

    /// Puts a link at the end of the ring of `head`.
    #[inline]
    pub(super) fn push(&mut self, head: u32, link: u32) {
        let tail = std::mem::replace(&mut self.links[head as usize].previous, link);
        self.links[tail as usize].next = link;
        self.links[link as usize] = Link {
            next: head,
            previous: tail,
        };
        self.occupied[level_of(head)] |= bit_of(head);
    }

    /// Takes a link out of the ring it is in.
    #[inline]
    pub(super) fn unlink(&mut self, link: u32) {
        let Link { next, previous } = self.links[link as usize];
        self.links[previous as usize].next = next;
        self.links[next as usize].previous = previous;
        if next == previous {
            // Both neighbors are the same link: the head, which is now alone.
            self.occupied[level_of(next)] &= !bit_of(next);
        }
    }

    /// Empties a slot and gives the first link of what was its ring. The others can be reached
    /// by `next`, up to `head`, if each link is asked before it is put elsewhere.
    pub(super) fn detach(&mut self, head: u32) -> u32 {
        self.occupied[level_of(head)] &= !bit_of(head);
        std::mem::replace(&mut self.links[head as usize], Link::alone(head)).next
    }

    /// The link after this one in its ring.
    #[inline]
    pub(super) fn next(&self, link: u32) -> u32 {
        self.links[link as usize].next
    }

    /// The links in the ring of `head` from the first to the last, without the head.
    pub(super) fn ring(&self, head: u32) -> impl Iterator<Item = u32> {
        let next = move |&link: &u32| Some(self.next(link)).filter(|&next| next != head);
        std::iter::successors(next(&head), next)
    }

    /// Finds the slot where the earliest timers are: the first one of the lowest level that
    /// has any.
    #[inline]
    pub(super) fn first(&self, now: u64) -> Option<FirstSlot> {
        let level = self.occupied.iter().position(|&slots| slots != 0)?;
        let digit = self.occupied[level].trailing_zeros();
        let shift = TICK_BITS + level as u32 * LEVEL_BITS;
        // The digits above this level's are those of now.
        let higher = (now >> shift) & !u64::from(SLOTS - 1);
        let begin = (higher | u64::from(digit)) << shift;
        Some(FirstSlot {
            level,
            head: level as u32 * SLOTS + digit,
            begin,
            end: begin | ((1 << shift) - 1),
        })
    }
}

impl Link {
    /// A link that is a ring by itself.
    fn alone(link: u32) -> Link {
        Link {
            next: link,
            previous: link,
        }
    }
}

#[inline]
fn level_of(head: u32) -> usize {
    // A head's level is below `LEVELS`; the remainder tells the compiler.
    (head / SLOTS) as usize % LEVELS
}

#[inline]
fn bit_of(head: u32) -> u64 {
    1 << (head % SLOTS)
}

#[cfg(test)]
impl Slots {
    /// Panics if a ring is torn or a bit is wrong; gives the timers' links in use, each with
    /// its head, and the unused ones.
    pub(super) fn check(&self) -> (Vec<(u32, u32)>, Vec<u32>) {
        let (mut used, mut unused) = (Vec::new(), Vec::new());
        for head in 0..HEADS {
            let occupied = self.occupied[level_of(head)] & bit_of(head) != 0;
            if cfg!(miri) && !occupied {
                continue; // The empty slots take Miri a tenth of a second.
            }
            let mut previous = head;
            for link in self.ring(head) {
                assert!(link >= HEADS, "a head in another slot's ring");
                assert_eq!(self.links[link as usize].previous, previous, "ring is torn");
                previous = link;
                used.push((head, link));
                assert!(used.len() <= self.links.len(), "a ring does not end");
            }
            assert_eq!(self.links[head as usize].previous, previous, "ring is torn");
            assert_eq!(occupied, previous != head, "the bit of slot {head}");
        }
        let mut link = self.unused;
        while link != NONE {
            assert!(link >= HEADS, "a head is unused");
            unused.push(link);
            assert!(unused.len() <= self.links.len(), "the chain does not end");
            link = self.next(link);
        }
        (used, unused)
    }
}
