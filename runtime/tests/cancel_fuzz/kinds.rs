//! How random programs are made, of chosen kinds. Next: `check.rs`, what must hold whenever one of
//! them is cancelled.

use crate::program::{Part, Program};
use crate::random::Random;
use crate::waits::Wait;
use std::rc::Rc;

/// What a program may be made of, each with how many parts it takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    Sequence,
    Finally,
    CatchResume,
    CleanUp,
    CatchSuppress,
    CatchDrop,
    CarryToken,
    TwoTokens,
    ResumeInside,
    Masked,
    Forwarding,
    Paused,
    Resource,
    Gather,
    GatherVec,
    Many,
    TryGather,
    TryGatherFails,
    Race,
    Choose,
    Group,
    FailingGroup,
    GroupAwaits,
    FailingGroupAwaits,
    LocalScope,
    FailingLocalScope,
    Generator,
    Task,
    Handed,
    AsksItself,
    AsksInBranch,
    SharedTask,
    CancelledTask,
    Shield,
    WaitFirst,
    AsCompleted,
    Timeout,
    Until,
    Join,
    ResumeBeside,
    Unordered,
    Select,
    Unwind,
}

/// Makes a program of these kinds, at most `depth` constructs deep. If it is `bounded`, requests
/// wait until it is through.
pub(crate) fn make(random: &Random, depth: u32, kinds: &[Kind], bounded: bool) -> Part {
    if depth == 0 || random.below(6) == 0 {
        return Rc::new(leaf(random, kinds, bounded));
    }
    let kind = kinds[random.below(kinds.len() as u64) as usize];
    let time = random.below(5);
    let bounded = bounded
        || matches!(
            kind,
            Kind::Masked
                | Kind::Forwarding
                | Kind::Paused
                | Kind::Handed
                | Kind::Shield
                | Kind::WaitFirst
                | Kind::AsCompleted
        );
    let part = || make(random, depth - 1, kinds, bounded);
    Rc::new(match kind {
        Kind::Sequence => Program::Sequence(part(), part()),
        Kind::Finally => Program::Finally(part(), time),
        Kind::CatchResume => Program::CatchResume(part(), time),
        Kind::CatchSuppress => Program::CatchSuppress(part()),
        Kind::CatchDrop => Program::CatchDrop(part()),
        Kind::CarryToken => Program::CarryToken(part()),
        Kind::TwoTokens | Kind::CleanUp | Kind::ResumeInside | Kind::ResumeBeside => {
            let part = part();
            let inside = make(random, depth - 1, kinds, true);
            match kind {
                Kind::TwoTokens => Program::TwoTokens(part, inside),
                Kind::CleanUp => Program::CleanUp(part, inside),
                Kind::ResumeInside => Program::ResumeInside(part, inside, time),
                _ => Program::ResumeBeside(part, inside),
            }
        }
        Kind::Masked => Program::Masked(part()),
        Kind::Forwarding => Program::Forwarding(part()),
        Kind::Paused => Program::Paused(part()),
        Kind::Resource => Program::Resource(part(), time),
        Kind::Gather => Program::Gather(part(), part()),
        Kind::GatherVec => Program::GatherVec(part(), part(), part()),
        Kind::Many => Program::Many(part(), part()),
        Kind::TryGather => Program::TryGather(part(), part()),
        Kind::TryGatherFails => Program::TryGatherFails(part(), part()),
        Kind::Race => Program::Race(part(), part()),
        Kind::Choose => Program::Choose(part(), part()),
        Kind::Group => Program::Group(part(), part(), part()),
        Kind::FailingGroup => Program::FailingGroup(part(), part(), part()),
        Kind::GroupAwaits => Program::GroupAwaits(part(), part()),
        Kind::FailingGroupAwaits => Program::FailingGroupAwaits(part(), part()),
        Kind::LocalScope => Program::LocalScope(part(), part()),
        Kind::FailingLocalScope => Program::FailingLocalScope(part(), part()),
        Kind::Generator => Program::Generator(part(), part()),
        Kind::Handed => Program::Handed(part(), time),
        Kind::AsksItself => Program::AsksItself(part(), time),
        Kind::AsksInBranch => Program::AsksInBranch(part(), time),
        Kind::Task => Program::Task(part()),
        Kind::SharedTask => Program::SharedTask(part(), time),
        Kind::CancelledTask => Program::CancelledTask(part(), time),
        Kind::Shield => Program::Shield(part()),
        Kind::WaitFirst => Program::WaitFirst(part(), part()),
        Kind::AsCompleted => Program::AsCompleted(part(), part()),
        Kind::Timeout => Program::Timeout(time, part()),
        Kind::Until => Program::Until(part(), part()),
        Kind::Join => Program::Join(part(), part()),
        Kind::Unordered => Program::Unordered(part(), part()),
        Kind::Select => Program::Select(part(), part()),
        Kind::Unwind => Program::Unwind(part()),
    })
}

fn leaf(random: &Random, kinds: &[Kind], bounded: bool) -> Program {
    let time = random.below(4);
    let may_panic = kinds.contains(&Kind::Unwind);
    let waits = match kinds.contains(&Kind::Join) || kinds.contains(&Kind::Until) {
        true => &Wait::ALL[..Wait::ALL.len() - 1],
        false => &Wait::ALL[..],
    };
    match random.below(if may_panic { 18 } else { 15 }) {
        0 => Program::Yield,
        3 if !bounded => Program::LongSleep,
        1 => Program::Promise(time),
        2 => Program::Receive(time),
        4 => Program::Look,
        8..15 => {
            let kind = random.below(waits.len() as u64);
            Program::Wait(waits[kind as usize](time))
        }
        // Foreign collections lose the rest of their parts if the drop of one fails.
        17 if !kinds.contains(&Kind::Unordered) => Program::Bomb(time),
        15.. => Program::Panic(time),
        _ => Program::Sleep(time),
    }
}
