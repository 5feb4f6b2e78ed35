//! The wheel in named cases. After every step `check` verifies the wheel's invariants.
//! Read `model_tests.rs` next, which does random operations to a wheel and to a sorted map.

use std::time::Duration;

use super::slots::{LEVEL_BITS, LEVELS, TICK_BITS};
use super::*;
use crate::time::clock::deadline_after;

const TICK: u64 = 1 << TICK_BITS;
/// A moment with a different digit at each level and something within the tick.
const START: u64 = 0x0123_4567_89ab_cdef;
const FIFTY_DAYS: u64 = 50 * 24 * 60 * 60 * 1_000_000_000;

impl<T> TimerWheel<T> {
    /// Says whether the timer still waits.
    pub(crate) fn contains(&self, key: TimerKey) -> bool {
        self.entries
            .get(key.index as usize)
            .is_some_and(|entry| entry.generation == key.generation)
    }

    /// Panics if an invariant does not hold.
    pub(crate) fn check(&self) {
        let (used, unused) = self.slots.check();
        for &(head, link) in &used {
            let entry = &self.entries[(link - HEADS) as usize];
            assert!(entry.payload.is_some(), "an unused entry in a slot");
            assert_ne!(entry.generation, 0, "retired, but in use");
            let (deadline, now) = (entry.deadline, self.now);
            let right = head_for(deadline, now);
            assert_eq!(head, right, "slot for {deadline:#x} when it is {now:#x}");
        }
        for &link in &unused {
            let entry = &self.entries[(link - HEADS) as usize];
            assert!(entry.payload.is_none(), "a used entry among the unused");
            assert_ne!(entry.generation, 0, "retired, but unused");
        }
        let retired = |entry: &&Entry<T>| entry.generation == 0;
        let retired = self.entries.iter().filter(retired).count();
        let known = used.len() + unused.len() + retired;
        assert_eq!(known, self.entries.len(), "entries are lost");
        assert_eq!(used.len(), self.len, "miscounted");
        assert!(self.due.is_empty());
    }
}

/// Asserts that a key has no timer.
fn assert_finds_nothing(wheel: &mut TimerWheel<u64>, key: TimerKey) {
    assert!(!wheel.contains(key));
    assert_eq!(wheel.get_mut(key), None);
    assert_eq!(wheel.remove(key), None);
    wheel.check();
}

fn collect<T>(wheel: &mut TimerWheel<T>, now: u64) -> Vec<T> {
    let mut fired = Vec::new();
    wheel.collect_due(now, &mut fired);
    wheel.check();
    fired
}

/// Adds a timer whose payload is its deadline.
fn add(wheel: &mut TimerWheel<u64>, deadline: u64) -> TimerKey {
    let key = wheel.insert(deadline, deadline);
    wheel.check();
    key
}

#[test]
fn an_empty_wheel_has_no_deadline_and_fires_nothing() {
    let mut wheel = TimerWheel::<u64>::new(START);
    wheel.check();
    assert_eq!((wheel.len(), wheel.is_empty()), (0, true));
    assert_eq!((wheel.next_deadline(), wheel.next_wake()), (None, None));
    assert!(collect(&mut wheel, START + FIFTY_DAYS).is_empty());
    assert!(wheel.drain().is_empty());
}

#[test]
fn a_timer_fires_at_its_nanosecond_and_not_before() {
    for distance in [1, TICK - 1, TICK, 1_000_000, 123_456_789_012, FIFTY_DAYS] {
        let mut wheel = TimerWheel::new(START);
        let key = add(&mut wheel, START + distance);
        assert_eq!(wheel.next_deadline(), Some(START + distance));
        assert!(collect(&mut wheel, START + distance - 1).is_empty());
        assert!(wheel.contains(key));
        assert_eq!(collect(&mut wheel, START + distance), [START + distance]);
        assert!(!wheel.contains(key) && wheel.is_empty());
    }
}

#[test]
fn a_timer_in_the_past_or_present_fires_at_the_next_collection() {
    let mut wheel = TimerWheel::new(START);
    for deadline in [START, 0, START - 1, START - FIFTY_DAYS] {
        add(&mut wheel, deadline);
    }
    assert_eq!(wheel.next_deadline(), Some(0));
    assert_eq!(
        collect(&mut wheel, START),
        [0, START - FIFTY_DAYS, START - 1, START]
    );
}

#[test]
fn in_one_tick_a_timer_waits_for_its_nanosecond_while_another_fires() {
    let tick = START & !(TICK - 1);
    let (early, late) = (tick + 2 * TICK + 100, tick + 2 * TICK + 300);
    let mut wheel = TimerWheel::new(START);
    add(&mut wheel, late);
    add(&mut wheel, early);
    assert_eq!(wheel.next_wake(), Some(early));
    assert_eq!(collect(&mut wheel, tick + 2 * TICK + 200), [early]);
    assert_eq!(wheel.next_wake(), Some(late));
    assert_eq!(collect(&mut wheel, late - 1), []);
    assert_eq!(collect(&mut wheel, late), [late]);
}

#[test]
fn in_one_tick_timers_fire_by_deadline_and_not_by_insertion() {
    let mut wheel = TimerWheel::new(0);
    for deadline in [TICK + 5, TICK + 3, TICK + 9, TICK + 3, TICK] {
        add(&mut wheel, deadline);
    }
    let sorted = [TICK, TICK + 3, TICK + 3, TICK + 5, TICK + 9];
    assert_eq!(collect(&mut wheel, 2 * TICK), sorted);
}

#[test]
fn timers_move_down_across_every_level_boundary() {
    let step = if cfg!(miri) { 3 } else { 1 };
    for level in (0..LEVELS as u32).step_by(step) {
        // The boundary at which the digit of the level goes up by one, or has gone round.
        let span = 1_u64 << (TICK_BITS + LEVEL_BITS * level);
        for boundary in [span, 63 * span, span.saturating_mul(64)] {
            if boundary == u64::MAX {
                continue; // There is no boundary behind the last level.
            }
            let mut wheel = TimerWheel::new(0);
            let around = [boundary - 1, boundary, boundary + 1, boundary + span / 2];
            for deadline in around {
                add(&mut wheel, deadline);
            }
            // In one jump past all, and by a step to each and to the nanosecond before it.
            let mut jumping = TimerWheel::new(0);
            for deadline in around {
                add(&mut jumping, deadline);
            }
            assert_eq!(collect(&mut jumping, boundary + span / 2), around);
            let mut expected = around.to_vec();
            expected.dedup();
            while let Some(deadline) = wheel.next_deadline() {
                assert_eq!(deadline, expected.remove(0), "level {level}");
                assert_eq!(collect(&mut wheel, deadline - 1), []);
                assert!(collect(&mut wheel, deadline).contains(&deadline));
            }
            assert!(expected.is_empty());
        }
    }
}

#[test]
fn one_timer_moves_down_through_all_levels() {
    // Each digit of the deadline is 1: as each slot begins, the rest of the way is one level less.
    let deadline =
        (0..LEVELS as u32).fold(7, |sum, level| sum | 1 << (TICK_BITS + LEVEL_BITS * level));
    let mut wheel = TimerWheel::new(0);
    let key = add(&mut wheel, deadline);
    for level in (0..LEVELS).rev() {
        assert!(wheel.slots.occupied[level] != 0, "not at level {level}");
        // The beginning of the slot that the timer is in.
        let begin = wheel
            .slots
            .first(wheel.now)
            .expect("a timer is there")
            .begin;
        assert_eq!(collect(&mut wheel, begin), []);
    }
    assert!(wheel.contains(key));
    assert_eq!(wheel.next_wake(), Some(deadline));
    assert_eq!(collect(&mut wheel, deadline), [deadline]);
}

#[test]
fn next_wake_is_exact_for_few_and_the_end_of_the_tick_for_a_crowd() {
    let tick = 10 * TICK;
    let mut wheel = TimerWheel::new(0);
    let keys: Vec<_> = (1..=FEW as u64)
        .rev()
        .map(|offset| add(&mut wheel, tick + offset))
        .collect();
    assert_eq!(wheel.next_wake(), Some(tick + 1));
    let fifth = add(&mut wheel, tick + 1000);
    assert_eq!(wheel.next_wake(), Some(tick + TICK - 1));
    assert_eq!(wheel.next_deadline(), Some(tick + 1));
    wheel.remove(fifth);
    assert_eq!(wheel.next_wake(), Some(tick + 1));
    wheel.remove(keys[FEW - 1]);
    assert_eq!(wheel.next_wake(), Some(tick + 2));
}

#[test]
fn next_wake_of_a_great_crowd_is_the_end_of_the_next_tick() {
    let (mut wheel, tick) = (TimerWheel::new(0), 3 * TICK);
    for timer in 0..32 {
        wheel.insert(tick + timer, timer);
    }
    assert_eq!(wheel.next_wake(), Some(tick + TICK - 1));
    wheel.insert(tick + 32, 32);
    wheel.insert(tick + TICK, 33);
    let wake = tick + 2 * TICK - 1;
    assert_eq!(wheel.next_wake(), Some(wake));
    let mut fired = Vec::new();
    wheel.collect_due(wake, &mut fired);
    assert_eq!(
        fired,
        (0..34).collect::<Vec<_>>(),
        "all of both ticks, in order"
    );
}

#[test]
fn next_wake_of_a_crowd_at_a_high_level_comes_early_and_then_nearer() {
    let mut wheel = TimerWheel::new(0);
    let slot = 3 << (TICK_BITS + 4 * LEVEL_BITS);
    let last = slot + 77 * TICK + 5;
    for _ in 0..=FEW {
        add(&mut wheel, last);
    }
    let mut wakes = 0;
    let mut fired = 0;
    while let Some(wake) = wheel.next_wake() {
        assert!(wake > wheel.now, "the loop would spin");
        fired += collect(&mut wheel, wake).len();
        assert!((fired == 0) == (wake < last));
        wakes += 1;
    }
    // The slots at levels 4 and 1 begin, then the tick ends.
    assert_eq!((fired, wakes), (FEW + 1, 3));
}

#[test]
fn never_is_kept_and_cancelled_and_does_not_fire() {
    let mut wheel = TimerWheel::new(0);
    let never = deadline_after(START, Duration::MAX);
    assert_eq!(never, NEVER);
    let keys: Vec<_> = (0..3).map(|_| add(&mut wheel, never)).collect();
    assert_eq!((wheel.next_deadline(), wheel.next_wake()), (None, None));
    add(&mut wheel, NEVER - 1);
    assert_eq!(wheel.next_deadline(), Some(NEVER - 1));
    assert_eq!(collect(&mut wheel, NEVER), [NEVER - 1]);
    assert_eq!((wheel.next_deadline(), wheel.next_wake()), (None, None));
    assert_eq!(collect(&mut wheel, NEVER), []);
    for key in keys {
        assert_eq!(wheel.remove(key), Some(NEVER));
        wheel.check();
    }
    assert!(wheel.is_empty());
}

#[test]
fn ten_thousand_equal_deadlines_fire_in_the_order_of_insertion() {
    let count = if cfg!(miri) { 200 } else { 10_000 };
    let deadline = START + FIFTY_DAYS;
    let mut wheel = TimerWheel::new(START);
    // Some come in at a high level, some when the time is near, some in the tick itself.
    for id in 0..count {
        if id == count / 3 {
            assert!(collect(&mut wheel, deadline - 50 * TICK).is_empty());
        }
        if id == count / 2 {
            assert!(collect(&mut wheel, deadline - 1).is_empty());
        }
        wheel.insert(deadline, id);
    }
    wheel.check();
    assert!(collect(&mut wheel, deadline).into_iter().eq(0..count));
}

#[test]
fn time_never_goes_backward() {
    let mut wheel = TimerWheel::new(START);
    assert!(collect(&mut wheel, START - FIFTY_DAYS).is_empty());
    wheel.anchor(0);
    assert_eq!(wheel.now, START);
    add(&mut wheel, START + 1);
    collect(&mut wheel, START + 1);
    // An earlier time counts as the latest one, at which this timer is due.
    add(&mut wheel, START + 1);
    assert_eq!(collect(&mut wheel, START), [START + 1]);
}

#[test]
fn anchoring_moves_the_time_of_an_empty_wheel_only() {
    let mut wheel = TimerWheel::new(0);
    wheel.anchor(START);
    assert_eq!(wheel.now, START);
    let key = add(&mut wheel, START + TICK);
    assert!(wheel.slots.occupied[0] != 0, "a near timer is at level 0");
    wheel.anchor(START + FIFTY_DAYS);
    wheel.check();
    assert_eq!(wheel.now, START);
    wheel.remove(key);
    wheel.anchor(START + FIFTY_DAYS);
    assert_eq!(wheel.now, START + FIFTY_DAYS);
}

#[test]
fn an_old_key_finds_nothing_when_its_entry_is_used_again() {
    let mut wheel = TimerWheel::new(0);
    let removed = add(&mut wheel, 10);
    assert_eq!(wheel.remove(removed), Some(10));
    let fired = add(&mut wheel, 20);
    assert_eq!(collect(&mut wheel, 20), [20]);
    let drained = add(&mut wheel, 30);
    assert_eq!(wheel.drain(), [30]);
    wheel.check();
    let mut alive = add(&mut wheel, 40);
    for old in [removed, fired, drained] {
        assert_eq!(old.index, alive.index, "the entry was not used again");
        assert_finds_nothing(&mut wheel, old);
    }
    *wheel.get_mut(alive).expect("it still waits") = 41;
    assert_eq!(wheel.remove(alive), Some(41));
    // A key of another wheel, with an entry that this one does not have.
    alive.index = 1000;
    assert_finds_nothing(&mut wheel, alive);
}

#[test]
fn an_entry_that_runs_out_of_generations_is_retired() {
    let mut wheel = TimerWheel::new(0);
    let first = add(&mut wheel, 10);
    wheel.remove(first);
    wheel.entries[0].generation = u32::MAX;
    let last = add(&mut wheel, 20);
    assert_eq!(last.index, 0);
    assert_eq!(wheel.remove(last), Some(20));
    assert_finds_nothing(&mut wheel, last);
    let next = add(&mut wheel, 30);
    assert_eq!(next.index, 1, "the retired entry was used again");
}

#[test]
fn draining_gives_every_payload_back_and_leaves_an_empty_wheel() {
    let mut wheel = TimerWheel::new(START);
    let deadlines = [0, START, START + 1, START + TICK, START + FIFTY_DAYS, NEVER];
    let keys = deadlines.map(|deadline| add(&mut wheel, deadline));
    let mut payloads = wheel.drain();
    wheel.check();
    payloads.sort_unstable();
    assert_eq!(payloads, deadlines);
    assert!(keys.iter().all(|&key| wheel.remove(key).is_none()));
    assert_eq!((wheel.len(), wheel.next_wake()), (0, None));
    add(&mut wheel, START + 7);
    assert_eq!(collect(&mut wheel, START + 7), [START + 7]);
}

#[test]
fn a_warm_wheel_allocates_nothing() {
    let mut wheel = TimerWheel::new(0);
    let mut fired = Vec::new();
    let mut sizes = Vec::new();
    for round in 0..4 {
        // Backward, so that they must be sorted.
        for id in (0..100).rev() {
            wheel.insert((round + 1) * TICK + id, id);
        }
        wheel.collect_due((round + 2) * TICK - 1, &mut fired);
        assert!(fired.drain(..).eq(0..100));
        sizes.push((wheel.entries.capacity(), wheel.due.capacity()));
    }
    assert!(sizes.iter().all(|size| *size == sizes[0]), "{sizes:?}");
    assert_eq!(wheel.entries.len(), 100);
}

#[test]
fn what_is_due_is_sorted_by_deadline_and_then_by_age() {
    let mut random = 7;
    for length in (0..40).chain([1_000]) {
        let mut next = || {
            random = crate::random::next(random);
            random >> 33
        };
        // Few different deadlines, so that many are equal.
        let mut due: Vec<Due> = (0..length)
            .map(|place| Due {
                deadline: next() % 10,
                place,
                link: 0,
            })
            .collect();
        for place in (1..due.len()).rev() {
            due.swap(place, next() as usize % (place + 1));
        }
        let mut expected: Vec<_> = due.iter().map(Due::order).collect();
        expected.sort_unstable();
        sort(&mut due);
        let sorted: Vec<_> = due.iter().map(Due::order).collect();
        assert_eq!(sorted, expected, "{length} of them");
    }
}
