//! What the reactor remembers of each source: which directions are ready and who waits. Pure data.
//!
//! Next to read: `registration.rs`, which drives this.
//!
//! Every registration gets a generation that travels with its token to the kernel and back. A
//! descriptor that was closed may still have an event on its way, in the batch being read or because
//! a copy of it lives on in another process. Its slot may have a new tenant by then: the generation
//! differs and the event goes nowhere. (RUSTSEC-2024-0019 tells what happens without this.)

use super::waiter::{Admission, REPLACEMENTS_PER_LOOK, Refusal, Waiter, Who};
use crate::trace::{Direction, ENABLED};
use mio::Token;
use mio::event::Event;
use slab::Slab;
use std::io;
use std::num::NonZeroU64;
use std::task::Waker;

/// Names one registration, for as long as it lasts and never another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    /// The place in the slab, below [`MOST_SLOTS`].
    index: u32,
    /// Which of the place's tenants is meant.
    generation: u32,
}

/// How a token is divided: the index in the low bits, the generation above.
const INDEX_BITS: u32 = if usize::BITS >= 64 { 32 } else { 20 };
/// Generations count modulo this, which is what the token has room for.
const GENERATION_MASK: u32 = ((1u64 << (usize::BITS - INDEX_BITS)) - 1) as u32;
/// The largest indices stay free, since the tokens of bell and timer have all ones there.
const MOST_SLOTS: usize = (1 << (INDEX_BITS - 1)) - 1;

/// All registered sources of one reactor.
pub(crate) struct Slots {
    /// The sources, addressed by [`Key::index`].
    slab: Slab<Slot>,
    /// Goes up with each registration. That it counts for all slots together, instead of for each
    /// one, lets a freed slot be truly empty.
    next_generation: u32,
}

/// One registered source.
struct Slot {
    /// Tells this tenant from the slot's earlier ones.
    generation: u32,
    /// Whether an operation is worth trying, by direction.
    ready: [bool; 2],
    /// Whether a short read or write is no sign that the direction is drained, by direction: there may be more
    /// of which the kernel told already and will not tell again. It was closed, failed, or an urgent byte cut
    /// a read short.
    lasting: [bool; 2],
    /// The look at the kernel in which `replacements` were counted.
    look: u32,
    /// How often a waiter replaced another one during that look.
    replacements: u32,
    /// Who waits, by direction.
    ///
    /// Invariant: a waiter is present only while its direction is not ready.
    waiters: [Option<Waiter>; 2],
}

impl Direction {
    /// The position of what a slot keeps for this direction.
    fn place(self) -> usize {
        match self {
            Direction::Read => 0,
            Direction::Write => 1,
        }
    }
}

impl Key {
    /// Packs the key into what the kernel gives back with each event.
    pub(crate) fn token(self) -> Token {
        Token((self.generation as usize) << INDEX_BITS | self.index as usize)
    }

    /// The number by which the trace knows this registration.
    pub(crate) fn number(self) -> usize {
        self.generation as usize
    }

    /// Unpacks what the kernel gave back.
    pub(super) fn from_token(token: Token) -> Key {
        let index_mask = (1usize << INDEX_BITS) - 1;
        Key {
            index: (token.0 & index_mask) as u32,
            generation: (token.0 >> INDEX_BITS) as u32,
        }
    }
}

impl Slots {
    /// Makes an empty set.
    pub(crate) fn new() -> Slots {
        Slots {
            slab: Slab::new(),
            next_generation: 0,
        }
    }

    /// Returns how many sources there are.
    pub(crate) fn len(&self) -> usize {
        self.slab.len()
    }

    /// Makes a slot that is ready in both directions, so that the first operations are tried.
    pub(crate) fn insert(&mut self) -> io::Result<Key> {
        let generation = self.next_generation;
        let entry = self.slab.vacant_entry();
        if entry.key() > MOST_SLOTS {
            return Err(io::Error::other("too many sources in one loop"));
        }
        let key = Key {
            index: entry.key() as u32,
            generation,
        };
        entry.insert(Slot {
            generation,
            ready: [true; 2],
            lasting: [false; 2],
            look: 0,
            replacements: 0,
            waiters: [None, None],
        });
        self.next_generation = generation.wrapping_add(1) & GENERATION_MASK;
        Ok(key)
    }

    /// Returns how many waiters there are, in either direction.
    pub(crate) fn waiters(&self) -> usize {
        let waiters = self.slab.iter().flat_map(|(_, slot)| &slot.waiters);
        waiters.flatten().count()
    }

    /// Tells for which sources, by their numbers, the task with this waker waits.
    pub(crate) fn awaited_by(&self, waker: &Waker, mut tell: impl FnMut(u64, Direction)) {
        for (_, slot) in &self.slab {
            for (waiter, direction) in slot.waiters.iter().zip([Direction::Read, Direction::Write])
            {
                if let Some(waiter) = waiter
                    && waiter.waker.will_wake(waker)
                {
                    tell(slot.generation.into(), direction);
                }
            }
        }
    }

    /// Frees a slot, unless that was done before, and returns who waited in it.
    #[must_use = "dropping a waker runs foreign code: do it where nothing is borrowed"]
    pub(crate) fn remove(&mut self, key: Key) -> Option<[Option<Waiter>; 2]> {
        self.get(key)?;
        Some(self.slab.remove(key.index as usize).waiters)
    }

    /// Notes an event of the kernel and moves those who waited for it to `woken`.
    ///
    /// Returns which directions became ready that were not before, with the number that the trace
    /// wants, or `None` if the event had no addressee.
    pub(crate) fn deliver(
        &mut self,
        token: Token,
        event: &Event,
        woken: &mut Vec<Waker>,
    ) -> Option<[Option<(usize, Direction)>; 2]> {
        let key = Key::from_token(token);
        let slot = self.get_mut(key)?;
        // An error is told once, in both directions: whoever comes first must not wait for more.
        let error = event.is_error();
        // Behind the last bytes there is the end to be read. And reading stops short before an urgent byte
        // (tcp(7)), with more behind it.
        let read_lasts = event.is_read_closed() || event.is_priority() || error;
        let write_lasts = event.is_write_closed() || error;
        let read = slot.note(Direction::Read, event.is_readable(), read_lasts, woken);
        let write = slot.note(Direction::Write, event.is_writable(), write_lasts, woken);
        Some([
            read.then_some((key.number(), Direction::Read)),
            write.then_some((key.number(), Direction::Write)),
        ])
    }

    /// Tells whether this direction is ready. What is not registered is not ready.
    pub(crate) fn is_ready(&self, key: Key, direction: Direction) -> bool {
        self.get(key)
            .is_some_and(|slot| slot.ready[direction.place()])
    }

    /// Notes that this direction is not ready.
    pub(crate) fn clear(&mut self, key: Key, direction: Direction) {
        if let Some(slot) = self.get_mut(key) {
            slot.ready[direction.place()] = false;
        }
    }

    /// Notes that this direction is not ready, after a short read or write, where that is a sign.
    pub(crate) fn clear_unless_lasting(&mut self, key: Key, direction: Direction) {
        if let Some(slot) = self.get_mut(key)
            && !slot.lasting[direction.place()]
        {
            slot.ready[direction.place()] = false;
        }
    }

    /// Decides whether `who` may wait here.
    ///
    /// | in the place | asks | answer |
    /// | --- | --- | --- |
    /// | nobody | anybody | free |
    /// | a holder | the same holder | free, or in place if the waker is the same |
    /// | a holder | anybody else | refused |
    /// | an anonymous one | the same waker, anonymous | in place |
    /// | an anonymous one | a holder | free |
    /// | an anonymous one | another waker, anonymous | free, but see [`REPLACEMENTS_PER_LOOK`] |
    pub(crate) fn admit(
        &self,
        key: Key,
        direction: Direction,
        who: Who,
        waker: &Waker,
    ) -> Admission {
        let Some(slot) = self.get(key) else {
            return Admission::Refused(Refusal::Gone);
        };
        let Some(present) = &slot.waiters[direction.place()] else {
            return Admission::Free;
        };
        if present.who == who && present.waker.will_wake(waker) {
            return Admission::InPlace;
        }
        match (present.who, who) {
            (Who::Holder(present), Who::Holder(asking)) if present == asking => Admission::Free,
            (Who::Holder(_), _) => Admission::Refused(Refusal::AlreadyWaiting),
            (Who::Anonymous, Who::Holder(_)) => Admission::Free,
            (Who::Anonymous, Who::Anonymous) => Admission::Contested,
        }
    }

    /// Puts a waiter in its place and returns the one that it replaces, or itself if the slot is gone.
    #[must_use = "dropping a waker runs foreign code: do it where nothing is borrowed"]
    pub(crate) fn place(
        &mut self,
        key: Key,
        direction: Direction,
        waiter: Waiter,
    ) -> Option<Waiter> {
        match self.get_mut(key) {
            Some(slot) => slot.waiters[direction.place()].replace(waiter),
            None => Some(waiter),
        }
    }

    /// Takes a holder's waiter out, if the place is still its own.
    pub(crate) fn withdraw(
        &mut self,
        key: Key,
        direction: Direction,
        ticket: NonZeroU64,
    ) -> Option<Waker> {
        let place = &mut self.get_mut(key)?.waiters[direction.place()];
        let own = place.take_if(|waiter| waiter.who == Who::Holder(ticket))?;
        Some(own.waker)
    }

    /// Counts that an anonymous waiter replaces another one, and tells who that is once there were
    /// [`REPLACEMENTS_PER_LOOK`] of them.
    pub(crate) fn count_replacement(
        &mut self,
        key: Key,
        direction: Direction,
        look: u32,
    ) -> Option<&Waker> {
        let slot = self.get_mut(key)?;
        if slot.look != look {
            slot.look = look;
            slot.replacements = 0;
        }
        slot.replacements = slot.replacements.saturating_add(1);
        let waiter = slot.waiters[direction.place()].as_ref()?;
        (slot.replacements > REPLACEMENTS_PER_LOOK).then_some(&waiter.waker)
    }

    /// Returns all who wait.
    pub(crate) fn into_wakers(mut self) -> Vec<Waker> {
        let mut wakers = Vec::new();
        // In two loops: as one chain of iterators this was 1.8 KB of a small server.
        for (_, slot) in &mut self.slab {
            for place in &mut slot.waiters {
                wakers.extend(place.take().map(|waiter| waiter.waker));
            }
        }
        wakers
    }

    /// The slot of this very registration.
    fn get(&self, key: Key) -> Option<&Slot> {
        self.slab
            .get(key.index as usize)
            .filter(|slot| slot.generation == key.generation)
    }

    /// The slot of this very registration, to be changed.
    fn get_mut(&mut self, key: Key) -> Option<&mut Slot> {
        self.slab
            .get_mut(key.index as usize)
            .filter(|slot| slot.generation == key.generation)
    }
}

impl Slot {
    /// Notes what an event says about one direction, and tells whether that made it ready.
    fn note(
        &mut self,
        direction: Direction,
        ready: bool,
        lasts: bool,
        woken: &mut Vec<Waker>,
    ) -> bool {
        let place = direction.place();
        let before = self.ready[place];
        self.lasting[place] |= lasts;
        if ready || lasts {
            self.ready[place] = true;
            if let Some(waiter) = self.waiters[place].take() {
                woken.push(waiter.waker);
            }
        }
        // Only an observer asks for this.
        ENABLED && self.ready[place] && !before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_pointer_width = "64")]
    fn a_source_costs_one_cache_line() {
        // Its place in the slab: the tag of that must find room inside.
        assert_eq!(size_of::<Option<Slot>>(), 64);
    }

    #[test]
    fn a_token_gives_its_key_back_and_is_never_one_of_the_reserved_tokens() {
        for index in [0, 1, 77, MOST_SLOTS as u32] {
            for generation in [0, 1, 4095 & GENERATION_MASK, GENERATION_MASK] {
                let key = Key { index, generation };
                let token = key.token();
                assert_eq!(Key::from_token(token), key);
                assert_ne!(token, super::super::BELL);
                assert_ne!(token, super::super::TIMER);
            }
        }
    }

    #[test]
    fn a_slot_that_is_used_again_does_not_answer_to_its_old_key() {
        let mut slots = Slots::new();
        let old = slots.insert().unwrap();
        assert!(slots.remove(old).is_some());
        let new = slots.insert().unwrap();
        assert_eq!(old.index, new.index, "the slot is used again");
        assert!(!slots.is_ready(old, Direction::Read));
        assert!(slots.is_ready(new, Direction::Read));
        slots.clear(old, Direction::Read);
        assert!(slots.is_ready(new, Direction::Read));
        assert!(slots.remove(old).is_none());
        assert_eq!(slots.len(), 1);
    }

    #[test]
    fn generations_start_over_after_the_last_one() {
        let mut slots = Slots::new();
        slots.next_generation = GENERATION_MASK;
        let last = slots.insert().unwrap();
        let first = slots.insert().unwrap();
        assert_eq!((last.generation, first.generation), (GENERATION_MASK, 0));
    }
}
