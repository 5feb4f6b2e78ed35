//! Many items from many senders: order, back-pressure, what a cancelled waiter leaves behind.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Poll, Waker};

use futures_lite::future::block_on;
use futures_lite::{FutureExt, StreamExt};
use oneloop::sync::channel::{TryRecvError, TrySendError, channel, unbounded};

use crate::hand::{CallsBack, Count, OnDrop, poll, poll_quietly};
use crate::random::Random;

#[test]
fn items_come_out_in_the_order_in_which_they_went_in() {
    block_on(async {
        let (sender, mut receiver) = channel(3);
        let produce = async {
            for number in 0..100 {
                sender.send(number).await.unwrap();
            }
            drop(sender);
        };
        let mut received = Vec::new();
        let consume = async {
            while let Some(number) = receiver.recv().await {
                received.push(number);
            }
        };
        futures_lite::future::zip(produce, consume).await;
        assert_eq!(received, (0..100).collect::<Vec<_>>());
    });
}

#[test]
fn waiting_senders_get_room_in_the_order_in_which_they_came() {
    let (sender, mut receiver) = channel(1);
    sender.try_send(0).unwrap();
    let mut first = sender.send(1);
    let mut second = sender.send(2);
    let ((one, one_wakes), (two, two_wakes)) = (Count::waker(), Count::waker());
    assert_eq!(poll(&mut first, &one), Poll::Pending);
    assert_eq!(poll(&mut second, &two), Poll::Pending);

    assert_eq!(receiver.try_recv(), Ok(0));
    assert_eq!((one_wakes.get(), two_wakes.get()), (1, 0));
    // The second is polled first, and a newcomer tries: the room belongs to the first all the same.
    assert_eq!(poll(&mut second, &two), Poll::Pending);
    assert_eq!(sender.try_send(3), Err(TrySendError::Full(3)));
    assert_eq!(poll_quietly(&mut sender.send(4)), Poll::Pending);
    assert_eq!(poll(&mut first, &one), Poll::Ready(Ok(())));
    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!(two_wakes.get(), 1);
}

#[test]
fn a_sender_that_gives_up_waiting_leaves_its_place_and_keeps_its_item() {
    let (sender, mut receiver) = channel(1);
    sender.try_send(0).unwrap();
    let mut leaver = sender.send(1);
    let mut patient = sender.send(2);
    let (waker, wakes) = Count::waker();
    assert_eq!(poll_quietly(&mut leaver), Poll::Pending);
    assert_eq!(poll(&mut patient, &waker), Poll::Pending);
    drop(leaver);
    assert_eq!(receiver.try_recv(), Ok(0));
    assert_eq!(wakes.get(), 1, "the room went to the one that stayed");
    assert_eq!(poll(&mut patient, &waker), Poll::Ready(Ok(())));
    assert_eq!(receiver.try_recv(), Ok(2));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
}

#[test]
fn a_sender_that_gives_up_after_it_got_room_passes_it_on() {
    let (sender, mut receiver) = channel(1);
    sender.try_send(0).unwrap();
    let mut leaver = sender.send(1);
    let mut patient = sender.send(2);
    let (waker, wakes) = Count::waker();
    assert_eq!(poll_quietly(&mut leaver), Poll::Pending);
    assert_eq!(poll(&mut patient, &waker), Poll::Pending);
    assert_eq!(receiver.try_recv(), Ok(0)); // room for `leaver`
    assert_eq!(wakes.get(), 0);
    drop(leaver);
    assert_eq!(wakes.get(), 1);
    assert_eq!(poll(&mut patient, &waker), Poll::Ready(Ok(())));
}

#[test]
fn the_last_sender_that_gives_up_leaves_the_room_to_newcomers() {
    let (sender, mut receiver) = channel(1);
    sender.try_send(0).unwrap();
    let mut leaver = sender.send(1);
    assert_eq!(poll_quietly(&mut leaver), Poll::Pending);
    assert_eq!(receiver.try_recv(), Ok(0));
    drop(leaver);
    assert_eq!(sender.try_send(2), Ok(()));
    assert_eq!(sender.try_send(3), Err(TrySendError::Full(3)));
}

#[test]
fn a_receiver_that_gives_up_waiting_loses_no_item() {
    block_on(async {
        let (sender, mut receiver) = channel(1);
        let give_up = async { None };
        assert_eq!(receiver.recv().or(give_up).await, None);
        sender.send(1).await.unwrap();
        assert_eq!(receiver.recv().await, Some(1));
    });
}

#[test]
fn closing_gives_waiting_senders_their_items_back_and_keeps_what_is_in() {
    let (sender, mut receiver) = channel(1);
    sender.try_send("in").unwrap();
    let mut waiting = sender.send("out");
    let (waker, wakes) = Count::waker();
    assert!(poll(&mut waiting, &waker).is_pending());
    receiver.close();
    assert_eq!(wakes.get(), 1);
    assert_eq!(receiver.try_recv(), Ok("in"));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    match poll(&mut waiting, &waker) {
        Poll::Ready(Err(error)) => assert_eq!(error.0, "out"),
        other => panic!("the sender should have its item back, not {other:?}"),
    }
}

#[test]
fn the_last_sender_to_go_wakes_the_receiver() {
    let (sender, mut receiver) = channel::<u8>(1);
    let second = sender.clone();
    let (waker, wakes) = Count::waker();
    assert_eq!(poll(&mut receiver.recv(), &waker), Poll::Pending);
    drop(sender);
    assert_eq!(wakes.get(), 0);
    drop(second);
    assert_eq!(wakes.get(), 1);
    assert_eq!(poll(&mut receiver.recv(), &waker), Poll::Ready(None));
}

#[test]
fn the_receiver_is_a_stream() {
    let (sender, receiver) = unbounded();
    for number in 1..=3 {
        sender.try_send(number).unwrap();
    }
    drop(sender);
    assert_eq!(block_on(receiver.collect::<Vec<_>>()), [1, 2, 3]);
}

#[test]
#[should_panic(expected = "take 1, or `unbounded()` for no limit")]
fn a_capacity_of_zero_panics_and_names_the_cure() {
    drop(channel::<()>(0));
}

#[test]
fn a_waker_may_receive_while_it_is_woken() {
    let (sender, receiver) = unbounded();
    let receiver = Rc::new(RefCell::new(receiver));
    let taken = Rc::new(Cell::new(None));
    let waker = {
        let (receiver, taken) = (receiver.clone(), taken.clone());
        CallsBack::WhenWoken.waker(move || taken.set(Some(receiver.borrow_mut().try_recv())))
    };
    assert_eq!(
        poll(&mut receiver.borrow_mut().recv(), &waker),
        Poll::Pending
    );
    sender.try_send(6).unwrap();
    assert_eq!(taken.take(), Some(Ok(6)));
}

#[test]
fn a_senders_waker_may_send_again_while_it_is_woken() {
    let (sender, mut receiver) = channel(1);
    sender.try_send(0).unwrap();
    let refused = Rc::new(Cell::new(None));
    let waker = {
        let (sender, refused) = (sender.clone(), refused.clone());
        CallsBack::WhenWoken.waker(move || refused.set(Some(sender.try_send(9))))
    };
    let mut waiting = sender.send(1);
    assert_eq!(poll(&mut waiting, &waker), Poll::Pending);
    assert_eq!(receiver.try_recv(), Ok(0));
    // The room was the waiter's already when its waker ran.
    assert_eq!(refused.take(), Some(Err(TrySendError::Full(9))));
    assert_eq!(poll_quietly(&mut waiting), Poll::Ready(Ok(())));
}

#[test]
fn room_made_by_the_drop_of_the_former_waker_is_not_missed() {
    let (sender, receiver) = channel(1);
    sender.try_send(0).unwrap();
    let receiver = Rc::new(RefCell::new(receiver));
    let mut waiting = sender.send(1);
    let former = {
        let receiver = receiver.clone();
        CallsBack::WhenDropped.waker(move || assert_eq!(receiver.borrow_mut().try_recv(), Ok(0)))
    };
    assert_eq!(poll(&mut waiting, &former), Poll::Pending);
    drop(former); // the queue holds the last clone
    let (waker, wakes) = Count::waker();
    assert_eq!(poll(&mut waiting, &waker), Poll::Pending);
    assert_eq!(
        wakes.get(),
        1,
        "the new waker was in the queue before the old one was dropped"
    );
    assert_eq!(poll(&mut waiting, &waker), Poll::Ready(Ok(())));
}

#[test]
fn items_may_use_the_channel_in_their_destructors() {
    let (sender, receiver) = unbounded::<Box<dyn std::any::Any>>();
    let answers = Rc::new(RefCell::new(Vec::new()));
    for _ in 0..2 {
        let (sender, answers) = (sender.clone(), answers.clone());
        let again = sender.clone();
        let item = OnDrop(move || {
            let answer = again.try_send(Box::new(())).unwrap_err();
            answers.borrow_mut().push(answer.to_string());
        });
        sender.try_send(Box::new(item)).unwrap();
    }
    drop(receiver);
    let closed = "the channel is closed: its receiver takes nothing more";
    assert_eq!(*answers.borrow(), [closed, closed]);
}

#[test]
fn random_sends_receives_and_cancels_lose_nothing_and_keep_the_order() {
    for seed in 1..=300_u64 {
        let random = Random::new(seed);
        let capacity = 1 + random.below(3) as usize;
        let (sender, mut receiver) = channel(capacity);
        let mut waiting = Vec::new();
        // What was sent, in the order in which `send` said so, and what of it was received.
        let (mut sent, mut received) = (Vec::new(), Vec::new());
        for item in 0..200 {
            match random.below(6) {
                0 | 1 => {
                    let mut sending = sender.send(item);
                    match poll_quietly(&mut sending) {
                        Poll::Ready(result) => {
                            result.unwrap();
                            sent.push(item);
                        }
                        Poll::Pending => waiting.push((item, sending)),
                    }
                }
                2 if !waiting.is_empty() => {
                    drop(waiting.remove(random.below(waiting.len() as u64) as usize));
                }
                3 if !waiting.is_empty() => {
                    let index = random.below(waiting.len() as u64) as usize;
                    if poll_quietly(&mut waiting[index].1).is_ready() {
                        sent.push(waiting.remove(index).0);
                    }
                }
                _ => received.extend(receiver.try_recv()),
            }
            assert!(receiver.len() <= capacity, "seed {seed}");
        }
        // In the end everybody who still waits gets through, in order of arrival.
        while !waiting.is_empty() {
            received.extend(receiver.try_recv());
            let before = waiting.len();
            waiting.retain_mut(|(item, sending)| {
                let done = poll_quietly(sending).is_ready();
                if done {
                    sent.push(*item);
                }
                !done
            });
            assert!(waiting.len() < before, "seed {seed}: room was lost");
        }
        while let Ok(item) = receiver.try_recv() {
            received.push(item);
        }
        assert_eq!(sent, received, "seed {seed}");
        for item in 0..capacity {
            assert!(
                sender.try_send(item as u64).is_ok(),
                "seed {seed}: a permit was lost"
            );
        }
        assert!(
            sender.try_send(0).is_err(),
            "seed {seed}: a permit was made up"
        );
    }
}

#[test]
fn a_second_waker_replaces_the_first_in_a_senders_place() {
    let (sender, mut receiver) = channel(1);
    sender.try_send(0).unwrap();
    let mut waiting = sender.send(1);
    let (waker, wakes) = Count::waker();
    assert_eq!(poll(&mut waiting, Waker::noop()), Poll::Pending);
    assert_eq!(poll(&mut waiting, &waker), Poll::Pending);
    assert_eq!(receiver.try_recv(), Ok(0));
    assert_eq!(wakes.get(), 1);
}
