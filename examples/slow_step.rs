//! Debug mode says who holds the loop: while the step still runs, and when it is over.
//!
//! Watch: a metronome strikes every 100 ms, until a task computes for 600 ms without an `.await`:
//! nobody else has a turn meanwhile. The first report comes from a watchdog on a thread of its own (only
//! debug mode has one), the second from the loop, with the task's name and the place where it was made.
//!
//! Feature row 9.
//! Pain 24.

use oneloop::{Loop, Report, create_task, interval, sleep, task};
use oneloop_examples::println;
use std::io;
use std::thread;
use std::time::Duration;

const BEAT: Duration = Duration::from_millis(100);

fn main() -> io::Result<()> {
    let event_loop = Loop::builder()
        .debug()
        .slow_callback_duration(2 * BEAT)
        .on_stall(|report| println!("watchdog:  {}", in_short(report)))
        .exception_handler(|report| println!("loop:      {}", in_short(report)))
        .build()?;
    event_loop.block_on(async {
        let metronome = create_task(async {
            let mut beats = interval(BEAT);
            loop {
                let late = beats.tick().await.elapsed();
                match late < BEAT {
                    true => println!("metronome: tick"),
                    false => println!("metronome: late, nobody let me strike"),
                }
            }
        });
        sleep(BEAT * 5 / 2).await;
        let named = task::Builder::new().name("the accountant");
        let sum = named.create_task(async {
            println!("sum:       I count, and let nobody in between");
            thread::sleep(6 * BEAT); // A long computation, or a call of the system that blocks.
        });
        sum.await.unwrap();
        sleep(BEAT).await;
        metronome.cancel();
        println!("metronome: {}", metronome.await.unwrap_err());
    });
    Ok(())
}

/// The report without its figures, which differ from run to run.
fn in_short(report: &Report) -> String {
    let text = report.to_string();
    let place = text.find(", made at ").unwrap_or(text.len());
    format!("{}, {:?}", &text[..place], report.kind())
}
