//! Random programs: trees of constructs that take part in cancellation, ours and foreign ones, and
//! what each of them does. Next: `check.rs`, what must hold whenever one of them is cancelled.

use crate::random::Random;
use crate::tally::{Inbox, Tally};
use futures_util::future::select;
use futures_util::stream::{FuturesUnordered, StreamExt};
use oneloop::cancel::{Caught, catch, finally, masked, until};
use oneloop::sync::Promise;
use oneloop::{
    TaskGroup, call_later, create_task, gather, local_scope, race, shield, sleep, timeout,
    try_gather, yield_now,
};
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

/// A piece of a program.
pub(crate) type Part = Rc<Program>;

/// One construct, with its parts. Numbers are milliseconds.
#[derive(Debug)]
pub(crate) enum Program {
    Yield,
    Sleep(u64),
    /// A sleep that no program waits for once it is cancelled.
    LongSleep,
    /// Awaits a promise that a timer keeps.
    Promise(u64),
    /// Takes two items out of a channel, which timers fill.
    Receive(u64),
    /// Fails after a while, which only `Unwind` stops.
    Panic(u64),
    Sequence(Part, Part),
    Finally(Part, u64),
    CatchResume(Part, u64),
    CatchSuppress(Part),
    CatchDrop(Part),
    /// A token that outlives the scope in which it was caught.
    CarryToken(Part),
    /// A clean-up with a catch of its own, and so two tokens at a time.
    TwoTokens(Part, Part),
    Masked(Part),
    Gather(Part, Part),
    GatherVec(Part, Part, Part),
    /// Its first part ends with an error.
    TryGather(Part, Part),
    Race(Part, Part),
    /// A group with two tasks and a body.
    Group(Part, Part, Part),
    /// The same, of which a task ends with an error.
    FailingGroup(Part, Part, Part),
    LocalScope(Part, Part),
    Task(Part),
    /// A task that two await by reference, one of them later.
    SharedTask(Part, u64),
    /// A task that somebody else cancels after a while.
    CancelledTask(Part, u64),
    Shield(Part),
    Timeout(u64, Part),
    /// `until` with a part as the stop.
    Until(Part, Part),
    Join(Part, Part),
    Unordered(Part, Part),
    Select(Part, Part),
    Unwind(Part),
}

/// What a program may be made of, each with how many parts it takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    Sequence,
    Finally,
    CatchResume,
    CatchSuppress,
    CatchDrop,
    CarryToken,
    TwoTokens,
    Masked,
    Gather,
    GatherVec,
    TryGather,
    Race,
    Group,
    FailingGroup,
    LocalScope,
    Task,
    SharedTask,
    CancelledTask,
    Shield,
    Timeout,
    Until,
    Join,
    Unordered,
    Select,
    Unwind,
}

/// Makes a program of these kinds, at most `depth` constructs deep. If it is `bounded`, requests
/// wait until it is through.
pub(crate) fn make(random: &mut Random, depth: u32, kinds: &[Kind], bounded: bool) -> Part {
    if depth == 0 || random.below(6) == 0 {
        return Rc::new(leaf(random, kinds.contains(&Kind::Unwind), bounded));
    }
    let kind = kinds[random.below(kinds.len() as u64) as usize];
    let time = random.below(5);
    let bounded = bounded || matches!(kind, Kind::Masked | Kind::Shield);
    let mut part = || make(random, depth - 1, kinds, bounded);
    Rc::new(match kind {
        Kind::Sequence => Program::Sequence(part(), part()),
        Kind::Finally => Program::Finally(part(), time),
        Kind::CatchResume => Program::CatchResume(part(), time),
        Kind::CatchSuppress => Program::CatchSuppress(part()),
        Kind::CatchDrop => Program::CatchDrop(part()),
        Kind::CarryToken => Program::CarryToken(part()),
        Kind::TwoTokens => {
            let part = part();
            Program::TwoTokens(part, make(random, depth - 1, kinds, true))
        }
        Kind::Masked => Program::Masked(part()),
        Kind::Gather => Program::Gather(part(), part()),
        Kind::GatherVec => Program::GatherVec(part(), part(), part()),
        Kind::TryGather => Program::TryGather(part(), part()),
        Kind::Race => Program::Race(part(), part()),
        Kind::Group => Program::Group(part(), part(), part()),
        Kind::FailingGroup => Program::FailingGroup(part(), part(), part()),
        Kind::LocalScope => Program::LocalScope(part(), part()),
        Kind::Task => Program::Task(part()),
        Kind::SharedTask => Program::SharedTask(part(), time),
        Kind::CancelledTask => Program::CancelledTask(part(), time),
        Kind::Shield => Program::Shield(part()),
        Kind::Timeout => Program::Timeout(time, part()),
        Kind::Until => Program::Until(part(), part()),
        Kind::Join => Program::Join(part(), part()),
        Kind::Unordered => Program::Unordered(part(), part()),
        Kind::Select => Program::Select(part(), part()),
        Kind::Unwind => Program::Unwind(part()),
    })
}

fn leaf(random: &mut Random, may_panic: bool, bounded: bool) -> Program {
    let time = random.below(4);
    match random.below(if may_panic { 10 } else { 8 }) {
        0 => Program::Yield,
        3 if !bounded => Program::LongSleep,
        1 => Program::Promise(time),
        2 => Program::Receive(time),
        8.. => Program::Panic(time),
        _ => Program::Sleep(time),
    }
}

/// Longer than any program that was cancelled.
pub(crate) const HOUR: Duration = Duration::from_secs(3600);

type Running = Pin<Box<dyn Future<Output = ()>>>;

fn milliseconds(number: u64) -> Duration {
    Duration::from_millis(number)
}

/// Runs a program.
pub(crate) fn run(program: &Part, tally: &Rc<Tally>) -> Running {
    let (program, tally) = (program.clone(), tally.clone());
    Box::pin(async move {
        let go = |part: &Part| run(part, &tally);
        match &*program {
            Program::Yield => yield_now().await,
            Program::Sleep(time) => sleep(milliseconds(*time)).await,
            Program::LongSleep => sleep(HOUR).await,
            Program::Promise(time) => {
                let promise = Promise::new();
                let kept = promise.clone();
                call_later(milliseconds(*time), move || {
                    kept.set_result(()).expect("it is set once");
                });
                (&promise).await.expect("it is kept");
            }
            Program::Receive(time) => {
                let mut inbox = Inbox::new(&tally);
                inbox.will_get_one(milliseconds(*time));
                inbox.will_get_one(milliseconds(time / 2 + 1));
                inbox.take().await;
                inbox.take().await;
            }
            Program::Panic(time) => {
                sleep(milliseconds(*time)).await;
                // Without the hook, which would print.
                resume_unwind(Box::new("a part of the program"));
            }
            Program::Sequence(first, second) => {
                go(first).await;
                go(second).await;
            }
            Program::Finally(part, time) => {
                tally.enter();
                finally(go(part), async || {
                    masked(sleep(milliseconds(*time))).await;
                    tally.clean_up();
                })
                .await;
            }
            Program::CatchResume(part, time) => {
                tally.enter();
                let result = catch(go(part)).await;
                if result.is_err() {
                    masked(sleep(milliseconds(*time))).await;
                }
                tally.clean_up();
                result.or_resume().await;
            }
            Program::CatchSuppress(part) => {
                tally.enter();
                if let Err(cancelled) = catch(go(part)).await {
                    tally.suppress();
                    cancelled.suppress();
                }
                tally.clean_up();
            }
            Program::CatchDrop(part) => {
                tally.enter();
                drop(catch(go(part)).await);
                tally.clean_up();
            }
            Program::CarryToken(part) => {
                tally.enter();
                let kept = catch(async { catch(go(part)).await }).await;
                masked(yield_now()).await;
                tally.clean_up();
                kept.or_resume().await.or_resume().await;
            }
            Program::TwoTokens(part, clean_up) => {
                tally.enter();
                let first = catch(go(part)).await;
                let second = match first {
                    Ok(()) => Ok(()),
                    Err(_) => catch(go(clean_up)).await,
                };
                tally.clean_up();
                first.or_resume().await;
                second.or_resume().await;
            }
            Program::Masked(part) => masked(go(part)).await,
            Program::Gather(first, second) => drop(gather((go(first), go(second))).await),
            Program::GatherVec(first, second, third) => {
                gather([go(first), go(second), go(third)]).await;
            }
            Program::TryGather(first, second) => {
                let parts = (ends(go(first), Err::<(), _>(())), ends(go(second), Ok(())));
                try_gather(parts).await.ok();
            }
            Program::Race(first, second) => drop(race([go(first), go(second)]).await),
            Program::Group(first, second, body) | Program::FailingGroup(first, second, body) => {
                let end = match &*program {
                    Program::FailingGroup(..) => Err(()),
                    _ => Ok(()),
                };
                let group = TaskGroup::scope(async |group| {
                    let children = [first, second].map(|part| tally.child(go(part)));
                    for child in children {
                        drop(group.create_task(ends(child, end)));
                    }
                    go(body).await;
                    Ok(())
                });
                group.await.ok();
            }
            Program::LocalScope(child, body) => {
                let scope = local_scope(async |scope| {
                    scope.spawn(ends(go(child), Ok::<(), ()>(())));
                    go(body).await;
                    Ok(())
                });
                scope.await.ok();
            }
            Program::Task(part) => {
                let child = create_task(tally.child(go(part)));
                child.await.ok();
            }
            Program::SharedTask(part, time) => {
                let child = create_task(tally.child(go(part)));
                let late = async {
                    sleep(milliseconds(*time)).await;
                    (&child).await.ok();
                };
                gather((async { drop((&child).await) }, late)).await;
            }
            Program::CancelledTask(part, time) => {
                let child = Rc::new(create_task(tally.child(go(part))));
                let cancelled = child.clone();
                call_later(milliseconds(*time), move || {
                    cancelled.cancel();
                });
                (&*child).await.ok();
            }
            Program::Shield(part) => {
                // Nobody may be left to hear of its panic, which would be reported.
                let child = create_task(unwound(go(part)));
                shield(&child).await.ok();
            }
            Program::Timeout(time, part) => drop(timeout(milliseconds(*time), go(part)).await),
            Program::Until(part, stop) => drop(until(go(part), go(stop)).await),
            Program::Join(first, second) => drop(futures_util::join!(go(first), go(second))),
            Program::Unordered(first, second) => {
                let mut all: FuturesUnordered<_> = [go(first), go(second)].into_iter().collect();
                while all.next().await.is_some() {}
            }
            Program::Select(first, second) => drop(select(go(first), go(second)).await),
            Program::Unwind(part) => unwound(go(part)).await,
        }
    })
}

/// Runs a part to its end and returns this.
async fn ends<T>(part: impl Future<Output = ()>, end: T) -> T {
    part.await;
    end
}

/// Catches a panic.
async fn unwound(body: Running) {
    let body = AssertUnwindSafe(body);
    futures_lite::FutureExt::catch_unwind(body).await.ok();
}
