//! Scenarios of streams: a body that waits with something in hand is unwound with whoever asked it, and
//! what is left open is closed by the loop. Next: `cancelling.rs`.

use crate::registry::Row;
use crate::workers::Pool;
use oneloop::cancel::{Exit, ExitStack, Leave};
use oneloop::stream::{Generator, IntoStream, StreamExt, Yielder, generator};
use oneloop::testing::{Scenario, cancel_at_every_await};
use oneloop::{for_await, sleep, try_finally, yield_now};
use std::time::Duration;

pub(crate) const ROWS: &[Row] = &[
    Row::new(
        "a generator",
        4,
        &[
            "stream::generator",
            "stream::Generator::next",
            "stream::Generator::aclose",
            "stream::Yielder::give",
            "Future for stream::Give",
        ],
        || cancel_at_every_await(asking),
    ),
    Row::new(
        "a loop over a stream",
        5,
        &[
            "for_await!",
            "stream::StreamExt::next",
            "Future for stream::Next",
            "Stream for stream::Generator",
        ],
        || cancel_at_every_await(looping),
    ),
    Row::new(
        "a stack of resources",
        4,
        &[
            "cancel::ExitStack::scope",
            "cancel::ExitStack::enter_context",
            "cancel::ExitStack::close",
        ],
        || cancel_at_every_await(stacked),
    ),
];

/// Gives what the pool's workers give; each end waits.
fn working(pool: Pool) -> Generator<u64> {
    generator(async move |yielder: Yielder<u64>| {
        try_finally!({
            for number in 1..4 {
                let number = pool.clone().work(number).await;
                yielder.give(number).await;
            }
        } finally {
            pool.clone().work(1).await;
        })
    })
}

async fn asking() -> Scenario {
    let pool = Pool::new(1);
    let looks = pool.clone();
    Scenario::new(async move {
        let mut numbers = working(pool.clone());
        assert_eq!(numbers.next().await, Some(1));
        assert_eq!(numbers.next().await, Some(2));
        numbers.aclose().await;
        assert_eq!(numbers.next().await, None);
        // One that is dropped before its end is closed by the loop.
        let mut dropped = working(pool);
        assert_eq!(dropped.next().await, Some(1));
    })
    .after(closed(looks))
}

async fn looping() -> Scenario {
    let pool = Pool::new(1);
    let looks = pool.clone();
    Scenario::new(async move {
        let mut numbers = working(pool.clone()).into_stream();
        let mut seen = Vec::new();
        for_await!(number in &mut numbers => {
            seen.push(number);
            yield_now().await;
        });
        assert_eq!(seen, [1, 2, 3]);
        let mut rest = Box::pin(working(pool));
        assert_eq!(StreamExt::next(&mut rest).await, Some(1));
    })
    .after(closed(looks))
}

/// Waits until whatever closes by itself has done so.
async fn closed(pool: Pool) {
    sleep(Duration::from_secs(60)).await;
    pool.expect_whole().await;
}

async fn stacked() -> Scenario {
    let pool = Pool::new(2);
    let looks = pool.clone();
    Scenario::new(async move {
        let kept = ExitStack::scope(async |stack| {
            for _ in 0..2 {
                let open = async {
                    pool.clone().work(1).await;
                    Ok::<_, String>(pool.clone())
                };
                let close = async |pool: Pool, _: Exit<'_, (), String>| {
                    pool.work(1).await;
                    Ok(Leave::GoOn)
                };
                stack.enter_context(open, close).await?;
            }
            let kept = stack.pop_all();
            stack.async_callback(async || yield_now().await);
            Ok(kept)
        });
        let kept = kept.await.unwrap().unwrap();
        kept.close().await.unwrap();
        // Exits are masked, so a request that came meanwhile is delivered here.
        yield_now().await;
    })
    .after(looks.expect_whole())
}
