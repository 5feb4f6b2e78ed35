//! The timer wheel: where every timer of a loop waits for its time.
//!
//! A loop with a hundred thousand connections has as many time-outs, and nearly all of them are
//! cancelled before they are due. So adding and cancelling must cost the same few dozen
//! instructions however many timers there are, which a sorted tree can't do. A wheel sorts
//! roughly, by slots, and sorts exactly only what falls due.
//!
//! # How it works
//!
//! Time is cut into ticks of 65,536 ns. The tick number of a deadline is read as a number with
//! eight digits in base 64, and each digit has a level of 64 slots:
//!
//! ```text
//!   bits of a deadline in ns
//!   63   58 57   52 51   46 45   40 39   34 33   28 27   22 21   16 15                0
//!  +-------+-------+-------+-------+-------+-------+-------+-------+-------------------+
//!  |level 7|level 6|level 5|level 4|level 3|level 2|level 1|level 0| within the tick   |
//!  +-------+-------+-------+-------+-------+-------+-------+-------+-------------------+
//!  a slot
//!  spans:  9 years 52 days 20 h    18 min  17 s    268 ms  4.2 ms  65.5 us
//! ```
//!
//! A timer lies at the level of the *highest digit in which its deadline differs from now*, in
//! the slot that this digit names. So what lies at level 0 differs from now in the last digit
//! at most; and since the digits above a level's own are those of now, they need not be stored.
//! Three things follow, and all of the code below rests on them:
//!
//! 1. Every deadline of a level comes before every deadline of the levels above it. The next
//!    timer is therefore in the first occupied slot of the lowest occupied level, which two
//!    bit operations find.
//! 2. No occupied slot is behind now: the digits only go up, and there is no wrapping round.
//! 3. The eight digits and the sixteen bits below them are exactly the 64 bits of a deadline.
//!    Nothing is too far away, and no list for the overflow is needed. [`NEVER`] is an
//!    ordinary deadline that `collect_due` does not reach.
//!
//! An example in a small wheel with two digits in base 4, where it is tick `03` (that is 3), and
//! timers A to E wait for ticks `03`, `10`, `12`, `12` and `31`:
//!
//! ```text
//!            slot 0   slot 1   slot 2   slot 3
//!  level 0  |        |        |        | A      |    A: no digit differs, so level 0
//!  level 1  |        | B C D  |        | E      |    the others differ in the first digit
//!
//!  now = 11. Slot 3 of level 0 has passed: A is due. Slot 1 of level 1 has begun: it is
//!  emptied, B is due, C and D differ from now in the last digit only and move down.
//!
//!  level 0  |        |        | C D    |        |
//!  level 1  |        |        |        | E      |    E stays until its slot begins
//! ```
//!
//! Thus a timer moves down at most seven times, and most are cancelled before they move at all.
//!
//! # Exact deadlines
//!
//! A slot of level 0 is a tick, but a deadline is in nanoseconds, and it is compared as such:
//! a timer fires at or after its deadline and not because its tick has begun. What is due in
//! one slot is sorted by deadline. Equal deadlines are FIFO without a number that says who was
//! first: they are always in the same slot, a slot is a queue, and what moves down moves in turn. [`TimerWheel::next_wake`] looks into the first slot and gives its earliest
//! deadline, unless the slot is crowded. That is worth it: measured with random sleeps of 1 to
//! 2 ms, the median wakes 65 us late where whole ticks gave 93 to 100 us.
//!
//! # In memory
//!
//! ```text
//!  links    [ 0 .. 511: one head per slot | 512 ..: one per timer ]     next, previous
//!  entries                                [ 0   ..: one per timer ]     deadline, payload
//! ```
//!
//! A slot is a ring of links. They lie apart from the entries because a neighbor's link is all
//! that a cancelled timer touches of its neighbors. What is no longer used is used again, so
//! a warm wheel allocates nothing. To add a timer and cancel it takes about 100 instructions,
//! bounds checks included; reading the clock before takes 30 more.
//!
//! Read `wheel/slots.rs` next, which has the links, then `wheel/tests.rs`, which shows all this
//! in small cases.

mod slots;

use self::slots::{FirstSlot, HEADS, Slots, TICK, head_for};
use super::clock::NEVER;

/// How many timers [`TimerWheel::next_wake`] looks at before it calls a slot crowded.
const FEW: usize = 4;

/// With more timers than this in a slot that is a tick, the next tick is waited for as well.
const MANY: usize = 32;

/// Keeps payloads until their deadlines, in nanoseconds; the runtime's payload is a `Waker`.
///
/// The wheel never calls anything of the payload but its drop, and that only when the wheel
/// itself is dropped: whoever holds the wheel in a cell gets payloads out with `remove`,
/// `collect_due` or `drain`, ends the borrow, and wakes or drops them then.
#[derive(Debug)]
pub(crate) struct TimerWheel<T> {
    /// The latest time that the wheel was told.
    ///
    /// Invariant: every timer lies in the slot `head_for(deadline, now)`.
    now: u64,
    slots: Slots,
    /// Invariant: the timer with link `n` has entry `n - HEADS`.
    entries: Vec<Entry<T>>,
    /// How many timers there are.
    len: usize,
    /// What one slot gave, while it is sorted; kept for its memory.
    due: Vec<Due>,
}

/// Names one timer of the wheel that gave the key. When the timer has fired or was removed, its
/// key finds nothing, even if the timer's memory serves another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TimerKey {
    /// An index into `entries`.
    index: u32,
    generation: u32,
}

#[cfg(feature = "trace")]
impl TimerKey {
    /// A number that no other timer in the wheel has.
    pub(crate) fn number(self) -> u64 {
        u64::from(self.index)
    }
}

/// A timer, or the place for one.
#[derive(Debug)]
struct Entry<T> {
    deadline: u64,
    /// Invariant: `None` means unused.
    payload: Option<T>,
    /// Counts how often the entry was used, from 1. An entry whose count comes round to 0 is
    /// retired, so that no old key can fit again.
    generation: u32,
}

/// A timer that is due, with what it is sorted by.
#[derive(Debug)]
struct Due {
    deadline: u64,
    /// How many were found before it. It orders equal deadlines.
    place: u32,
    link: u32,
}

impl Due {
    /// No two are equal: each has a place of its own.
    fn order(&self) -> (u64, u32) {
        (self.deadline, self.place)
    }
}

impl<T> TimerWheel<T> {
    /// Creates a wheel without timers where it is `now`.
    pub(crate) fn new(now: u64) -> TimerWheel<T> {
        TimerWheel {
            now,
            slots: Slots::new(),
            entries: Vec::new(),
            len: 0,
            due: Vec::new(),
        }
    }

    /// The number of timers.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Says whether there is no timer at all, not even one that waits for ever.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds a timer. If its deadline has passed, the next `collect_due` gives it back.
    #[inline(always)]
    pub(crate) fn insert(&mut self, deadline: u64, payload: T) -> TimerKey {
        let head = head_for(deadline, self.now);
        let link = match self.slots.push_unused(head) {
            Some(link) => link,
            None => self.grow(head),
        };
        self.len += 1;
        let index = link - HEADS;
        let entry = &mut self.entries[index as usize];
        let generation = entry.generation;
        entry.deadline = deadline;
        // What was there is `None`, but an assignment would look, to drop it.
        std::mem::forget(entry.payload.replace(payload));
        TimerKey { index, generation }
    }

    /// Removes a timer and gives its payload back; `None` if it has fired or was removed.
    #[inline]
    pub(crate) fn remove(&mut self, key: TimerKey) -> Option<T> {
        let entry = self.entries.get_mut(key.index as usize)?;
        if entry.generation != key.generation {
            return None;
        }
        debug_assert!(entry.payload.is_some());
        self.len -= 1;
        self.slots.unlink(key.index + HEADS);
        entry.release(key.index + HEADS, &mut self.slots)
    }

    /// The payload of a timer that still waits.
    #[inline]
    pub(crate) fn get_mut(&mut self, key: TimerKey) -> Option<&mut T> {
        let entry = self.entries.get_mut(key.index as usize)?;
        if entry.generation != key.generation {
            return None;
        }
        entry.payload.as_mut()
    }

    /// Tells an empty wheel what time it is; one with timers learns it from `collect_due`.
    ///
    /// So the first timer after a pause lies at a low level, from where it needs no moving.
    #[inline]
    pub(crate) fn anchor(&mut self, now: u64) {
        if self.len == 0 {
            self.now = self.now.max(now);
        }
    }

    /// Removes all timers with a deadline of at most `now` and appends their payloads to
    /// `fired`: by deadline, and in the order of insertion among equal deadlines.
    ///
    /// Time never goes backward: a `now` before an earlier one counts as that earlier one.
    /// A timer for [`NEVER`] does not fire at that time either.
    pub(crate) fn collect_due(&mut self, now: u64, fired: &mut Vec<T>) {
        // With this, `deadline <= now` is false for a timer that waits for ever.
        let now = now.max(self.now).min(NEVER - 1);
        while let Some(slot) = self.slots.first(self.now) {
            if slot.begin > now {
                break;
            }
            // A slot that ends after now is the last one to look at, and what is not due in it
            // gets its place by the new time. Other timers keep theirs: they have the digit of
            // this level, or a higher one, later than both the old time and the new.
            let last = now < slot.end;
            if last {
                self.now = now;
            }
            self.empty_slot(&slot, now);
            self.fire(fired);
            if last {
                break;
            }
        }
        self.now = now;
    }

    /// The earliest deadline; `None` if all timers, if any, wait for ever.
    ///
    /// Looks at every timer in the first slot.
    pub(crate) fn next_deadline(&self) -> Option<u64> {
        let slot = self.slots.first(self.now)?;
        let earliest = self.deadlines(&slot).min();
        earliest.filter(|&deadline| deadline != NEVER)
    }

    /// When to call `collect_due` next, found in constant time.
    ///
    /// With at most four timers in the first slot, this is `next_deadline`. In a crowded slot
    /// nobody looks for the earliest:
    /// - at level 0 the slot is a tick, and its end is given. So a timer fires at most one
    ///   tick later than it could (than its deadline, or than its insertion if it was added
    ///   with a deadline in the past), and the crowd fires in one go. More than 32 are a crowd in
    ///   which the next tick's timers fire with those of this one: to wake costs as much as some
    ///   dozens of them, and each is two ticks late at the most;
    /// - at higher levels the slot's beginning is given. Nothing may be due then, but
    ///   `collect_due` spreads the slot over the levels below, and the next answer is better.
    ///   So a timer costs at most seven wakes more than its own.
    ///
    /// Nothing fires early by this, since `collect_due` goes by deadlines alone.
    #[inline(never)]
    pub(crate) fn next_wake(&self) -> Option<u64> {
        let slot = self.slots.first(self.now)?;
        let (mut earliest, mut count) = (NEVER, 0);
        for deadline in self.deadlines(&slot).take(MANY + 1) {
            earliest = earliest.min(deadline);
            count += 1;
            if count > FEW && slot.level > 0 {
                return Some(slot.begin);
            }
        }
        if count <= FEW {
            return Some(earliest).filter(|&deadline| deadline != NEVER);
        }
        let more = if count > MANY { TICK } else { 0 };
        Some(slot.end.saturating_add(more))
    }

    /// Shows `look` the deadline and the payload of each timer, in no order.
    pub(crate) fn each(&self, mut look: impl FnMut(u64, &T)) {
        for entry in &self.entries {
            if let Some(payload) = &entry.payload {
                look(entry.deadline, payload);
            }
        }
    }

    /// Removes all timers and gives their payloads, in no particular order, so that a loop that
    /// ends can drop them when it no longer borrows the wheel.
    pub(crate) fn drain(&mut self) -> Vec<T> {
        let mut payloads = Vec::with_capacity(self.len);
        while let Some(slot) = self.slots.first(self.now) {
            let link = self.slots.next(slot.head);
            self.slots.unlink(link);
            let entry = &mut self.entries[(link - HEADS) as usize];
            payloads.extend(entry.release(link, &mut self.slots));
        }
        self.len = 0;
        payloads
    }

    /// Makes one more entry and its link, which is put at the end of the ring of `head`.
    #[cold]
    #[inline(never)]
    fn grow(&mut self, head: u32) -> u32 {
        self.entries.push(Entry {
            deadline: 0,
            payload: None,
            generation: 1,
        });
        let link = self.slots.make();
        self.slots.push(head, link);
        link
    }

    /// Empties a slot: moves to `self.due` what is due, and the rest to where it belongs now.
    fn empty_slot(&mut self, slot: &FirstSlot, now: u64) {
        let head = slot.head;
        let mut link = self.slots.detach(head);
        while link != head {
            // Read before `link` is put into another ring, or at the end of this one.
            let next = self.slots.next(link);
            let deadline = self.entries[(link - HEADS) as usize].deadline;
            if deadline <= now {
                let place = self.due.len() as u32; // There are fewer than links.
                self.due.push(Due {
                    deadline,
                    place,
                    link,
                });
            } else {
                self.slots.push(head_for(deadline, self.now), link);
            }
            link = next;
        }
    }

    /// Appends to `fired` the payloads of what is in `self.due`, in order.
    fn fire(&mut self, fired: &mut Vec<T>) {
        if !self.due.is_sorted_by_key(Due::order) {
            sort(&mut self.due);
        }
        self.len -= self.due.len();
        fired.extend(self.due.drain(..).filter_map(|due| {
            let entry = &mut self.entries[(due.link - HEADS) as usize];
            entry.release(due.link, &mut self.slots)
        }));
    }

    /// The deadlines in a slot, in order of insertion.
    fn deadlines(&self, slot: &FirstSlot) -> impl Iterator<Item = u64> {
        let links = self.slots.ring(slot.head);
        links.map(|link| self.entries[(link - HEADS) as usize].deadline)
    }
}

/// Sorts in place, by a heap. Few timers fall due at once, and mostly in order already; std's sort would
/// be 2 KB of a small server.
fn sort(due: &mut [Due]) {
    /// Lets the entry at `place` sink until none below it is later.
    fn sink(heap: &mut [Due], mut place: usize) {
        loop {
            let mut latest = place;
            for below in [2 * place + 1, 2 * place + 2] {
                if below < heap.len() && heap[below].order() > heap[latest].order() {
                    latest = below;
                }
            }
            if latest == place {
                return;
            }
            heap.swap(place, latest);
            place = latest;
        }
    }
    (0..due.len() / 2).rev().for_each(|place| sink(due, place));
    for end in (1..due.len()).rev() {
        due.swap(0, end);
        sink(&mut due[..end], 0);
    }
}

impl<T> Entry<T> {
    /// Takes the payload out of an entry whose link is in no ring any more, and makes the entry
    /// ready for the next timer.
    #[inline]
    fn release(&mut self, link: u32, slots: &mut Slots) -> Option<T> {
        self.generation = self.generation.wrapping_add(1);
        if self.generation != 0 {
            slots.give_back(link);
        }
        self.payload.take()
    }
}

#[cfg(test)]
mod model_tests;
#[cfg(test)]
mod tests;
