//! `ThreadBound`: what another thread may do with it, which is next to nothing.
#![cfg(feature = "thread-bound")]

use oneloop_net::adaptors::ThreadBound;
use std::rc::Rc;
use std::thread;

/// Runs on a thread called "other", and gives the text of its panic, if it panics.
fn on_another<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
    let other = thread::Builder::new().name("other".into()).spawn(body);
    let ended = other.unwrap().join();
    ended.map_err(|panic| *panic.downcast::<String>().unwrap())
}

#[test]
fn each_use_on_another_thread_panics_and_names_both() {
    let here = thread::current().name().unwrap().to_owned();
    let uses: [fn(ThreadBound<Rc<i32>>); 3] = [
        |value| std::mem::forget((**value, value)),
        |mut value| {
            *value = Rc::new(2);
            std::mem::forget(value);
        },
        |value| drop(value.into_inner()),
    ];
    for one in uses {
        let value = ThreadBound::new(Rc::new(1));
        let text = on_another(move || one(value)).unwrap_err();
        for part in [here.as_str(), "\"other\"", "was used on", "send messages"] {
            assert!(text.contains(part), "{text}");
        }
    }
}

#[test]
fn a_drop_on_another_thread_runs_no_destructor_there() {
    let value = Rc::new(());
    let bound = ThreadBound::new(value.clone());
    let text = on_another(move || drop(bound)).unwrap_err();
    assert!(text.contains("was dropped on"), "{text}");
    assert_eq!(
        Rc::strong_count(&value),
        2,
        "it leaks rather than drop there"
    );
    // What needs no destructor may go anywhere.
    let plain = ThreadBound::new(5);
    on_another(move || drop(plain)).unwrap();
}

#[test]
fn at_home_it_is_the_value_itself() {
    let value = Rc::new(());
    let mut bound = ThreadBound::new(value.clone());
    assert!(bound.is_here() && Rc::ptr_eq(&bound, &value));
    *bound = Rc::new(());
    assert_eq!(Rc::strong_count(&value), 1);
    drop(bound.into_inner());
    let text = format!("{:?}", ThreadBound::new(7));
    assert_eq!(text, "ThreadBound { value: 7 }");
    let bound = ThreadBound::new(7);
    let text = on_another(move || format!("{bound:?}")).unwrap();
    assert!(text.starts_with("ThreadBound { home: "), "{text}");
}
