//! On SIGINT `run` cancels main so that its clean-up runs; then comes the interrupt itself, as an error here.
//!
//! clock: real
//!
//! Pain 28.

use oneloop::cancel::catch;
use oneloop::signal::run_interruptible;
use oneloop::sleep;
use std::process::Command;
use std::thread;
use std::time::Duration;

async fn main_of_it() {
    thread::spawn(|| {
        thread::sleep(Duration::from_millis(30));
        let own = std::process::id().to_string();
        let sent = Command::new("kill").args(["-INT", &own]).status();
        assert!(sent.unwrap().success());
    });
    let work = catch(sleep(Duration::from_secs(5))).await;
    println!("main cancelled");
    sleep(Duration::from_millis(10)).await;
    println!("main cleaned up");
    work.unwrap_err().resume().await;
}

pub(crate) fn main() {
    // `oneloop::run` would end the program here, as Ctrl-C does.
    if run_interruptible(main_of_it()).is_err() {
        println!("run raised KeyboardInterrupt");
    }
}
