//! Random programs: trees of constructs that take part in cancellation, ours and foreign ones, and
//! what each of them does. Next: `places.rs`.

use crate::places::{self, Bomb, forward, unwound};
use crate::tally::{Inbox, Tally};
use crate::waits::{Wait, wait};
use futures_util::future::{join, select};
use futures_util::stream::{FuturesUnordered, StreamExt};
use oneloop::cancel::{Caught, catch, finally, masked, paused, until, with_resource};
use oneloop::sync::Promise;
use oneloop::{
    TaskGroup, as_completed, call_later, create_task, gather, local_scope, race, shield, sleep,
    timeout, try_gather, yield_now,
};
use std::panic::resume_unwind;
use std::pin::{Pin, pin};
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
    /// Waits for something that others want, too.
    Wait(Wait),
    /// Fails after a while, which only `Unwind` stops.
    Panic(u64),
    /// Fails when it ends, or is dropped.
    Bomb(u64),
    /// Takes pictures of all tasks.
    Look,
    Sequence(Part, Part),
    Finally(Part, u64),
    CatchResume(Part, u64),
    /// The second part is the clean-up, which a second request would interrupt.
    CleanUp(Part, Part),
    CatchSuppress(Part),
    CatchDrop(Part),
    /// A token that outlives the scope in which it was caught.
    CarryToken(Part),
    /// A clean-up with a catch of its own, and so two tokens at a time.
    TwoTokens(Part, Part),
    /// A token that is caught outside a shield, or a gather, and resumed inside, behind a second part;
    /// the number chooses what is around.
    ResumeInside(Part, Part, u64),
    Masked(Part),
    /// Takes requests itself, and sends them on when its part is through.
    Forwarding(Part),
    /// Stops polling its part when it is cancelled, and awaits it to its end then.
    Paused(Part),
    /// Opens a resource, uses it and closes it.
    Resource(Part, u64),
    Gather(Part, Part),
    GatherVec(Part, Part, Part),
    /// Two of seventy.
    Many(Part, Part),
    /// Its first part ends with an error.
    TryGather(Part, Part),
    /// Both do.
    TryGatherFails(Part, Part),
    Race(Part, Part),
    /// Our `select!`.
    Choose(Part, Part),
    /// A group with two tasks and a body.
    Group(Part, Part, Part),
    /// The same, of which a task ends with an error.
    FailingGroup(Part, Part, Part),
    /// A group whose body awaits its first task.
    GroupAwaits(Part, Part),
    /// The same, of which a task ends with an error.
    FailingGroupAwaits(Part, Part),
    LocalScope(Part, Part),
    /// The same, of which the child ends with an error.
    FailingLocalScope(Part, Part),
    /// A generator that gives two items.
    Generator(Part, Part),
    Task(Part),
    /// A part that is begun here, and goes on in a task after a while.
    Handed(Part, u64),
    /// A task that its own child cancels, after some turns.
    AsksItself(Part, u64),
    /// The same, in a branch of our `select!`.
    AsksInBranch(Part, u64),
    /// A task that two await by reference, one of them later.
    SharedTask(Part, u64),
    /// A task that somebody else cancels after a while.
    CancelledTask(Part, u64),
    Shield(Part),
    /// Waits for the first of two tasks, and leaves the other alone.
    WaitFirst(Part, Part),
    AsCompleted(Part, Part),
    Timeout(u64, Part),
    /// `until` with a part as the stop.
    Until(Part, Part),
    Join(Part, Part),
    /// A token that is resumed in a branch inside a mask, beside a second part.
    ResumeBeside(Part, Part),
    Unordered(Part, Part),
    Select(Part, Part),
    Unwind(Part),
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
        let _told = tally.tell(&program);
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
            Program::Wait(what) => wait(*what, &tally).await,
            Program::Panic(time) => {
                sleep(milliseconds(*time)).await;
                // Without the hook, which would print.
                resume_unwind(Box::new("a part of the program"));
            }
            Program::Bomb(time) => {
                let _bomb = Bomb;
                sleep(milliseconds(*time)).await;
            }
            Program::Look => places::look().await,
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
            Program::CleanUp(part, clean_up) => {
                tally.enter();
                let result = catch(go(part)).await;
                if result.is_err() {
                    go(clean_up).await;
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
            Program::ResumeInside(part, inside, shield) => {
                tally.enter();
                let result = catch(go(part)).await;
                if *shield == 0 {
                    // A body that is paused is dropped as it is, so nothing is cleaned up in it.
                    masked(go(inside)).await;
                    tally.clean_up();
                    return paused(pin!(result.or_resume())).await;
                }
                let resumes = async {
                    // The children of a gather are asked.
                    match shield {
                        3 => masked(go(inside)).await,
                        _ => go(inside).await,
                    }
                    tally.clean_up();
                    result.or_resume().await;
                };
                match shield {
                    1 => forward(resumes).await,
                    2 => masked(masked(resumes)).await,
                    3 => drop(gather((resumes, sleep(milliseconds(1)))).await),
                    _ => drop(masked(gather((resumes, masked(yield_now())))).await),
                }
            }
            Program::ResumeBeside(part, beside) => {
                let result = catch(go(part)).await;
                let resumes = async { result.or_resume().await };
                masked(join(resumes, go(beside))).await;
            }
            Program::Masked(part) => masked(go(part)).await,
            Program::Forwarding(part) => forward(go(part)).await,
            Program::Paused(part) => {
                let mut part = pin!(go(part));
                if let Err(cancelled) = catch(paused(part.as_mut())).await {
                    masked(part).await;
                    cancelled.resume().await;
                }
            }
            Program::Resource(part, time) => {
                let open = async {
                    sleep(milliseconds(time / 2)).await;
                    tally.enter();
                    Ok::<_, ()>(())
                };
                let body = async |(): &mut ()| {
                    go(part).await;
                    Ok(())
                };
                let close = async |(), _: oneloop::cancel::Exit<'_, (), ()>| {
                    sleep(milliseconds(*time)).await;
                    tally.clean_up();
                    Ok(())
                };
                with_resource(open, body, close)
                    .await
                    .expect("nothing fails");
            }
            Program::Gather(first, second) => drop(gather((go(first), go(second))).await),
            Program::GatherVec(first, second, third) => {
                gather([go(first), go(second), go(third)]).await;
            }
            Program::Many(first, second) => places::many(go(first), go(second)).await,
            Program::TryGather(first, second) | Program::TryGatherFails(first, second) => {
                let end = match &*program {
                    Program::TryGather(..) => Ok(()),
                    _ => Err(()),
                };
                let parts = (ends(go(first), Err::<(), _>(())), ends(go(second), end));
                try_gather(parts).await.ok();
            }
            Program::Race(first, second) => drop(race([go(first), go(second)]).await),
            Program::Choose(first, second) => oneloop::select! {
                () = go(first) => (),
                () = go(second) => (),
            },
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
            Program::GroupAwaits(first, second) | Program::FailingGroupAwaits(first, second) => {
                let end = match &*program {
                    Program::FailingGroupAwaits(..) => Err(()),
                    _ => Ok(()),
                };
                let group = TaskGroup::scope(async |group| {
                    let awaited = group.create_task(ends(tally.child(go(first)), Ok(())));
                    drop(group.create_task(ends(tally.child(go(second)), end)));
                    awaited.await.ok();
                    Ok(())
                });
                group.await.ok();
            }
            Program::LocalScope(child, body) | Program::FailingLocalScope(child, body) => {
                let end = match &*program {
                    Program::LocalScope(..) => Ok(()),
                    _ => Err(()),
                };
                let scope = local_scope(async |scope| {
                    scope.spawn(ends(go(child), end));
                    go(body).await;
                    Ok(())
                });
                scope.await.ok();
            }
            Program::Generator(first, second) => {
                places::generated(go(first), go(second)).await;
            }
            Program::Handed(part, time) => {
                places::handed(go(part), milliseconds(*time), &tally).await;
            }
            Program::AsksItself(part, turns) => {
                places::asks_itself(go(part), *turns, &tally).await;
            }
            Program::AsksInBranch(part, turns) => {
                places::asks_in_a_branch(go(part), *turns, &tally).await;
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
            Program::WaitFirst(first, second) => {
                let tasks = [first, second].map(|part| create_task(unwound(go(part))));
                drop(oneloop::wait(tasks).first_completed().await);
            }
            Program::AsCompleted(first, second) => {
                let tasks = [first, second].map(|part| create_task(unwound(go(part))));
                let mut ended = as_completed(tasks);
                while ended.next().await.is_some() {}
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
