//! One value from one end to the other.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::Poll;

use oneloop::sync::oneshot::{self, Closed};

use crate::hand::{CallsBack, Count, OnDrop, poll, poll_quietly};

#[test]
fn a_waiting_receiver_is_woken_once_and_gets_the_value() {
    let (sender, mut receiver) = oneshot::channel();
    let (waker, wakes) = Count::waker();
    assert_eq!(poll(&mut receiver, &waker), Poll::Pending);
    sender.send(5).unwrap();
    assert_eq!(wakes.get(), 1);
    assert_eq!(poll(&mut receiver, &waker), Poll::Ready(Ok(5)));
}

#[test]
fn only_the_waker_of_the_last_poll_is_woken() {
    let (sender, mut receiver) = oneshot::channel::<()>();
    let ((first, first_wakes), (second, second_wakes)) = (Count::waker(), Count::waker());
    assert_eq!(poll(&mut receiver, &first), Poll::Pending);
    assert_eq!(poll(&mut receiver, &second), Poll::Pending);
    drop(sender);
    assert_eq!((first_wakes.get(), second_wakes.get()), (0, 1));
    assert_eq!(poll(&mut receiver, &second), Poll::Ready(Err(Closed)));
}

#[test]
fn a_receiver_polled_after_it_was_ready_says_closed() {
    let (sender, mut receiver) = oneshot::channel();
    sender.send(5).unwrap();
    assert_eq!(poll_quietly(&mut receiver), Poll::Ready(Ok(5)));
    assert_eq!(poll_quietly(&mut receiver), Poll::Ready(Err(Closed)));
}

#[test]
fn a_value_nobody_took_is_dropped_with_the_receiver() {
    let dropped = Rc::new(Cell::new(0));
    let value = {
        let dropped = dropped.clone();
        OnDrop(move || dropped.set(dropped.get() + 1))
    };
    let (sender, receiver) = oneshot::channel();
    assert!(sender.send(value).is_ok());
    assert_eq!(dropped.get(), 0);
    drop(receiver);
    assert_eq!(dropped.get(), 1);
}

#[test]
fn a_waker_may_take_the_value_while_it_is_woken() {
    let (sender, receiver) = oneshot::channel();
    let receiver = Rc::new(RefCell::new(receiver));
    let taken = Rc::new(Cell::new(None));
    let waker = {
        let (receiver, taken) = (receiver.clone(), taken.clone());
        CallsBack::WhenWoken.waker(move || taken.set(Some(receiver.borrow_mut().try_recv())))
    };
    assert_eq!(poll(&mut *receiver.borrow_mut(), &waker), Poll::Pending);
    sender.send(3).unwrap();
    assert_eq!(taken.take(), Some(Ok(Some(3))));
}

#[test]
fn a_value_sent_by_the_drop_of_the_former_waker_is_not_missed() {
    let (sender, mut receiver) = oneshot::channel();
    let former = CallsBack::WhenDropped.waker(move || sender.send(4).unwrap());
    assert_eq!(poll(&mut receiver, &former), Poll::Pending);
    drop(former); // the receiver's slot holds the last clone
    // Registering another waker drops the former one, which sends.
    assert_eq!(poll_quietly(&mut receiver), Poll::Ready(Ok(4)));
}

#[test]
fn a_value_may_use_the_other_end_in_its_destructor() {
    let (sender, receiver) = oneshot::channel::<Box<dyn std::any::Any>>();
    let (other, mut answer) = oneshot::channel();
    let mut other = Some(other);
    let value = OnDrop(move || other.take().unwrap().send("dropped").unwrap());
    assert!(sender.send(Box::new(value)).is_ok());
    drop(receiver);
    assert_eq!(answer.try_recv(), Ok(Some("dropped")));
}
