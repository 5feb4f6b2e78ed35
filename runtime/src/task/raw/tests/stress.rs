//! Everything at once: strangers that clone, wake and drop wakers at random while the tasks run,
//! end and are cancelled, while handles come and go, and while the loop dies.
//!
//! What is checked after each round, whatever happened in it: every future and every output was
//! dropped once, at home; no wake was lost; and every block is freed, which shows natively too,
//! since each block that outlives its loop holds what the loop shares with others. Miri,
//! AddressSanitizer and ThreadSanitizer see the rest.

use super::{Harness, OnDrop};
use crate::random;
use crate::task::raw::Join;
use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Barrier, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;

const ROUNDS: u64 = if cfg!(miri) { 3 } else { 800 };
const TASKS: usize = if cfg!(miri) { 8 } else { 50 };
const STRANGERS: u64 = 3;
/// Turns that the loop takes at most.
const TURNS: usize = if cfg!(miri) { 10 } else { 300 };
/// How often the loop's thread acts once the loop is dead, while the strangers go on.
const LAST_ACTS: usize = if cfg!(miri) { 10 } else { 100 };
/// More wakers than this are not kept in one place.
const MOST: usize = 200;

/// Numbers that look random.
struct Dice(u64);

impl Dice {
    fn new(round: u64, player: u64) -> Dice {
        // Neighbors in the sequence are far apart after one step of it.
        Dice(random::next(round * 1000 + player))
    }

    fn below(&mut self, sides: usize) -> usize {
        self.0 = random::next(self.0);
        (self.0 >> 33) as usize % sides
    }
}

/// A waker, and whose it is.
type Numbered = (usize, Waker);

/// What is noted of a task.
#[derive(Default)]
struct Notes {
    /// Counted up before each wake.
    wanted: AtomicUsize,
    /// What the task read there at its last poll. Relaxed, since a wake must carry along what
    /// happened before it.
    seen: AtomicUsize,
    ended: AtomicBool,
}

impl Notes {
    fn look(&self) {
        self.seen.store(self.wanted.load(Relaxed), Relaxed);
    }
}

/// What the tasks and the strangers share.
struct Arena {
    /// Nobody begins before all are there.
    ready: Barrier,
    wakers: Mutex<Vec<Numbered>>,
    notes: Vec<Notes>,
    loop_is_dead: AtomicBool,
    stop: AtomicBool,
    counts: Counts,
}

/// What happened in all rounds.
#[derive(Default, Debug)]
struct Counts {
    polls: AtomicUsize,
    clones: AtomicUsize,
    wakes: AtomicUsize,
    drops: AtomicUsize,
    after_death: AtomicUsize,
}

impl Arena {
    fn new() -> Arena {
        Arena {
            ready: Barrier::new(STRANGERS as usize + 1),
            wakers: Mutex::default(),
            notes: (0..TASKS).map(|_| Notes::default()).collect(),
            loop_is_dead: AtomicBool::new(false),
            stop: AtomicBool::new(false),
            counts: Counts::default(),
        }
    }

    fn take(&self, dice: &mut Dice) -> Option<Numbered> {
        let mut wakers = self.wakers.lock().unwrap();
        match wakers.len() {
            0 => None,
            count => Some(wakers.swap_remove(dice.below(count))),
        }
    }

    fn give(&self, numbered: Numbered) {
        let mut wakers = self.wakers.lock().unwrap();
        let rejected = if wakers.len() < MOST {
            wakers.push(numbered);
            None
        } else {
            Some(numbered)
        };
        drop((wakers, rejected));
    }

    /// Does something with one waker, as anybody may anywhere.
    fn act(&self, dice: &mut Dice, mine: &mut Vec<Numbered>) {
        if mine.is_empty() || dice.below(8) == 0 {
            return mine.extend(self.take(dice));
        }
        if self.loop_is_dead.load(Relaxed) {
            self.counts.after_death.fetch_add(1, Relaxed);
        }
        let chosen = dice.below(mine.len());
        let number = mine[chosen].0;
        match dice.below(7) {
            0 => self.give(mine.swap_remove(chosen)),
            1 | 2 if mine.len() < MOST => {
                self.counts.clones.fetch_add(1, Relaxed);
                mine.push(mine[chosen].clone());
            }
            3 | 4 => {
                self.counts.wakes.fetch_add(1, Relaxed);
                self.notes[number].wanted.fetch_add(1, Relaxed);
                mine[chosen].1.wake_by_ref();
            }
            5 => {
                self.counts.wakes.fetch_add(1, Relaxed);
                self.notes[number].wanted.fetch_add(1, Relaxed);
                mine.swap_remove(chosen).1.wake();
            }
            _ => {
                self.counts.drops.fetch_add(1, Relaxed);
                drop(mine.swap_remove(chosen));
            }
        }
    }

    /// What another thread does until it is told to stop.
    fn be_a_stranger(&self, mut dice: Dice) {
        let mut mine = Vec::new();
        self.ready.wait();
        while !self.stop.load(Relaxed) {
            self.act(&mut dice, &mut mine);
            if cfg!(miri) || dice.below(16) == 0 {
                thread::yield_now();
            }
        }
    }
}

/// Counts what lives, and notices if it dies abroad.
struct Life(Rc<Cell<usize>>, thread::ThreadId);

impl Life {
    fn new(living: &Rc<Cell<usize>>) -> Life {
        living.set(living.get() + 1);
        Life(living.clone(), thread::current().id())
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        assert_eq!(
            thread::current().id(),
            self.1,
            "dropped on a foreign thread"
        );
        self.0.set(self.0.get() - 1);
    }
}

/// A task that ends after so many polls, and after the task that it awaits.
async fn task(
    arena: Arc<Arena>,
    number: usize,
    mut polls: usize,
    before: Option<Join<Life>>,
    life: Life,
) -> Life {
    let ended = arena.clone();
    let _ended = OnDrop(move || ended.notes[number].ended.store(true, Relaxed));
    poll_fn(|cx| {
        arena.counts.polls.fetch_add(1, Relaxed);
        arena.notes[number].look();
        arena.give((number, cx.waker().clone()));
        polls = polls.saturating_sub(1);
        if polls == 0 {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    if let Some(mut before) = before {
        let _cancelled = poll_fn(|cx| {
            arena.notes[number].look();
            before.poll(cx)
        })
        .await;
    }
    life
}

/// What the loop's own thread does in one turn, inside and outside of it.
fn turn(harness: &Harness, arena: &Arena, dice: &mut Dice, joins: &mut Vec<Join<Life>>) {
    let mut mine = Vec::new();
    for _ in 0..dice.below(4) {
        arena.act(dice, &mut mine);
    }
    if dice.below(4) == 0 {
        harness.doorbell.sleeping();
    }
    if !joins.is_empty() {
        let chosen = dice.below(joins.len());
        match dice.below(8) {
            0 => drop(joins.swap_remove(chosen)),
            1 => drop(joins[chosen].task_ref().cancel()),
            _ => {}
        }
    }
    harness.enter(|| {
        harness.scheduler.drain();
        let _ran = harness.scheduler.run(1 + dice.below(20) as u32);
        for _ in 0..dice.below(4) {
            arena.act(dice, &mut mine);
        }
        if dice.below(2) == 0 {
            mine.clear();
        }
    });
}

/// One loop's life among strangers.
fn live(round: u64, totals: &Counts) {
    let mut dice = Dice::new(round, 0);
    let (arena, living) = (Arc::new(Arena::new()), Rc::new(Cell::new(0)));
    let harness = Harness::new();
    let doorbell = harness.doorbell.clone();
    let mut joins = Vec::new();
    for number in 0..TASKS {
        let awaited = joins.pop_if(|_| dice.below(5) == 0);
        let (polls, life) = (1 + dice.below(20), Life::new(&living));
        joins.push(harness.spawn(task(arena.clone(), number, polls, awaited, life)));
    }
    thread::scope(|scope| {
        let strangers: Vec<_> = (1..=STRANGERS)
            .map(|player| {
                let arena = &arena;
                scope.spawn(move || arena.be_a_stranger(Dice::new(round, player)))
            })
            .collect();
        arena.ready.wait();
        for _ in 0..dice.below(TURNS) {
            turn(&harness, &arena, &mut dice, &mut joins);
        }
        if dice.below(3) > 0 {
            // The loop dies in the middle of it all, and the handles outlive it.
            drop(harness);
            arena.loop_is_dead.store(true, Relaxed);
            let mut mine = Vec::new();
            for _ in 0..LAST_ACTS {
                arena.act(&mut dice, &mut mine);
                thread::yield_now();
            }
            for mut join in joins.drain(..joins.len() / 2) {
                assert!(
                    join.poll(&mut Context::from_waker(Waker::noop()))
                        .is_ready()
                );
            }
            arena.stop.store(true, Relaxed);
        } else {
            // The loop outlives the strangers: every wake must have reached its task.
            arena.stop.store(true, Relaxed);
            strangers
                .into_iter()
                .for_each(|thread| thread.join().unwrap());
            harness.run();
            for (number, notes) in arena.notes.iter().enumerate() {
                let (wanted, seen) = (notes.wanted.load(Relaxed), notes.seen.load(Relaxed));
                let fine = notes.ended.load(Relaxed) || seen == wanted;
                assert!(fine, "task {number} in round {round} missed a wake");
            }
        }
    });
    drop(joins);
    arena.wakers.lock().unwrap().clear();
    assert_eq!(
        living.get(),
        0,
        "round {round}: not every future was dropped once"
    );
    let holders = Arc::strong_count(&doorbell);
    assert_eq!(holders, 1, "round {round}: a block is not freed");
    for (total, count) in totals.each().into_iter().zip(arena.counts.each()) {
        total.fetch_add(count.load(Relaxed), Relaxed);
    }
}

impl Counts {
    fn each(&self) -> [&AtomicUsize; 5] {
        let Counts {
            polls,
            clones,
            wakes,
            drops,
            after_death,
        } = self;
        [polls, clones, wakes, drops, after_death]
    }
}

#[test]
fn strangers_clone_wake_and_drop_at_random_while_tasks_end_and_the_loop_dies() {
    let totals = Counts::default();
    for round in 0..ROUNDS {
        live(round, &totals);
    }
    println!("{ROUNDS} rounds of {TASKS} tasks among {STRANGERS} strangers: {totals:?}");
    let acts = totals.each().map(|count| count.load(Relaxed));
    // In Miri's few rounds the strangers may all have ended before the loop.
    let expected = if cfg!(miri) { &acts[..4] } else { &acts[..] };
    assert!(expected.iter().all(|count| *count > 0), "{totals:?}");
}
