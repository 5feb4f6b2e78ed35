//! A wheel beside a sorted map: random operations are done to both, and whatever can be asked
//! must get the same answer. `check` verifies the wheel's invariants after each operation.

use std::collections::BTreeMap;
use std::time::Duration;

use super::slots::{LEVEL_BITS, LEVELS, TICK_BITS};
use super::*;
use crate::time::clock::deadline_after;

const TICK: u64 = 1 << TICK_BITS;
const FIFTY_DAYS: u64 = 50 * 24 * 60 * 60 * 1_000_000_000;

/// Makes numbers that look random and are the same in every run (xorshift64*).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// Up to `bits` long, all lengths equally likely, so that all levels are.
    fn up_to_bits(&mut self, bits: usize) -> u64 {
        self.next() >> (63 - self.below(bits))
    }
}

/// A wheel, the map that it must agree with, and all keys that were ever given out.
struct Pair {
    wheel: TimerWheel<u64>,
    model: BTreeMap<(u64, u64), (TimerKey, u64)>,
    now: u64,
    inserted: u64,
    old: Vec<TimerKey>,
    random: Random,
}

impl Pair {
    fn new(seed: u64) -> Pair {
        let mut random = Random(seed);
        let now = match random.below(4) {
            0 => 0,
            1 => 0x0123_4567_89ab_cdef,
            // Close to the end of time.
            2 => NEVER - random.up_to_bits(40),
            _ => random.up_to_bits(62),
        };
        Pair {
            wheel: TimerWheel::new(now),
            model: BTreeMap::new(),
            now,
            inserted: 0,
            old: Vec::new(),
            random,
        }
    }

    fn any_timer(&mut self) -> Option<((u64, u64), TimerKey)> {
        let place = self.random.below(self.model.len().max(1));
        let (&name, &(key, _)) = self.model.iter().nth(place)?;
        Some((name, key))
    }

    fn insert(&mut self) {
        let now = self.now;
        let duration = match self.random.below(8) {
            0 => Duration::MAX,
            1 => Duration::ZERO,
            2 => Duration::from_nanos(FIFTY_DAYS),
            3 => Duration::from_nanos(self.random.up_to_bits(18)),
            _ => Duration::from_nanos(self.random.up_to_bits(63)),
        };
        let deadline = match self.random.below(8) {
            0 => now.saturating_sub(self.random.up_to_bits(63)),
            1 => self.any_timer().map_or(now, |((deadline, _), _)| deadline),
            // At the border of a tick, or of a slot of some level.
            2 => {
                let shift = TICK_BITS + LEVEL_BITS * self.random.below(LEVELS) as u32;
                let border = (now >> shift).saturating_add(1) << shift;
                border
                    .wrapping_add(self.random.below(3) as u64)
                    .wrapping_sub(1)
            }
            _ => deadline_after(now, duration),
        };
        let key = self.wheel.insert(deadline, self.inserted);
        let timer = (key, self.inserted);
        self.model.insert((deadline, self.inserted), timer);
        self.inserted += 1;
    }

    fn remove(&mut self) {
        if let Some((name, key)) = self.any_timer() {
            let (_, payload) = self.model.remove(&name).expect("it was just found");
            assert_eq!(self.wheel.remove(key), Some(payload));
            self.old.push(key);
        }
    }

    fn replace(&mut self) {
        if let Some((name, key)) = self.any_timer() {
            let other = self.random.next();
            let (_, payload) = self.model.get_mut(&name).expect("it was just found");
            let found = self.wheel.get_mut(key).expect("it was not removed");
            assert_eq!(std::mem::replace(found, other), *payload);
            *payload = other;
        }
    }

    fn advance(&mut self) {
        let next = self.wheel.next_deadline();
        let now = match self.random.below(8) {
            0 => self.now.saturating_sub(self.random.up_to_bits(63)),
            1 => self.now.saturating_add(FIFTY_DAYS),
            2 => next.unwrap_or(self.now),
            3 => next.unwrap_or(self.now).saturating_sub(1),
            4 => self.wheel.next_wake().unwrap_or(self.now),
            5 => self.now.saturating_add(self.random.up_to_bits(17)),
            6 => self.now,
            _ => self.now.saturating_add(self.random.up_to_bits(50)),
        };
        self.now = self.now.max(now);
        // Again and again at the same time, as long as what fires adds timers that are due.
        loop {
            let mut fired = Vec::new();
            self.wheel.collect_due(now, &mut fired);
            let mut expected = Vec::new();
            while let Some(timer) = self.model.first_entry() {
                let (deadline, _) = *timer.key();
                if deadline > self.now || deadline == NEVER {
                    break;
                }
                let (key, payload) = timer.remove();
                self.old.push(key);
                expected.push(payload);
            }
            assert_eq!(fired, expected, "at {:#x}", self.now);
            if fired.is_empty() {
                break;
            }
            for _ in 0..fired.len() {
                if self.random.below(4) == 0 {
                    self.insert();
                }
            }
        }
    }

    /// Compares what can be asked of the wheel with the model's answer.
    fn compare(&mut self) {
        self.wheel.check();
        assert_eq!(self.wheel.len(), self.model.len());
        let earliest = self.model.keys().next().map(|&(deadline, _)| deadline);
        let next = earliest.filter(|&deadline| deadline != NEVER);
        assert_eq!(self.wheel.next_deadline(), next);
        let wake = self.wheel.next_wake();
        if self.model.len() <= FEW {
            assert_eq!(wake, next);
        } else if let Some(next) = next {
            let wake = wake.expect("there is a next deadline");
            assert!(wake <= next.max(self.now).saturating_add(TICK - 1));
            // It may be early, but not so that the loop spins.
            assert!(wake >= next || wake > self.now);
        }
        if !self.old.is_empty() {
            let key = self.old[self.random.below(self.old.len())];
            assert!(!self.wheel.contains(key));
            assert_eq!(self.wheel.get_mut(key), None);
            assert_eq!(self.wheel.remove(key), None);
        }
        if let Some((_, key)) = self.any_timer() {
            assert!(self.wheel.contains(key));
        }
    }
}

#[test]
fn random_operations_agree_with_a_sorted_map() {
    let (rounds, steps) = if cfg!(miri) { (3, 40) } else { (300, 400) };
    let mut operations = 0;
    let mut timers = 0;
    for round in 1..=rounds {
        let mut pair = Pair::new(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(round));
        for _ in 0..steps {
            // Rounds differ in how full the wheel gets.
            match pair.random.below(8 + round as usize % 8) {
                0 => pair.advance(),
                1..=2 => pair.remove(),
                3 => pair.replace(),
                4 => pair.wheel.anchor(pair.now),
                _ => pair.insert(),
            }
            pair.compare();
            operations += 1;
        }
        timers += pair.inserted;
        let mut left = pair.wheel.drain();
        pair.wheel.check();
        left.sort_unstable();
        let mut expected: Vec<u64> = pair.model.into_values().map(|timer| timer.1).collect();
        expected.sort_unstable();
        assert_eq!(left, expected);
    }
    println!("timer wheel: {operations} random operations with {timers} timers agree with the map");
}
