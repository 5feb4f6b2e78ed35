//! Processes: one that is talked with, two in a row, and many of them, of which two run at a time.
//!
//! Watch: nothing here blocks. While the calculator thinks, the ticker ticks; the jobs run as many at a time as
//! there are places; and the one that takes too long is killed when its time is over, since nobody could
//! use its answer any more.

use oneloop::sync::Semaphore;
use oneloop::{create_task, gather, sleep, timeout};
use oneloop_examples::println;
use oneloop_net::process::Command;
use oneloop_net::streams::StreamReader;
use std::io;
use std::process::Stdio;
use std::rc::Rc;
use std::time::Duration;

fn main() -> io::Result<()> {
    oneloop::run(async {
        println!("-- a conversation, line by line");
        conversation().await?;
        println!("-- one process writes what the next one reads");
        in_a_row().await?;
        println!("-- four jobs, two at a time, 500 ms for each");
        jobs().await;
        Ok(())
    })
}

/// A process that doubles numbers, slowly.
const CALCULATOR: &str = "while read n; do sleep 0.1; echo $((n * 2)); done";

async fn conversation() -> io::Result<()> {
    let ticker = create_task(async {
        for tick in 1.. {
            sleep(Duration::from_millis(60)).await;
            if tick == 1 {
                println!("(the loop ticks meanwhile)");
            }
        }
    });
    let mut child = Command::shell(CALCULATOR).pipe_all().spawn()?;
    let mut questions = child.stdin.take().expect("it is a pipe");
    let answers = StreamReader::new(child.stdout.take().expect("it is a pipe"));
    for number in [21, 42] {
        questions
            .write_all(format!("{number}\n").as_bytes())
            .await?;
        let answer = answers.readline().await?;
        println!(
            "twice {number} is {}",
            String::from_utf8_lossy(&answer).trim()
        );
    }
    drop(questions); // The end of its input, after which it ends itself.
    println!("it ended well: {}", child.wait().await?.success());
    ticker.cancel();
    Ok(())
}

async fn in_a_row() -> io::Result<()> {
    let mut list = Command::shell("echo pears; echo apples; echo figs");
    let mut list = list.stdout(Stdio::piped()).spawn()?;
    let names = Stdio::try_from(list.stdout.take().expect("it is a pipe"))?;
    let sorted = Command::new("sort").stdin(names).output().await?;
    let sorted = String::from_utf8_lossy(&sorted.stdout);
    println!(
        "{}",
        sorted.split_whitespace().collect::<Vec<_>>().join(", ")
    );
    Ok(())
}

async fn jobs() {
    let places = Rc::new(Semaphore::new(2));
    let job = |name: &'static str, line: &'static str| {
        let places = places.clone();
        async move {
            let _place = places.acquire().await;
            // When the time is over `output` is given up, and that kills the process.
            let mut command = Command::shell(line);
            match timeout(Duration::from_millis(500), command.output()).await {
                Ok(Ok(output)) if output.status.success() => format!("{name}: done"),
                Ok(Ok(output)) => format!("{name}: {}", output.status),
                Ok(Err(error)) => format!("{name}: {error}"),
                Err(_) => format!("{name}: took too long"),
            }
        }
    };
    let ended = gather([
        job("resize", "sleep 0.1"),
        job("upload", "exec sleep 1000"),
        job("verify", "exit 1"),
        job("notify", "true"),
    ]);
    for line in ended.await {
        println!("{line}");
    }
}
