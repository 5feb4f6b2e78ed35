//! A process is driven through its pipes while the loop goes on; its end, and the signal that ended it, are awaited.
//!
//! clock: real

use crate::{py, run};
use oneloop::call_later;
use oneloop_net::process::Command;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

pub(crate) fn main() {
    run(async {
        call_later(Duration::from_millis(20), || println!("loop alive"));
        let line = "read line; sleep 0.1; echo got $line; echo err >&2; exit 3";
        let mut child = Command::shell(line).pipe_all().spawn()?;
        let output = child.communicate("hello\n").await?;
        let code = output.status.code().unwrap();
        println!("{} {} {code}", py(&*output.stdout), py(&*output.stderr));

        let child = Command::new("sleep").arg("5").spawn()?;
        child.terminate()?;
        // Python tells a signal as a negative code.
        println!("terminated {}", -child.wait().await?.signal().unwrap());
        io::Result::Ok(())
    })
    .unwrap();
}
