//! Scenarios of cancellation that is caught: a body that waits with something in hand, and a clean-up
//! that waits as well. Nothing may be left of either, and no request may be lost. This ends the tables.

use crate::registry::Row;
use crate::workers::{Pool, seconds};
use oneloop::cancel::{
    Caught, Exit, catch, finally, forwarding, masked, paused, until, with_resource,
};
use oneloop::sync::oneshot;
use oneloop::testing::{Scenario, cancel_at_every_await};
use oneloop::{create_task, race, shield, sleep, yield_now};
use std::cell::Cell;
use std::pin::pin;

pub(crate) const ROWS: &[Row] = &[
    Row::new(
        "catching",
        4,
        &[
            "cancel::catch",
            "cancel::Cancelled::resume",
            "cancel::Caught::on_cancel",
            "cancel::Caught::or_resume",
            "Future for cancel::Catch",
        ],
        || cancel_at_every_await(catching),
    ),
    Row::new(
        "clean-up that comes last",
        4,
        &["cancel::finally", "try_finally!"],
        || cancel_at_every_await(cleaning),
    ),
    Row::new("a resource", 3, &["cancel::with_resource"], || {
        cancel_at_every_await(resource)
    }),
    Row::new("a body with a stop", 2, &["cancel::until"], || {
        cancel_at_every_await(stopping)
    }),
    Row::new(
        "a masked body",
        2,
        &["cancel::masked", "Future for cancel::Masked"],
        || cancel_at_every_await(masking),
    ),
    Row::new(
        "a paused body",
        2,
        &["cancel::paused", "Future for cancel::Paused"],
        || cancel_at_every_await(pausing),
    ),
    Row::new(
        "a body that takes requests itself",
        1,
        &["cancel::forwarding", "Future for cancel::Forwarding"],
        || cancel_at_every_await(handing_on),
    ),
    Row::new(
        "a shielded task",
        3,
        &["cancel::shield", "Future for cancel::Shield"],
        || cancel_at_every_await(shielding),
    ),
];

async fn catching() -> Scenario {
    let pool = Pool::new(1);
    let looks = pool.clone();
    Scenario::new(async move {
        // Without a request of its own, each body is ended by a race that it loses.
        let work = || pool.clone().work(3600);
        let stop = async {
            sleep(seconds(1)).await;
            0
        };
        let body = async {
            match catch(work()).await {
                Ok(number) => number,
                Err(cancelled) => {
                    yield_now().await;
                    cancelled.resume().await
                }
            }
        };
        let bodies: [std::pin::Pin<Box<dyn Future<Output = u64>>>; 2] =
            [Box::pin(body), Box::pin(stop)];
        assert_eq!(race(bodies).await, (1, 0));
        // A token that is dropped goes on at the next suspension.
        drop(catch(pool.clone().work(1)).await);
        let result = catch(pool.clone().work(1)).await;
        result.on_cancel(async || yield_now().await).await;
        let result = catch(pool.clone().work(1)).await;
        assert_eq!(result.or_resume().await, 1);
    })
    .after(looks.expect_whole())
}

async fn cleaning() -> Scenario {
    let pool = Pool::new(1);
    let looks = pool.clone();
    Scenario::new(async move {
        let work = || pool.clone().work(1);
        finally(work(), async || yield_now().await).await;
        let number = oneloop::try_finally!({
            work().await
        } finally {
            yield_now().await;
        });
        assert_eq!(number, 1);
    })
    .after(looks.expect_whole())
}

async fn resource() -> Scenario {
    let pool = Pool::new(1);
    let looks = pool.clone();
    Scenario::new(async move {
        let outcome = with_resource(
            pool.clone().try_work(1),
            async |number| {
                *number += pool.clone().try_work(1).await?;
                Ok(*number)
            },
            // It is masked, so that this is always waited for.
            async |_number, _exit: Exit<'_, u64, String>| {
                pool.clone().try_work(1).await?;
                Ok(())
            },
        );
        assert_eq!(outcome.await, Ok(2));
    })
    // A request that comes while it is closed waits for a suspension that does not come.
    .survives()
    .after(looks.expect_whole())
}

async fn stopping() -> Scenario {
    let pool = Pool::new(2);
    let looks = pool.clone();
    Scenario::new(async move {
        let work = |number| pool.clone().work(number);
        assert_eq!(until(work(3600), work(1)).await, Err(1));
        assert_eq!(until(work(1), work(3600)).await, Ok(1));
    })
    .after(looks.expect_whole())
}

async fn masking() -> Scenario {
    let pool = Pool::new(1);
    let looks = pool.clone();
    Scenario::new(async move {
        let done = Cell::new(0);
        masked(async { done.set(pool.clone().work(1).await) }).await;
        assert_eq!(done.get(), 1, "nobody can be asked in there");
        yield_now().await;
    })
    .survives()
    .after(looks.expect_whole())
}

async fn pausing() -> Scenario {
    let pool = Pool::new(1);
    let (looks, other) = (pool.clone(), pool.clone());
    Scenario::new(async move {
        let body = async { pool.clone().work(1).await + pool.work(1).await };
        let mut body = pin!(body);
        if let Err(cancelled) = catch(paused(body.as_mut())).await {
            // It stays where it is, and is awaited again before the request goes on.
            assert_eq!(masked(body).await, 2);
            cancelled.resume().await;
        }
    })
    .beside(async move {
        other.work(1).await;
    })
    .after(looks.expect_whole())
}

async fn handing_on() -> Scenario {
    let pool = Pool::new(1);
    let looks = pool.clone();
    Scenario::new(async move {
        let (send, told) = oneshot::channel();
        let send = Cell::new(Some(send));
        let body = until(pool.work(1), told);
        let (_outcome, cancelled) = forwarding(body, move |_message| {
            send.take().map(|send| send.send(()));
        })
        .await;
        if let Some(cancelled) = cancelled {
            yield_now().await;
            cancelled.resume().await;
        }
    })
    .after(looks.expect_whole())
}

async fn shielding() -> Scenario {
    let pool = Pool::new(1);
    let looks = pool.clone();
    let task = create_task(pool.work(1));
    let task = std::rc::Rc::new(task);
    let kept = task.clone();
    Scenario::new(async move {
        assert_eq!(shield(&task).await.unwrap(), 1);
        let mut lent = create_task(sleep(seconds(1)));
        shield(&mut lent).await.unwrap();
        shield(create_task(sleep(seconds(1)))).await.unwrap();
    })
    .after(async move {
        assert_eq!((&*kept).await.unwrap(), 1, "nobody asked it to end");
        // The others run to their ends by themselves.
        sleep(seconds(1)).await;
        looks.expect_whole().await;
    })
}
