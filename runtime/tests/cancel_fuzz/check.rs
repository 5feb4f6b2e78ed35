//! Runs a program, cancels it once or twice at a given moment, and looks at what is left.
//! Next: `main.rs`, how many of them.

use crate::program::{self, HOUR, Part};
use crate::tally::Tally;
use oneloop::{Loop, Task, call_later, create_task, shield, sleep, yield_now};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

/// When a program is cancelled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// Milliseconds after its beginning.
    pub(crate) time: u64,
    /// Batches of ready tasks after that.
    pub(crate) batches: u64,
    pub(crate) by: By,
    /// Once more, after so many milliseconds.
    pub(crate) again: Option<u64>,
}

/// Who cancels a program.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum By {
    Task,
    /// A timer's callback.
    Timer,
    /// Another thread, through a `Remote`.
    Thread,
}

/// What is looked at, besides that nothing hangs, leaks or is counted wrongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Strictness {
    /// Parts may suppress requests, or are dropped by foreign code.
    Loose,
    /// As that, but they run one after another, so each request is taken once at most.
    OneByOne,
    /// Nobody suppresses a request, so each one ends the program.
    Requests,
    /// Nobody drops what waits for its clean-up, so each one runs.
    CleanUps,
}

/// How many turns a program gets; a thousand are much.
const PATIENCE: u32 = 20_000;

/// How a run ended.
#[derive(Debug, PartialEq)]
pub(crate) struct Run {
    pub(crate) cancelled: bool,
    /// In milliseconds.
    pub(crate) lasted: u64,
    /// Which parts began and ended: see [`Tally::story`].
    pub(crate) story: Vec<(usize, bool)>,
}

/// Runs programs one after another on one loop, whose clock is paused.
pub(crate) struct Runner {
    event_loop: Loop,
}

impl Runner {
    pub(crate) fn new() -> Runner {
        // Pipes and a `Remote` would keep the clock from jumping; but no time passes in them.
        let event_loop = Loop::builder()
            .paused_clock()
            .jump_anyway()
            .exception_handler(|_| ()) // Panics of what foreign code dropped.
            .build();
        Runner {
            event_loop: event_loop.expect("a test may open three descriptors"),
        }
    }

    /// Runs a program. After an error the loop is not to be used any more.
    pub(crate) fn run(
        &self,
        program: &Part,
        moment: Option<Moment>,
        strictness: Strictness,
    ) -> Result<Run, String> {
        // Half of them as programs run without a paused clock. By their text, so that one that is tried
        // alone runs as it did among the others.
        let takes_notes = format!("{program:?}").len() % 2 == 0;
        self.run_with(takes_notes, program, moment, strictness)
    }

    /// As [`run`](Runner::run). Where notes are taken, all that waits has its place in the task's tree.
    pub(crate) fn run_with(
        &self,
        takes_notes: bool,
        program: &Part,
        moment: Option<Moment>,
        strictness: Strictness,
    ) -> Result<Run, String> {
        let tally = Rc::<Tally>::default();
        oneloop::testing::set_takes_notes(takes_notes);
        let supervised = supervise(program.clone(), moment, tally.clone());
        let run = self.event_loop.handle().create_task(supervised);
        let mut turns = 0;
        while !run.done() {
            let _turn = self.event_loop.turn(None).expect("the kernel answers");
            turns += 1;
            if turns > PATIENCE {
                return Err("it spins, and no time passes".to_string());
            }
        }
        let run = self.event_loop.block_on(run);
        let mut run = run.expect("nobody cancels the supervisor")?;
        run.run.story = tally.story.take();
        let stats = self.event_loop.handle().stats();
        let left = [
            stats.live_tasks,
            stats.timers,
            stats.participants,
            stats.registered,
        ];
        if left != [0; 4] {
            return Err(format!(
                "leak: tasks, timers, participants, sources {left:?}"
            ));
        }
        if let Some(fault) = tally.world.fault(&tally) {
            return Err(fault.to_string());
        }
        if tally.sent != tally.received {
            return Err("an item was lost".to_string());
        }
        // Foreign code may drop a `put` whose item is in the queue.
        let nobody_knows = strictness < Strictness::Requests && tally.put < tally.fetched;
        if tally.put != tally.fetched && !nobody_knows {
            return Err("an item was lost on its way into a queue, or is in it twice".to_string());
        }
        if strictness == Strictness::OneByOne && tally.suppressed.get() > run.accepted {
            return Err("a request was delivered twice".to_string());
        }
        if strictness >= Strictness::Requests {
            if run.lost_request {
                return Err("the request was lost".to_string());
            }
            if run.accepted > 0 && run.run.lasted > HOUR.as_millis() as u64 {
                return Err("it was cancelled and slept on".to_string());
            }
        }
        if strictness == Strictness::CleanUps {
            if tally.entered != tally.cleaned_up {
                return Err("a clean-up was lost".to_string());
            }
            if run.outlived {
                return Err("a child outlived who awaited it".to_string());
            }
        }
        Ok(run.run)
    }
}

struct Supervised {
    run: Run,
    /// How many requests the program took.
    accepted: u32,
    lost_request: bool,
    /// A child was alive when the program had ended.
    outlived: bool,
}

/// Starts the program as a task, cancels it, and waits for its end and for that of what it left.
async fn supervise(
    program: Part,
    moment: Option<Moment>,
    tally: Rc<Tally>,
) -> Result<Supervised, String> {
    let began = oneloop::now();
    let accepted = Rc::new(Cell::new(0));
    let lost_request = Rc::new(Cell::new(false));
    let task = Rc::new(create_task({
        let body = program::run(&program, &tally);
        let (accepted, lost_request) = (accepted.clone(), lost_request.clone());
        async move {
            body.await;
            // A request that came in the last moment is delivered at the next suspension, here.
            if accepted.get() > 0 {
                sleep(HOUR).await;
                lost_request.set(true);
            }
        }
    }));
    if let Some(moment) = moment {
        arrange(moment, &task, &accepted);
    }
    let ended = async {
        shield(&task).await.ok();
        Ok(())
    };
    let hung = async {
        sleep(HOUR * 100_000).await;
        Err("it hangs".to_string())
    };
    futures_lite::future::or(ended, hung).await?;
    if task.cancelling() != accepted.get() {
        let (counted, accepted) = (task.cancelling(), accepted.get());
        return Err(format!(
            "cancelling() is {counted} after {accepted} requests"
        ));
    }
    let supervised = Supervised {
        run: Run {
            cancelled: task.cancelled(),
            lasted: (oneloop::now() - began).as_millis() as u64,
            story: Vec::new(),
        },
        accepted: accepted.get(),
        lost_request: lost_request.get(),
        outlived: tally.children.get() > 0,
    };
    // What a foreign `select!` dropped, or a `shield` protects, ends in its own time.
    for exponent in 0..36 {
        let stats = Loop::current().expect("we run on it").stats();
        if (stats.live_tasks, stats.timers) == (1, 0) {
            break;
        }
        sleep(Duration::from_millis(1 << exponent)).await;
    }
    Ok(supervised)
}

/// Sees to it that the task is cancelled at this moment, and counts the requests that it accepted.
fn arrange(moment: Moment, task: &Rc<Task<()>>, accepted: &Rc<Cell<u32>>) {
    let cancel = {
        let (task, accepted) = (task.clone(), accepted.clone());
        move || accepted.set(accepted.get() + u32::from(task.cancel()))
    };
    let time = Duration::from_millis(moment.time);
    if moment.by != By::Task {
        let by_thread = moment.by == By::Thread;
        let cancel = move || match by_thread {
            true => from_another_thread(cancel),
            false => cancel(),
        };
        call_later(time, cancel.clone());
        if let Some(again) = moment.again {
            call_later(time + Duration::from_millis(again), cancel);
        }
        return;
    }
    drop(create_task(async move {
        if moment.time > 0 {
            sleep(time).await;
        }
        for _ in 0..moment.batches {
            yield_now().await;
        }
        cancel();
        if let Some(again) = moment.again {
            sleep(Duration::from_millis(again)).await;
            cancel();
        }
    }));
}

/// Lets another thread send for `cancel`, which stays on this one.
fn from_another_thread(cancel: impl FnOnce() + 'static) {
    thread_local! {
        static SENT_FOR: RefCell<Vec<Box<dyn FnOnce()>>> = RefCell::default();
    }
    SENT_FOR.with_borrow_mut(|all| all.push(Box::new(cancel)));
    let remote = Loop::current().expect("we run on it").remote();
    let send =
        move || remote.call_soon_threadsafe(|| SENT_FOR.take().into_iter().for_each(|call| call()));
    let sent = std::thread::spawn(send).join().expect("it does not panic");
    sent.expect("the loop is alive");
}

/// The faults found so far, each kind with the shortest program that shows it.
#[derive(Default)]
pub(crate) struct Faults {
    found: RefCell<Vec<(String, usize, String)>>,
}

impl Faults {
    pub(crate) fn note(&self, fault: String, seed: u64, moment: Option<Moment>, program: &Part) {
        let text = format!("seed {seed}, {moment:?}: {program:?}");
        let mut found = self.found.borrow_mut();
        match found.iter_mut().find(|(known, ..)| *known == fault) {
            Some((_, count, shortest)) => {
                *count += 1;
                if text.len() < shortest.len() {
                    *shortest = text;
                }
            }
            None => found.push((fault, 1, text)),
        }
    }

    /// # Panics
    /// If there are any.
    pub(crate) fn assert_none(&self) {
        let found = self.found.borrow();
        let lines = found
            .iter()
            .map(|(fault, count, shortest)| format!("{fault} ({count} times)\n    {shortest}\n"));
        assert!(found.is_empty(), "\n{}", lines.collect::<String>());
    }
}
