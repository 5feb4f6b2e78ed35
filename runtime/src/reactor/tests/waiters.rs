//! Who is let into a waiter's place, who is woken for it, and who is refused.

use super::super::waiter::{REPLACEMENTS_PER_LOOK, Refusal, Who};
use super::{Bell, Direction, look, look_until, new_reactor, pair, register_idle};
use std::io::Write;
use std::task::Waker;

#[test]
fn a_second_holder_is_refused_and_let_in_when_the_first_withdraws() {
    let reactor = new_reactor();
    let (mut ours, _peer) = pair();
    let key = register_idle(&reactor, &mut ours);
    let (_, waker) = Bell::new();
    let (first, second) = (reactor.ticket(), reactor.ticket());
    let ask = |who| reactor.set_waiter(key, Direction::Read, who, &waker);
    assert_eq!(ask(Who::Holder(first)), Ok(()));
    assert_eq!(
        ask(Who::Holder(first)),
        Ok(()),
        "the same one may ask again"
    );
    assert_eq!(ask(Who::Holder(second)), Err(Refusal::AlreadyWaiting));
    assert_eq!(ask(Who::Anonymous), Err(Refusal::AlreadyWaiting));
    assert!(reactor.clear_waiter(key, Direction::Read, second).is_none());
    assert_eq!(ask(Who::Holder(second)), Err(Refusal::AlreadyWaiting));
    assert!(reactor.clear_waiter(key, Direction::Read, first).is_some());
    assert_eq!(ask(Who::Holder(second)), Ok(()));
    assert_eq!(
        reactor.set_waiter(key, Direction::Write, Who::Holder(first), &waker),
        Ok(()),
        "the other direction has a place of its own"
    );
}

#[test]
fn what_a_dropped_future_left_behind_is_replaced_and_woken() {
    let reactor = new_reactor();
    let (mut ours, mut peer) = pair();
    let key = register_idle(&reactor, &mut ours);
    let (left_behind, left_waker) = Bell::new();
    let (newcomer, new_waker) = Bell::new();
    let ask = |who, waker| reactor.set_waiter(key, Direction::Read, who, waker);
    ask(Who::Anonymous, &left_waker).unwrap();
    ask(Who::Anonymous, &new_waker).unwrap();
    assert_eq!(left_behind.rung(), 1, "it might still live");
    peer.write_all(b"x").unwrap();
    look_until(&reactor, 1);
    assert_eq!((left_behind.rung(), newcomer.rung()), (1, 1));
}

#[test]
fn two_living_anonymous_waiters_are_told_apart_by_their_game() {
    let reactor = new_reactor();
    let (mut ours, _peer) = pair();
    let key = register_idle(&reactor, &mut ours);
    let (_, one) = Bell::new();
    let (_, other) = Bell::new();
    let ask = |waker| reactor.set_waiter(key, Direction::Read, Who::Anonymous, waker);
    let mut rounds = 0;
    loop {
        ask(&one).unwrap();
        if ask(&other) == Err(Refusal::AlreadyWaiting) {
            break;
        }
        rounds += 1;
        assert!(rounds <= REPLACEMENTS_PER_LOOK, "the game never ends");
    }
    look(&reactor);
    assert_eq!(ask(&other), Ok(()), "after a look the count starts anew");
}

#[test]
fn one_who_brings_a_new_waker_each_time_is_let_in_and_soon_left_alone() {
    let reactor = new_reactor();
    let (mut ours, mut peer) = pair();
    let key = register_idle(&reactor, &mut ours);
    let bells: Vec<_> = (0..500).map(|_| Bell::new()).collect();
    for (_, waker) in &bells {
        let let_in = reactor.set_waiter(key, Direction::Read, Who::Anonymous, waker);
        assert_eq!(let_in, Ok(()));
    }
    let asleep = || bells.iter().filter(|(bell, _)| bell.rung() == 0).count();
    let at_once = REPLACEMENTS_PER_LOOK as usize;
    assert!(bells[..at_once].iter().all(|(bell, _)| bell.rung() == 1));
    assert!(bells[at_once].0.rung() > 0, "it might come back");
    // Others are woken when there are too many of them.
    let before = asleep();
    assert!((1..70).contains(&before), "{before}");
    look(&reactor);
    assert_eq!(asleep(), before, "no event, no news");
    peer.write_all(b"x").unwrap();
    look_until(&reactor, 1);
    assert_eq!(asleep(), 0, "each of them may be the one that lives");
}

#[test]
fn what_others_left_behind_again_and_again_proves_nothing_against_one_who_lives() {
    let reactor = new_reactor();
    let (mut ours, _peer) = pair();
    let key = register_idle(&reactor, &mut ours);
    let (_, living) = Bell::new();
    let others: Vec<_> = (0..100).map(|_| Bell::new().1).collect();
    let ask = |waker| reactor.set_waiter(key, Direction::Read, Who::Anonymous, waker);
    for other in &others {
        assert_eq!(ask(other), Ok(()));
        assert_eq!(ask(&living), Ok(()));
    }
}

#[test]
fn one_who_was_pushed_out_learns_that_the_reactor_was_closed() {
    let reactor = new_reactor();
    let (mut ours, _peer) = pair();
    let key = register_idle(&reactor, &mut ours);
    let bells: Vec<_> = (0..50).map(|_| Bell::new()).collect();
    for (_, waker) in &bells {
        let let_in = reactor.set_waiter(key, Direction::Read, Who::Anonymous, waker);
        assert_eq!(let_in, Ok(()));
    }
    assert_eq!(bells[45].0.rung(), 0);
    reactor.close().into_iter().for_each(Waker::wake);
    assert!(bells.iter().all(|(bell, _)| bell.rung() > 0));
}
