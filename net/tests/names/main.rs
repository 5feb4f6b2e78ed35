//! Host names: what a look-up costs, who shares it, what is left of one that is given up, and how
//! connections are made by name. First `connecting.rs`, then `looking_up.rs` and `cancelled.rs`.

#[cfg(target_os = "linux")]
#[path = "../every_await/full_listener.rs"]
mod full_listener;

mod cancelled;
mod connecting;
mod looking_up;

use oneloop::Loop;
use oneloop_net::names::{Resolve, Resolver, Resolving};
use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

const MS: Duration = Duration::from_millis(1);

/// A resolver made of a function, which notes who asks. It answers after `delay`.
struct Table<F> {
    delay: Duration,
    asked: Rc<RefCell<Vec<String>>>,
    answer: F,
}

impl<F: Fn(&str) -> io::Result<Vec<SocketAddr>>> Resolve for Table<F> {
    fn resolve(&self, host: &str) -> Resolving {
        self.asked.borrow_mut().push(host.to_owned());
        let (delay, answer) = (self.delay, (self.answer)(host));
        Box::pin(async move {
            oneloop::sleep(delay).await;
            answer
        })
    }
}

/// Such a resolver, and who asks it.
fn table(
    delay: Duration,
    answer: impl Fn(&str) -> io::Result<Vec<SocketAddr>> + 'static,
) -> (Resolver, Rc<RefCell<Vec<String>>>) {
    let asked = Rc::new(RefCell::new(Vec::new()));
    let table = Table {
        delay,
        asked: asked.clone(),
        answer,
    };
    (Resolver::new(table), asked)
}

fn not_found() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "no such name")
}

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// Runs on a clock that jumps although sockets are registered: nothing here comes from outside.
fn run_paused<T>(main: impl Future<Output = T>) -> T {
    let event_loop = Loop::builder().paused_clock().jump_anyway().build();
    event_loop.unwrap().block_on(main)
}
