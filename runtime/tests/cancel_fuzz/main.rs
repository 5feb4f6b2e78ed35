//! Random programs, each cancelled once or twice at every moment of its life: nothing may hang,
//! leak, or lose a request, a clean-up or an item.
//!
//! `ONELOOP_FUZZ_PROGRAMS` says how many programs (2,000 if it does not), `ONELOOP_FUZZ_SEED` where
//! to begin. Read `program.rs` first, what they are made of.

mod random;
mod tally;
mod waits;
mod program;
mod places;
mod kinds;
mod check;

use check::{By, Faults, Moment, Runner, Strictness};
use kinds::Kind;
use random::Random;

/// Constructs of ours that keep to what is promised to the full.
const OURS: &[Kind] = &[
    Kind::Sequence,
    Kind::Finally,
    Kind::CatchResume,
    Kind::Gather,
    Kind::GatherVec,
    Kind::Many,
    Kind::TryGather,
    Kind::TryGatherFails,
    Kind::Race,
    Kind::Choose,
    Kind::Group,
    Kind::FailingGroup,
    Kind::GroupAwaits,
    Kind::FailingGroupAwaits,
    Kind::LocalScope,
    Kind::FailingLocalScope,
    Kind::Task,
    Kind::SharedTask,
    Kind::CatchDrop,
    Kind::CarryToken,
    Kind::TwoTokens,
    Kind::ResumeInside,
    Kind::Masked,
    Kind::Forwarding,
    Kind::Paused,
    Kind::Resource,
];

/// One that is dropped, as by a panic, is closed in a task of its own, and by then counts a stop that is under
/// way in it among the requests of the former one.
const CLOSED_LATER: &[Kind] = &[Kind::Generator];

/// What a foreign collection that polls only those that were woken does not take along.
const MOVED: &[Kind] = &[Kind::Handed];

/// Those that end requests, and never run two parts at a time.
const ONE_BY_ONE: &[Kind] = &[
    Kind::Sequence,
    Kind::CatchSuppress,
    Kind::Finally,
    Kind::CarryToken,
    Kind::TwoTokens,
    Kind::Task,
    Kind::Masked,
    Kind::Paused,
    Kind::Resource,
];

/// Those that ask nobody again who cleans up, so that a clean-up needs no mask.
const ASKED_ONCE: &[Kind] = &[
    Kind::Sequence,
    Kind::Finally,
    Kind::CleanUp,
    Kind::CleanUp,
    Kind::Gather,
    Kind::GatherVec,
    Kind::LocalScope,
    Kind::Task,
    Kind::SharedTask,
    Kind::CarryToken,
    Kind::ResumeInside,
    Kind::Masked,
    Kind::Forwarding,
    Kind::Resource,
    Kind::Join,
    Kind::Unordered,
];

/// Foreign ones that poll all their parts to the end.
const FOREIGN: &[Kind] = &[Kind::Join, Kind::Unordered, Kind::ResumeBeside];

/// Those that stop their parts by themselves.
const STOPS: &[Kind] = &[
    Kind::Timeout,
    Kind::Until,
    Kind::CancelledTask,
    Kind::AsksItself,
    Kind::AsksInBranch,
];

/// Those that end requests, drop what waits, or fail.
const LOSSY: &[Kind] = &[
    Kind::CatchSuppress,
    Kind::Shield,
    Kind::WaitFirst,
    Kind::AsCompleted,
    Kind::Select,
    Kind::Unwind,
];

/// Those that wait for all their parts.
const ALIKE: &[Kind] = &[
    Kind::Sequence,
    Kind::Finally,
    Kind::CleanUp,
    Kind::CatchSuppress,
    Kind::CatchDrop,
    Kind::CarryToken,
    Kind::TwoTokens,
    Kind::ResumeInside,
    Kind::Gather,
    Kind::GatherVec,
    Kind::Many,
    Kind::Group,
    Kind::LocalScope,
    Kind::Generator,
    Kind::Task,
    Kind::SharedTask,
    Kind::Masked,
    Kind::Paused,
    Kind::Forwarding,
    Kind::Shield,
    Kind::Resource,
    Kind::Timeout,
    Kind::Until,
    Kind::CancelledTask,
    Kind::AsksItself,
    Kind::Join,
    Kind::Unordered,
];

/// A number from the environment.
fn setting(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.parse().expect("a number of programs, or a seed"),
        Err(_) => default,
    }
}

/// Children that are idle have no place in the task's tree, and nobody sees the difference, but by how many
/// turns it takes until a loser has ended: so there are none of these among the kinds.
#[test]
fn programs_end_alike_with_places_and_without() {
    let count = setting("ONELOOP_FUZZ_PROGRAMS", 2000).div_ceil(10);
    let first = setting("ONELOOP_FUZZ_SEED", 0);
    let runner = Runner::new();
    let mut cancelled = 0;
    for seed in first..first + count {
        let program = kinds::make(&Random::new(seed), 2 + (seed % 4) as u32, ALIKE, false);
        for (time, batches) in (0..4).flat_map(|time| (0..4).map(move |batches| (time, batches))) {
            let moment = Some(Moment {
                time,
                batches,
                by: By::Task,
                again: (seed % 2 == 0).then_some((time + batches) % 3),
            });
            let [with, without] = [true, false].map(|takes_notes| {
                runner.run_with(takes_notes, &program, moment, Strictness::Loose)
            });
            assert!(with == without, "seed {seed}, {moment:?}: {program:?}");
            cancelled += u32::from(with.is_ok_and(|run| run.cancelled));
        }
    }
    println!("{count} programs, twice, {cancelled} of their runs ended cancelled");
    assert!(u64::from(cancelled) > count, "the requests come too late");
}

/// Cancels programs of these kinds at every moment: `share` hundredths of all programs.
fn campaign(share: u64, kinds: &[&[Kind]], strictness: Strictness, twice: bool) {
    let kinds = kinds.concat();
    let count = (setting("ONELOOP_FUZZ_PROGRAMS", 2000) * share).div_ceil(100);
    let first = setting("ONELOOP_FUZZ_SEED", 0);
    let faults = Faults::default();
    let mut runner = Runner::new();
    let (mut runs, mut cancelled) = (0, 0);
    for seed in first..first + count {
        let program = kinds::make(&Random::new(seed), 2 + (seed % 4) as u32, &kinds, false);
        let mut run = |moment| match runner.run(&program, moment, strictness) {
            Ok(run) => {
                runs += 1;
                cancelled += u32::from(run.cancelled);
                run.lasted
            }
            Err(fault) => {
                faults.note(fault, seed, moment, &program);
                runner = Runner::new();
                0
            }
        };
        let lasted = run(None).min(12);
        for time in 0..=lasted {
            for batches in 0..4 {
                run(Some(Moment {
                    time,
                    batches,
                    by: match (batches, seed % 16) {
                        (3, 0) => By::Thread,
                        (3, _) => By::Timer,
                        _ => By::Task,
                    },
                    again: twice.then_some((time + batches) % 3),
                }));
            }
        }
    }
    println!("{count} programs, {runs} runs, {cancelled} of them ended cancelled");
    assert!(cancelled > runs / 10, "the requests come too late");
    faults.assert_none();
}

#[test]
fn programs_of_ours_lose_nothing() {
    campaign(
        20,
        &[OURS, MOVED, CLOSED_LATER],
        Strictness::CleanUps,
        false,
    );
}

#[test]
fn a_request_is_taken_once() {
    campaign(10, &[ONE_BY_ONE], Strictness::OneByOne, false);
}

#[test]
fn programs_with_foreign_joins_lose_nothing() {
    campaign(
        20,
        &[OURS, FOREIGN, CLOSED_LATER],
        Strictness::CleanUps,
        false,
    );
}

#[test]
fn clean_ups_without_a_mask_are_not_interrupted() {
    campaign(15, &[ASKED_ONCE], Strictness::CleanUps, false);
}

#[test]
fn programs_cancelled_twice_lose_nothing() {
    campaign(
        15,
        &[OURS, FOREIGN, CLOSED_LATER],
        Strictness::Requests,
        true,
    );
}

#[test]
fn programs_with_stops_lose_no_request() {
    campaign(10, &[OURS, FOREIGN, STOPS], Strictness::Requests, false);
}

#[test]
fn programs_with_stops_cancelled_twice_lose_no_request() {
    campaign(10, &[OURS, FOREIGN, STOPS], Strictness::Requests, true);
}

#[test]
fn programs_whose_drops_fail_neither_hang_nor_leak() {
    let kinds = [OURS, STOPS, &[Kind::CatchSuppress, Kind::Unwind]];
    campaign(10, &kinds, Strictness::Loose, true);
}

#[test]
fn programs_of_everything_neither_hang_nor_leak() {
    campaign(15, &[OURS, FOREIGN, STOPS, LOSSY], Strictness::Loose, true);
}
