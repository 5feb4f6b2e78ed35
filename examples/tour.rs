//! The whole of it in one program: tasks, time-outs, cancellation, an HTTP server and its clients,
//! all on one event loop and one thread. Watch how the chapters overlap in time but never in
//! place: while one task waits, whoever can go on does.
//!
//! `cargo run --release --example tour` tells the story and ends with what it took. With
//! `-- --trace` behind it, every turn of the loop is printed in between, and the last chapter asks
//! for a few pages only.
//!
//! The parts: `tour/site.rs` is the server, `tour/load.rs` the last chapter, `tour/report.rs` prints.

#[path = "tour/load.rs"]
mod load;
#[path = "tour/report.rs"]
mod report;
#[path = "tour/site.rs"]
mod site;

use oneloop::trace::TextObserver;
use oneloop::{Loop, create_task, gather, sleep, task, timeout, wait};
use oneloop_examples::println;
use oneloop_http::ClientSession;
use report::Story;
use site::Site;
use std::error::Error;
use std::io;
use std::process::ExitCode;
use std::time::Duration;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let trace = match &arguments[..] {
        [] => false,
        [flag] if flag == "--trace" => true,
        _ => {
            eprintln!("usage: tour [--trace]");
            return ExitCode::from(2);
        }
    };
    match run(trace) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tour: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(trace: bool) -> Outcome {
    let mut builder = Loop::builder();
    if trace {
        builder = builder.observer(TextObserver::new(io::stdout()));
    }
    builder.build()?.block_on(tour(Story::begin(), trace))
}

async fn tour(story: Story, trace: bool) -> Outcome {
    println!("One thread, one event loop. At the left: milliseconds since the start.");
    tasks_sleep(story).await?;
    let site = Site::open().await?;
    three_pages_at_once(story, &site).await?;
    too_slow(story, &site).await?;
    enough_is_enough(story, &site).await?;
    let load = load::many_clients(story, &site, trace).await?;
    let served = site.close().await;
    report::print(served, Loop::current()?.stats(), &load);
    Ok(())
}

/// Sleeping costs nothing: the loop runs whoever can go on.
async fn tasks_sleep(story: Story) -> Outcome {
    story.chapter("Three tasks sleep at the same time");
    let nap = |milliseconds| async move {
        sleep(Duration::from_millis(milliseconds)).await;
        story.tell(format!("the task that wanted {milliseconds} ms is awake"));
    };
    let names = [("long", 150), ("short", 50), ("middle", 100)];
    let naps = names.map(|(name, time)| task::Builder::new().name(name).create_task(nap(time)));
    story.tell("they want 150, 50 and 100 ms; none has begun yet");
    for nap in naps {
        nap.await?;
    }
    story.tell("all are awake, after 150 ms and not after 300");
    Ok(())
}

/// One task may wait for many things at once, without making tasks of them.
async fn three_pages_at_once(story: Story, site: &Site) -> Outcome {
    story.chapter("An HTTP server starts, and one client asks it for three pages at once");
    story.tell(format!("the server listens on {}", site.address));
    let session = ClientSession::new();
    let page = async |milliseconds| {
        let text = site.page(&session, milliseconds).await?;
        story.tell(format!("the page that takes {milliseconds} ms is here"));
        Outcome::Ok(text)
    };
    let pages = gather((page(150), page(50), page(100))).await;
    story.tell(format!(
        "gathered in the order of the questions: {} | {} | {}",
        pages.0?, pages.1?, pages.2?
    ));
    Ok(())
}

/// A time-out drops what it stands around; whatever that held is given back.
async fn too_slow(story: Story, site: &Site) -> Outcome {
    story.chapter("A page that takes an hour gets 100 ms");
    let session = ClientSession::new();
    let page = site.page(&session, 3_600_000);
    match timeout(Duration::from_millis(100), page).await {
        Ok(_) => story.tell("a clock is wrong here"),
        Err(elapsed) => story.tell(format!("given up: {elapsed}")),
    }
    Ok(())
}

/// `wait` stops nobody, `cancel` does.
async fn enough_is_enough(story: Story, site: &Site) -> Outcome {
    story.chapter("Of three downloads, those that are not done after 150 ms are cancelled");
    let download = |milliseconds| {
        let site = site.clone();
        create_task(async move { site.page(&ClientSession::new(), milliseconds).await })
    };
    let downloads = [3_600_000, 100, 50].map(download);
    let waited = wait(downloads).timeout(Duration::from_millis(150)).await;
    for task in waited.done {
        story.tell(format!("done: {}", task.await??));
    }
    for task in waited.pending {
        task.cancel();
        let error = task.await.expect_err("it was cancelled where it waited");
        story.tell(format!(
            "one still went on; after cancel() it says: {error}"
        ));
    }
    Ok(())
}
