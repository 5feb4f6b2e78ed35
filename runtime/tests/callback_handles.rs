//! What the handles of callbacks show of them.

use oneloop::Loop;
use std::time::Duration;

#[test]
fn a_handle_of_a_callback_shows_what_became_of_it_and_when_it_is_due() {
    let event_loop = Loop::builder().paused_clock().build().unwrap();
    event_loop.block_on(async {
        let timer = oneloop::call_later(Duration::from_secs(2), || ());
        let text = format!("{timer:?}");
        assert!(text.starts_with("TimerHandle { state: waiting, due_in: 2s, made_at: "));
        oneloop::sleep(Duration::from_secs(3)).await;
        let text = format!("{timer:?}");
        assert!(text.starts_with("TimerHandle { state: called, due_in: 0ns, made_at: "));
        let callback = oneloop::call_soon(|| ());
        assert!(format!("{callback:?}").starts_with("CallbackHandle { state: waiting, "));
        callback.cancel();
        assert!(format!("{callback:?}").starts_with("CallbackHandle { state: cancelled, "));
    });
}
