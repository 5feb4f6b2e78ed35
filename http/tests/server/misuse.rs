//! What a newcomer does wrong with a server, and what the messages say.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use std::time::Duration;

use oneloop_http::serve;

thread_local! {
    /// Where this thread panicked last.
    static PLACE: RefCell<Option<(String, u32)>> = const { RefCell::new(None) };
}

/// Runs what must panic; returns its message and the line of this file that is blamed for it.
fn panic_of<T>(misuse: impl FnOnce() -> T) -> (String, &'static str) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let place = panic.location().map(|it| (it.file().to_owned(), it.line()));
            PLACE.set(place);
            before(panic);
        }));
    });
    let payload = catch_unwind(AssertUnwindSafe(misuse)).err();
    let payload = payload.expect("it was let through");
    let message = payload.downcast_ref::<String>().expect("it has a text");
    let (file, line) = PLACE.take().expect("every panic has a place");
    assert!(file.ends_with("misuse.rs"), "{message}: at {file}:{line}");
    let line = include_str!("misuse.rs").lines().nth(line as usize - 1);
    (
        message.clone(),
        line.expect("the line is in the file").trim(),
    )
}

#[test]
fn outside_a_loop_start_and_stop_name_themselves_and_the_cure_at_the_callers_line() {
    let outside = |what: &str| {
        let error = oneloop::Loop::current().unwrap_err();
        format!("`{what}` was called outside a loop: {error}")
    };
    assert!(outside("").contains("`Remote`"));
    let event_loop = oneloop::Loop::new().unwrap();
    let bind = || event_loop.block_on(oneloop_net::TcpListener::bind("127.0.0.1:0"));

    let server = serve(bind().unwrap(), async |_| "Hello");
    let (message, line) = panic_of(|| server.start());
    assert_eq!(message, outside("Server::start"));
    assert!(line.contains("server.start()"), "{line}");

    // The cure works.
    let server = serve(bind().unwrap(), async |_| "Hello");
    let server = event_loop.enter(|| server.start());
    let (message, line) = panic_of(|| server.stop(Duration::ZERO));
    assert_eq!(message, outside("ServerHandle::stop"));
    assert!(line.contains("server.stop("), "{line}");
    event_loop.block_on(event_loop.enter(|| server.stop(Duration::ZERO)));
}
