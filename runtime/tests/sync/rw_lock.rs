//! `RwLock`: readers together, writers alone, in line.

use std::rc::Rc;

use oneloop::sync::RwLock;
use oneloop::{create_task, gather, sleep, yield_now};

use crate::hand::{Count, poll, poll_quietly};
use crate::story::{Story, milliseconds, run};

#[test]
fn readers_are_in_together_and_a_writer_alone_in_the_order_in_which_they_came() {
    run(async {
        let story = Story::default();
        let lock = RwLock::new(());
        let read = async |name: &str| {
            let _guard = lock.read().await;
            story.say(format!("{name} in"));
            sleep(milliseconds(10)).await;
            story.say(format!("{name} out"));
        };
        let write = async |name: &str| {
            let _guard = lock.write().await;
            story.say(format!("{name} in"));
            sleep(milliseconds(10)).await;
            story.say(format!("{name} out"));
        };
        gather((read("a"), read("b"), write("C"), read("d"), read("e"))).await;
        assert_eq!(
            story.told(),
            [
                "a in", "b in", "a out",
                "b out", // "d" could have joined them, but "C" came first
                "C in", "C out", // alone
                "d in", "e in", "d out", "e out",
            ]
        );
        assert!(lock.try_write().is_some());
    });
}

#[test]
fn nobody_overtakes_a_writer_that_waits() {
    let lock = RwLock::new(());
    let reader = lock.try_read().unwrap();
    let mut writer = Box::pin(lock.write());
    let (waker, wakes) = Count::waker();
    assert!(poll(&mut writer, &waker).is_pending());
    assert!(lock.try_read().is_none());
    drop(reader);
    assert_eq!(wakes.get(), 1);
    assert!(lock.try_read().is_none() && lock.try_write().is_none());
    assert!(poll(&mut writer, &waker).is_ready());
}

#[test]
fn readers_behind_a_writer_that_gives_up_come_in_at_once() {
    let lock = RwLock::new(());
    let reader = lock.try_read().unwrap();
    let mut writer = Box::pin(lock.write());
    let mut second = Box::pin(lock.read());
    let (waker, wakes) = Count::waker();
    assert!(poll_quietly(&mut writer).is_pending());
    assert!(poll(&mut second, &waker).is_pending());
    drop(writer);
    assert_eq!(wakes.get(), 1);
    assert!(poll(&mut second, &waker).is_ready());
    drop(reader);
}

#[test]
fn a_writer_that_is_cancelled_with_the_lock_in_hand_passes_it_on() {
    run(async {
        let lock = Rc::new(RwLock::new(1));
        let guard = lock.read().await;
        let writer = {
            let lock = lock.clone();
            create_task(async move { *lock.write().await += 1 })
        };
        let readers = [1, 2].map(|_| {
            let lock = lock.clone();
            create_task(async move { *lock.read().await })
        });
        yield_now().await;
        drop(guard);
        writer.cancel();
        assert!(writer.await.unwrap_err().is_cancelled());
        for reader in readers {
            assert_eq!(reader.await.unwrap(), 1);
        }
        assert!(lock.try_write().is_some());
    });
}
