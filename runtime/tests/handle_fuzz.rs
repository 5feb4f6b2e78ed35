//! Random programs that treat task handles as badly as safe code can: poll them from several places, by
//! the wakers of others and by a task's own, inside destructors, and drop, swap, share and cancel them
//! meanwhile, while threads wake and the loop dies. Nothing may be left, and where memory is checked
//! (`.ci/run sanitizers`), nothing may be touched that is gone.

use oneloop::cancel::catch;
use oneloop::{Loop, Task, create_task, current_task, gather, timeout, yield_now};
use std::cell::{Cell, RefCell};
use std::future::{IntoFuture, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

#[path = "cancel_fuzz/random.rs"]
mod random;

use random::Random;

/// How many places for handles there are: few, so that tasks meet in them.
const PLACES: usize = 5;

/// How many tasks may live at once.
const TASKS: i32 = 300;

type Handle = Task<Rc<String>>;

/// What all tasks of a program share. Nothing in it is borrowed while other code runs.
struct World {
    random: Random,
    handles: [RefCell<Option<Handle>>; PLACES],
    shared: [RefCell<Option<Rc<Handle>>>; PLACES],
    wakers: RefCell<Vec<Waker>>,
    threads: RefCell<Vec<thread::JoinHandle<()>>>,
    living: Cell<i32>,
}

impl World {
    fn new(seed: u64) -> Rc<World> {
        Rc::new(World {
            random: Random::new(seed),
            handles: Default::default(),
            shared: Default::default(),
            wakers: RefCell::default(),
            threads: RefCell::default(),
            living: Cell::new(0),
        })
    }

    fn below(&self, limit: usize) -> usize {
        self.random.below(limit as u64) as usize
    }

    /// Does one thing. Inside a task's poll there is a context.
    fn act(self: &Rc<World>, context: Option<&mut Context<'_>>) {
        let (handle, shared) = (
            &self.handles[self.below(PLACES)],
            &self.shared[self.below(PLACES)],
        );
        match self.below(14) {
            0 | 1 => drop(handle.replace(Some(self.make_task()))),
            2 => drop(handle.take()),
            3 => {
                // Not `swap`, which both places may be the same for.
                let (one, other) = (handle.take(), self.handles[self.below(PLACES)].take());
                drop(handle.replace(other));
                drop(one);
            }
            4 => {
                let task = handle.borrow().as_ref().map(Task::any);
                task.map(|task| task.cancel());
            }
            5 => {
                let taken = handle.take().map(Rc::new);
                drop(shared.replace(taken));
            }
            6 => drop(shared.take()),
            7 => {
                let task = shared.borrow().as_ref().map(|task| task.any());
                task.map(|task| task.cancel_with("a message"));
            }
            8 => {
                let waker = context.map(|context| context.waker().clone());
                self.wakers.borrow_mut().extend(waker);
            }
            9 => self.with_waker(Waker::wake),
            10 => self.with_waker(|waker| self.wake_on_a_thread(waker)),
            _ => self.poll_somehow(handle, context),
        }
    }

    fn with_waker(&self, act: impl FnOnce(Waker)) {
        let waker = self.wakers.borrow_mut().pop();
        waker.map(act);
    }

    fn wake_on_a_thread(&self, waker: Waker) {
        let kept = waker.clone();
        if self.threads.borrow().len() < 8 {
            let thread = thread::spawn(move || {
                kept.wake_by_ref();
                let again = kept.clone();
                drop(kept);
                again.wake();
            });
            self.threads.borrow_mut().push(thread);
        }
    }

    /// Polls a handle, which may be the running task's own, by whatever waker.
    fn poll_somehow(&self, place: &RefCell<Option<Handle>>, context: Option<&mut Context<'_>>) {
        let Some(mut task) = place.take() else { return };
        let others = self.wakers.borrow().last().cloned();
        let waker = match (self.below(4), context, others) {
            (0, _, _) | (_, None, None) => Waker::noop().clone(),
            (1, _, Some(other)) | (_, None, Some(other)) => other,
            (_, Some(context), _) => context.waker().clone(),
        };
        let mut context = Context::from_waker(&waker);
        let poll = AssertUnwindSafe(|| Pin::new(&mut task).poll(&mut context).is_ready());
        // It panics if the task awaits itself, or was awaited to its end before.
        let _ = catch_unwind(poll);
        let old = place.replace(Some(task));
        drop(old);
    }

    fn make_task(self: &Rc<World>) -> Handle {
        self.living.set(self.living.get() + 1);
        let living = Living(self.clone());
        create_task(async move {
            let world = &living.0;
            for _ in 0..world.below(6) {
                world.step().await;
                if world.living.get() > TASKS {
                    break;
                }
            }
            Rc::new("an output".to_owned())
        })
    }

    /// One thing of those that a task may do.
    async fn step(self: &Rc<World>) {
        match self.below(8) {
            0 => yield_now().await,
            1 => {
                let task = self.shared[self.below(PLACES)].borrow().clone();
                if let Some(task) = task {
                    self.await_a_while(&task).await;
                }
            }
            2 => {
                let body = async {
                    self.act_here().await;
                    yield_now().await;
                    self.act_here().await;
                };
                if let Err(caught) = catch(body).await {
                    match self.below(2) {
                        0 => caught.suppress(),
                        _ => caught.resume().await,
                    }
                }
            }
            3 => {
                let task = self.handles[self.below(PLACES)].take();
                if let Some(task) = task
                    && Some(task.any()) != current_task()
                {
                    let _ = timeout(Duration::from_micros(200), task).await;
                }
            }
            4 => {
                let _ = gather((self.make_task(), yield_now())).await;
            }
            5 if self.below(6) == 0 => panic!("on purpose"),
            _ => {
                self.act_here().await;
                if self.below(2) == 0 {
                    yield_now().await;
                }
            }
        }
    }

    async fn act_here(self: &Rc<World>) {
        let act = |context: &mut Context<'_>| {
            self.act(Some(context));
            Poll::Ready(())
        };
        poll_fn(act).await;
    }

    /// Awaits a task by reference for a few polls, and gives up.
    async fn await_a_while(&self, task: &Handle) {
        let mut awaiting = pin!(task.into_future());
        let mut polls = self.below(4);
        let poll = |context: &mut Context<'_>| {
            if polls == 0 {
                return Poll::Ready(());
            }
            polls -= 1;
            let poll = AssertUnwindSafe(|| awaiting.as_mut().poll(context).is_ready());
            match catch_unwind(poll) {
                Ok(false) => {
                    context.waker().wake_by_ref();
                    Poll::Pending
                }
                Ok(true) | Err(_) => Poll::Ready(()),
            }
        };
        poll_fn(poll).await;
    }
}

/// Counts a task's future, and may do anything when that is dropped.
struct Living(Rc<World>);

impl Drop for Living {
    fn drop(&mut self) {
        let world = &self.0;
        world.living.set(world.living.get() - 1);
        // Outside a loop, whose end drops what is left, no task can be made.
        if world.below(3) == 0 && Loop::current().is_ok_and(|handle| !handle.is_closed()) {
            world.act(None);
        }
    }
}

fn run(seed: u64) {
    let world = World::new(seed);
    let event_loop = Loop::builder().exception_handler(|_| ()).build().unwrap();
    event_loop.block_on(async {
        for _ in 0..60 {
            world.act_here().await;
            if world.below(2) == 0 {
                yield_now().await;
            }
        }
    });
    drop(event_loop);
    for thread in world.threads.take() {
        thread.join().unwrap();
    }
    world.handles.iter().for_each(|place| drop(place.take()));
    world.shared.iter().for_each(|place| drop(place.take()));
    drop(world.wakers.take());
    assert_eq!(
        world.living.get(),
        0,
        "seed {seed}: a task's future is left"
    );
    assert_eq!(Rc::strong_count(&world), 1, "seed {seed}");
}

/// `ONELOOP_SEEDS` says how many programs, where there is more time.
#[test]
fn handles_in_bad_hands_leave_nothing_behind_and_touch_nothing_that_is_gone() {
    std::panic::set_hook(Box::new(|_| ())); // Most of them are on purpose.
    let seeds = std::env::var("ONELOOP_SEEDS").ok();
    let seeds = seeds.and_then(|number| number.parse().ok()).unwrap_or(500);
    for seed in 1..=seeds {
        run(seed);
    }
    let _ = std::panic::take_hook();
    println!("{seeds} programs");
}
