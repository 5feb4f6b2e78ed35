//! The tour's last chapter: many clients that ask as fast as they can, and a metronome that tells
//! whether anybody else still gets a turn meanwhile.

use crate::Outcome;
use crate::report::Story;
use crate::site::Site;
use hdrhistogram::Histogram;
use oneloop::{Loop, create_task, gather, interval, task};
use oneloop_http::ClientSession;
use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// What this chapter measured.
pub(crate) struct Load {
    /// Time from question to answer, in microseconds.
    pub(crate) latencies: Histogram<u64>,
    /// What the loop did meanwhile.
    pub(crate) turns: u64,
    pub(crate) polls: u64,
}

/// Runs the clients side by side: for a second, or for three questions each if every turn is
/// printed.
pub(crate) async fn many_clients(story: Story, site: &Site, trace: bool) -> Outcome<Load> {
    let (clients, questions) = if trace { (2, 3) } else { (16, u64::MAX) };
    story.chapter(&format!(
        "{clients} clients ask as fast as they can, for a second"
    ));
    let this_loop = Loop::current()?;
    let worst = Rc::new(Cell::new(Duration::ZERO));
    let metronome = create_task(metronome(worst.clone()));

    let before = this_loop.stats();
    let until = Instant::now() + Duration::from_secs(1);
    let url = format!("http://{}/echo", site.address);
    let clients = (0..clients).map(|number| {
        let client = client(url.clone(), number, questions, until);
        task::Builder::new()
            .name(format!("client {number}"))
            .create_task(client)
    });
    let mut latencies = Histogram::new(3)?;
    for result in gather(clients).await {
        latencies.add(result??)?;
    }
    let after = this_loop.stats();

    metronome.cancel();
    story.tell(format!(
        "{} answers came, each the right one",
        latencies.len()
    ));
    story.tell(format!(
        "beside them a metronome struck every 10 ms, never more than {:.1} ms late",
        worst.get().as_secs_f64() * 1000.0
    ));
    Ok(Load {
        latencies,
        turns: after.turns - before.turns,
        polls: after.polls - before.polls,
    })
}

/// One client with one connection: sends a line, checks that it comes back, takes the time.
async fn client(
    url: String,
    number: u64,
    questions: u64,
    until: Instant,
) -> Outcome<Histogram<u64>> {
    let session = ClientSession::new();
    let mut latencies = Histogram::new(3)?;
    for question in 0..questions {
        let start = Instant::now();
        if start >= until {
            break;
        }
        let line = format!("question {question} of client {number}");
        let mut response = session.post(url.as_str()).body(line.clone()).await?;
        let answer = response.text().await?;
        if answer != line {
            return Err(format!("`{line}` came back as `{answer}`").into());
        }
        latencies.record(start.elapsed().as_micros() as u64)?;
    }
    Ok(latencies)
}

/// Strikes every 10 ms and notes how late the worst stroke was.
async fn metronome(worst: Rc<Cell<Duration>>) {
    let mut strokes = interval(Duration::from_millis(10));
    loop {
        let due = strokes.tick().await;
        worst.set(worst.get().max(due.elapsed()));
    }
}
