//! An `ExitStack` leaves its contexts and callbacks last in, first out, and a context may swallow the error for the ones outside it.
//!
//! Feature row 47.

use crate::run;
use oneloop::cancel::{Exit, ExitStack, Leave};
use oneloop::yield_now;

type Error = &'static str;

async fn open(name: &'static str) -> Result<&'static str, Error> {
    println!("open {name}");
    Ok(name)
}

async fn close(name: &str, swallow: bool, exit: Exit<'_, (), Error>) -> Result<Leave, Error> {
    let leave = match exit {
        Exit::Error(error) => {
            println!("{name} sees {error}");
            if swallow { Leave::Swallow } else { Leave::GoOn }
        }
        Exit::Value(()) | Exit::Cancelled => Leave::GoOn,
    };
    yield_now().await;
    println!("close {name}");
    Ok(leave)
}

pub(crate) fn main() {
    run(async {
        let ended = ExitStack::scope(async |stack| {
            for name in ["a", "b", "c"] {
                let close = async move |name: &str, exit: Exit<'_, (), Error>| {
                    close(name, name == "b", exit).await
                };
                stack.enter_context(open(name), close).await?;
            }
            stack.callback(|| println!("plain callback"));
            Err::<(), _>("ValueError")
        });
        if let Ok(None) = ended.await {
            println!("swallowed");
        }
    });
}
