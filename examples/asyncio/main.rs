//! asyncio's behavior, one point a program, each beside its Python twin that prints the same lines.
//!
//! `cargo run -p oneloop-examples --bin asyncio -- 067` runs one; without a number it lists them.
//! The programs are the files next to this one; each opens with its point. What may stand below it:
//!
//! - `clock: real`: about threads or steps that block. All others run on a clock that is paused, so
//!   that they are through at once;
//! - `order: fifo`: its lines tell the order in which ready tasks run. All others print the same in
//!   any order, which `--seed 7` changes;
//! - `differs:` why it does not print what CPython prints.
//!
//! To add one, put the file and its twin here, and its name below.

#![forbid(unsafe_code)]

/// `println!` of all programs: as std's, but it ends quietly under `| head`.
#[macro_use]
extern crate oneloop_examples;

mod python;

use oneloop::{Builder, Loop, Runner};
use python::py;
use std::future::Future;
use std::process::ExitCode;
use std::sync::OnceLock;

/// Makes a module and a row of the list of each program.
macro_rules! programs {
    ($($module:ident $file:literal)*) => {
        $(#[path = $file] mod $module;)*

        const PROGRAMS: &[Program] = &[$(
            Program { file: $file, text: include_str!($file), main: $module::main },
        )*];
    };
}

programs! {
    t001 "001_create_task_is_scheduled.rs"
    t002 "002_await_coroutine_inline.rs"
    t003 "003_task_start_order_fifo.rs"
    t004 "004_await_done_future_does_not_yield.rs"
    t005 "005_sleep0_round_robin.rs"
    t007 "007_await_task_costs_one_more_turn.rs"
    t008 "008_multiple_waiters_wake_in_wait_order.rs"
    t010 "010_many_waiters_on_failing_task.rs"
    t011 "011_task_names.rs"
    t012 "012_task_states.rs"
    t013 "013_current_task_all_tasks.rs"
    t015 "015_finally_order_through_await_chain.rs"
    t016 "016_call_soon_fifo_and_next_iteration.rs"
    t017 "017_busy_callbacks_do_not_starve_timers.rs"
    t018 "018_call_later_order_by_deadline.rs"
    t019 "019_equal_sleeps_wake_fifo.rs"
    t020 "020_equal_deadline_call_at.rs"
    t021 "021_timers_and_ready_callbacks_in_one_turn.rs"
    t024 "024_blocked_loop_fires_late_timers_in_deadline_order.rs"
    t025 "025_call_soon_threadsafe.rs"
    t027 "027_task_exception_never_retrieved.rs"
    t028 "028_future_exception_never_retrieved.rs"
    t029 "029_future_set_once.rs"
    t031 "031_remove_done_callback.rs"
    t032 "032_future_cancel_states.rs"
    t033 "033_ensure_future_identity.rs"
    t034 "034_cancel_arrives_at_the_await.rs"
    t035 "035_cancel_before_first_step.rs"
    t037 "037_self_cancel_then_return.rs"
    t038 "038_cancel_propagates_to_awaited_task.rs"
    t039 "039_cancel_message.rs"
    t040 "040_suppress_cancel.rs"
    t041 "041_cancelling_uncancel.rs"
    t044 "044_two_cancels_one_delivery.rs"
    t045 "045_cancel_beats_completed_wait.rs"
    t046 "046_cancel_done_task.rs"
    t048 "048_except_exception_does_not_swallow_cancel.rs"
    t050 "050_cancel_inside_async_for.rs"
    t051 "051_shield_outer_cancel.rs"
    t052 "052_shield_inner_outcome.rs"
    t053 "053_wait_for_result_and_timeout.rs"
    t054 "054_wait_for_waits_for_cleanup.rs"
    t056 "056_wait_for_zero.rs"
    t057 "057_wait_for_outer_cancel.rs"
    t058 "058_wait_for_due_result_and_due_timeout.rs"
    t059 "059_timeout_block.rs"
    t060 "060_timeout_nested_inner_fires.rs"
    t062 "062_timeout_reschedule.rs"
    t064 "064_timeout_at_past_deadline.rs"
    t065 "065_timeout_body_error_wins.rs"
    t066 "066_gather_order.rs"
    t067 "067_gather_first_exception.rs"
    t068 "068_gather_return_exceptions.rs"
    t070 "070_gather_child_cancelled.rs"
    t071 "071_gather_empty_and_duplicates.rs"
    t073 "073_wait_all_completed.rs"
    t074 "074_wait_first_completed.rs"
    t076 "076_wait_timeout.rs"
    t077 "077_wait_outer_cancel.rs"
    t078 "078_wait_argument_checks.rs"
    t079 "079_as_completed_order.rs"
    t081 "081_taskgroup_waits_for_all.rs"
    t082 "082_taskgroup_sibling_cancel.rs"
    t084 "084_taskgroup_body_error.rs"
    t085 "085_taskgroup_nested.rs"
    t086 "086_taskgroup_create_after_shutdown.rs"
    t088 "088_taskgroup_child_cancelled_alone.rs"
    t090 "090_semaphore_limit.rs"
    t091 "091_semaphore_no_barging.rs"
    t093 "093_bounded_semaphore.rs"
    t094 "094_lock_fifo.rs"
    t096 "096_event.rs"
    t098 "098_condition_cancel_reacquires.rs"
    t099 "099_queue_backpressure.rs"
    t101 "101_queue_kinds_and_nowait.rs"
    t103 "103_queue_getters_fifo.rs"
    t104 "104_barrier.rs"
    t105 "105_barrier_abort.rs"
    t106 "106_run_in_executor.rs"
    t107 "107_custom_pool_limits.rs"
    t109 "109_wrap_future.rs"
    t110 "110_run_coroutine_threadsafe.rs"
    t111 "111_run_until_complete.rs"
    t112 "112_loop_reentry_refused.rs"
    t113 "113_get_running_loop.rs"
    t114 "114_loop_stop.rs"
    t116 "116_run_cancels_leftovers.rs"
    t118 "118_run_when_main_fails.rs"
    t119 "119_shutdown_order.rs"
    t120 "120_runner_keeps_loop_and_context.rs"
    t121 "121_slow_callback_warning.rs"
    t122 "122_wrong_thread_detected.rs"
    t123 "123_async_iterator.rs"
    t124 "124_async_generator_aclose.rs"
    t125 "125_async_exit_stack.rs"
    t127 "127_stream_echo.rs"
    t128 "128_readexactly_incomplete.rs"
    t130 "130_read_semantics.rs"
    t131 "131_second_reader_refused.rs"
    t133 "133_drain_backpressure.rs"
    t134 "134_connection_errors.rs"
    t135 "135_add_reader.rs"
    t137 "137_interrupt_cancels_main.rs"
    t138 "138_subprocess_pipes.rs"
    t140 "140_contextvars_callbacks.rs"
    t143 "143_overlapping_timeline.rs"
    t144 "144_eager_close_of_unstarted_coroutine.rs"
    t145 "145_condition_wait_for_predicate.rs"
    t901 "901_one_step_at_a_time.rs"
    t902 "902_different_kinds_in_one_wait.rs"
    t903 "903_background_work_needs_time.rs"
    t904 "904_future_set_by_another_task.rs"
    t905 "905_splitting_long_work.rs"
    t906 "906_blocking_is_false_async.rs"
}

struct Program {
    file: &'static str,
    text: &'static str,
    main: fn(),
}

impl Program {
    fn number(&self) -> &'static str {
        &self.file[..3]
    }

    /// The first line of the file.
    fn point(&self) -> &'static str {
        let line = self.text.lines().next().unwrap_or_default();
        line.trim_start_matches("//! ")
    }

    fn has(&self, note: &str) -> bool {
        self.text
            .lines()
            .any(|line| line.strip_prefix("//! ") == Some(note))
    }
}

/// What the programs' loops are made with.
struct Settings {
    paused: bool,
    seed: Option<u64>,
}

static SETTINGS: OnceLock<Settings> = OnceLock::new();

/// `Loop::builder()`, with the clock and the order that were asked for.
pub(crate) fn builder() -> Builder {
    let mut builder = Loop::builder();
    if let Some(settings) = SETTINGS.get() {
        if settings.paused {
            builder = builder.paused_clock();
        }
        if let Some(seed) = settings.seed {
            builder = builder.seed(seed);
        }
    }
    builder
}

/// A `Runner`, with the clock and the order that were asked for.
pub(crate) fn runner() -> Runner {
    let event_loop = builder().build();
    Runner::with_loop(event_loop.expect("the system gives a loop its three descriptors"))
}

/// `oneloop::run`, with the clock and the order that were asked for.
pub(crate) fn run<F: Future>(main: F) -> F::Output {
    runner().run(main)
}

const USAGE: &str = "\
usage: asyncio              lists the programs
       asyncio NUMBER       runs one of them, 067 say
       asyncio NUMBER --seed N
                            runs what is ready in another order";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(wanted) = arguments.next() else {
        for program in PROGRAMS {
            println!("{} {}", program.number(), program.point());
        }
        return ExitCode::SUCCESS;
    };
    if matches!(&*wanted, "--help" | "-h") {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    let seed = match (arguments.next().as_deref(), arguments.next()) {
        (None, _) => None,
        (Some("--seed"), Some(seed)) => match seed.parse() {
            Ok(seed) => Some(seed),
            Err(error) => return usage(&format!("the seed {seed}: {error}")),
        },
        _ => return usage("what follows the number is `--seed` and a number"),
    };
    let is_it = |program: &&Program| program.file.starts_with(&wanted);
    let Some(program) = PROGRAMS.iter().find(is_it) else {
        return usage(&format!("there is no program {wanted}"));
    };
    let paused = !program.has("clock: real");
    SETTINGS.get_or_init(|| Settings { paused, seed });
    (program.main)();
    ExitCode::SUCCESS
}

fn usage(error: &str) -> ExitCode {
    eprintln!("asyncio: {error}\n{USAGE}");
    ExitCode::FAILURE
}
