//! What the handles of callbacks show of them.

use oneloop::{Loop, call_later, call_soon, sleep};
use std::time::Duration;

#[test]
fn a_handle_of_a_callback_shows_what_became_of_it_and_when_it_is_due() {
    let event_loop = Loop::builder().paused_clock().build().unwrap();
    event_loop.block_on(async {
        let timer = call_later(Duration::from_secs(2), || ());
        let text = format!("{timer:?}");
        assert!(text.starts_with("TimerHandle { state: waiting, due_in: 2s, made_at: "));
        sleep(Duration::from_secs(3)).await;
        let text = format!("{timer:?}");
        assert!(text.starts_with("TimerHandle { state: called, due_in: 0ns, made_at: "));
        let callback = call_soon(|| ());
        assert!(format!("{callback:?}").starts_with("CallbackHandle { state: waiting, "));
        callback.cancel();
        assert!(format!("{callback:?}").starts_with("CallbackHandle { state: cancelled, "));
    });
}

#[test]
fn a_callback_counts_as_cancelled_if_that_prevented_it() {
    let event_loop = Loop::builder().paused_clock().build().unwrap();
    let [called, cancelled] = event_loop.block_on(async {
        let (called, timer) = (call_soon(|| ()), call_later(Duration::ZERO, || ()));
        let (cancelled, late) = (
            call_soon(|| unreachable!()),
            call_later(Duration::ZERO, || unreachable!()),
        );
        assert!(!cancelled.cancelled() && !late.cancelled());
        cancelled.cancel();
        late.cancel();
        assert!(cancelled.cancelled() && late.cancelled());
        sleep(Duration::from_secs(1)).await;
        assert!(cancelled.cancelled() && late.cancelled());
        called.cancel(); // It was called: nothing is left to prevent.
        timer.cancel();
        assert!(!called.cancelled() && !timer.cancelled());
        [called, cancelled]
    });
    let lost = event_loop.handle().call_soon(|| unreachable!());
    assert!(!lost.cancelled());
    drop(event_loop);
    assert!(lost.cancelled(), "the loop went before its turn came");
    assert!(format!("{lost:?}").starts_with("CallbackHandle { state: cancelled, "));
    assert!(!called.cancelled() && cancelled.cancelled());
}
