//! A loop with workers that are interrupted at random, all from one seed.
//!
//! Read next: `chaos.rs`.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use oneloop::cancel::catch;
use oneloop::{Loop, PanicPolicy, Task, create_task, sleep, timeout, yield_now};

use crate::hand::OnDrop;
use crate::random::Random;

/// The workers of one program, and the dice for all that is random in it.
pub(crate) struct World {
    random: Random,
    workers: RefCell<Vec<Task<()>>>,
    /// Whether a worker was asked to end, and has not been told yet; `None` while it has not begun,
    /// since one that is cancelled before never does.
    requested: RefCell<Vec<Option<bool>>>,
}

impl World {
    /// Runs one program; it must end within an hour, which takes no time.
    pub(crate) fn run<M: AsyncFnOnce(Rc<World>)>(seed: u64, main: M) {
        let builder = Loop::builder().paused_clock().seed(seed);
        let event_loop = builder
            .panic_policy(PanicPolicy::Propagate)
            .build()
            .unwrap();
        event_loop.block_on(async {
            let world = Rc::new(World {
                random: Random::new(seed),
                workers: RefCell::default(),
                requested: RefCell::default(),
            });
            let ended = timeout(Duration::from_secs(3600), main(world)).await;
            assert!(ended.is_ok(), "seed {seed}: somebody hangs");
        });
    }

    /// A number below `sides`.
    pub(crate) fn roll(&self, sides: usize) -> usize {
        self.random.below(sides as u64) as usize
    }

    /// Starts from `least` to `most` workers, each of which does `step` some times. A step that is
    /// cancelled is given up, and the worker goes on with the next.
    pub(crate) fn start_workers<S>(self: &Rc<Self>, least: usize, most: usize, step: S)
    where
        S: AsyncFn(&World, usize) + 'static,
    {
        let step = Rc::new(step);
        for me in 0..least + self.roll(most - least + 1) {
            let (world, step) = (self.clone(), step.clone());
            self.requested.borrow_mut().push(None);
            self.workers.borrow_mut().push(create_task(async move {
                world.requested.borrow_mut()[me] = Some(false);
                for _ in 0..1 + world.roll(5) {
                    if let Err(cancelled) = catch(step(&world, me)).await {
                        world.requested.borrow_mut()[me] = Some(false);
                        cancelled.suppress();
                    }
                    // In the same breath as what the step gave back when it ended.
                    world.meddle();
                }
            }));
        }
    }

    /// Waits for all workers.
    pub(crate) async fn workers_end(&self) {
        let done = || self.workers.borrow().iter().all(Task::done);
        while !done() {
            sleep(Duration::from_millis(1)).await;
        }
        let workers = self.workers.take();
        for worker in workers {
            worker.await.expect("a worker catches what it is asked");
        }
    }

    /// Cancels somebody, mostly.
    pub(crate) fn meddle(&self) {
        if self.roll(3) > 0 {
            let workers = self.workers.borrow();
            let whom = self.roll(workers.len());
            let requested = &mut self.requested.borrow_mut()[whom];
            if requested.is_some() && !workers[whom].done() {
                *requested = Some(true);
                workers[whom].cancel();
            }
        }
    }

    /// Awaits `wait`, or gives it up: after a time, or as a foreign `select!` does.
    pub(crate) async fn attempt<T>(&self, wait: impl Future<Output = T>) -> Option<T> {
        match self.roll(4) {
            0 => timeout(self.some_time(), wait).await.ok(),
            1 => {
                let patience = self.roll(4);
                let give_up = async {
                    for _ in 0..patience {
                        yield_now().await;
                    }
                    None
                };
                let wait = async { Some(wait.await) };
                futures_lite::future::or(wait, give_up).await
            }
            _ => Some(wait.await),
        }
    }

    /// Takes some time, or some turns, or none.
    pub(crate) async fn dawdle(&self) {
        match self.roll(4) {
            0 => sleep(self.some_time()).await,
            1 => yield_now().await,
            _ => {}
        }
        self.meddle();
    }

    fn some_time(&self) -> Duration {
        Duration::from_millis(self.roll(3) as u64)
    }

    /// Awaits `wait`, of which we know that a request to end beats it once it has waited.
    pub(crate) async fn unless_requested<T>(&self, me: usize, wait: impl Future<Output = T>) -> T {
        let mut has_waited = false;
        let mut wait = pin!(wait);
        poll_fn(|context| {
            let polled = wait.as_mut().poll(context);
            if polled.is_ready() && has_waited {
                let requested = self.requested.borrow()[me];
                assert_eq!(
                    requested,
                    Some(false),
                    "it came, although a request lay there"
                );
            }
            has_waited = true;
            polled
        })
        .await
    }
}

/// Who waits for one of so many permits, as an onlooker sees it.
pub(crate) struct Line {
    limit: usize,
    inside: Cell<usize>,
    waiting: RefCell<Vec<usize>>,
}

impl Line {
    pub(crate) fn new(limit: usize) -> Line {
        Line {
            limit,
            inside: Cell::new(0),
            waiting: RefCell::default(),
        }
    }

    /// Awaits a permit, and checks that nobody was overtaken.
    ///
    /// A permit that was handed over is not in the pool, also before its receiver runs: so while
    /// somebody waits in vain, all permits are held by those inside and by the first in the line.
    pub(crate) async fn stand_in<T>(
        &self,
        world: &World,
        me: usize,
        wait: impl Future<Output = T>,
    ) -> T {
        let _leave = OnDrop(|| self.waiting.borrow_mut().retain(|waiter| *waiter != me));
        let mut wait = pin!(world.unless_requested(me, wait));
        poll_fn(|context| {
            let polled = wait.as_mut().poll(context);
            let mut waiting = self.waiting.borrow_mut();
            let free = self.limit - self.inside.get();
            let place = waiting.iter().position(|waiter| *waiter == me);
            match (&polled, place) {
                (Poll::Ready(_), None) => assert!(waiting.len() < free, "{me} overtook"),
                (Poll::Ready(_), Some(place)) => assert!(place < free, "{me} overtook"),
                (Poll::Pending, None) => waiting.push(me),
                (Poll::Pending, Some(_)) => {}
            }
            polled
        })
        .await
    }

    /// Counts one more inside, until what it returns is dropped.
    pub(crate) fn inside(&self) -> OnDrop<impl FnMut()> {
        self.inside.set(self.inside.get() + 1);
        assert!(self.inside.get() <= self.limit, "too many are inside");
        OnDrop(|| self.inside.set(self.inside.get() - 1))
    }
}
