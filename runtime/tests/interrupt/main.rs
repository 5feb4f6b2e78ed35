//! Ctrl-C in real processes: this program starts itself once for each scenario, in which SIGINT is raised, and
//! looks how the process ends and what it has printed. `-- NAME` runs one of them in this process.
//! Next: `scenarios.rs`.
#![cfg(unix)]

mod scenarios;

use signal_hook::consts::SIGINT;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// How a scenario's process ends.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Well,
    ByInterrupt,
}

struct Scenario {
    name: &'static str,
    run: fn(),
    ends: End,
    /// All that it prints.
    prints: &'static [&'static str],
    /// What its error output holds; without a word there is none.
    reports: &'static [&'static str],
}

const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "the_first_ends_main_with_its_clean_up_and_then_the_program",
        run: scenarios::first,
        ends: End::ByInterrupt,
        prints: &[
            "main is asked",
            "main has cleaned up",
            "task has cleaned up",
        ],
        reports: &[],
    },
    Scenario {
        name: "the_second_stops_waiting_and_lists_who_still_runs",
        run: scenarios::second,
        ends: End::ByInterrupt,
        prints: &["main is asked", "dropped"],
        reports: &[
            "when a second interrupt (Ctrl-C)",
            "\"stubborn\"",
            "scenarios.rs:",
        ],
    },
    Scenario {
        name: "a_stubborn_task_at_the_end_is_not_waited_for_after_one_more",
        run: scenarios::at_the_end,
        ends: End::ByInterrupt,
        prints: &["main is done", "stubborn is asked"],
        reports: &["1 task was still unfinished", "\"stubborn\""],
    },
    Scenario {
        name: "a_blocking_function_is_not_waited_for_after_one_more",
        run: scenarios::blocking,
        ends: End::ByInterrupt,
        prints: &["main is done"],
        reports: &[],
    },
    Scenario {
        name: "a_step_that_does_not_end_is_ended_by_the_second",
        run: scenarios::stuck,
        ends: End::ByInterrupt,
        prints: &["stuck", "still stuck"],
        reports: &[],
    },
    Scenario {
        name: "who_suppresses_the_request_goes_on_and_run_returns_its_value",
        run: scenarios::suppressed,
        ends: End::Well,
        prints: &["value 7"],
        reports: &[],
    },
    Scenario {
        name: "an_interrupt_can_be_an_error_and_the_program_goes_on",
        run: scenarios::caught,
        ends: End::Well,
        prints: &[
            "interrupted (Ctrl-C, SIGINT)",
            "interrupted (Ctrl-C, SIGINT)",
            "value 7",
        ],
        reports: &[],
    },
    Scenario {
        name: "the_task_tree_does_not_show_what_listens",
        run: scenarios::drawn,
        ends: End::Well,
        prints: &["Task-1", "  catch"],
        reports: &[],
    },
    Scenario {
        name: "between_two_runs_it_ends_the_program_as_ever",
        run: scenarios::between,
        ends: End::ByInterrupt,
        prints: &["between"],
        reports: &[],
    },
    Scenario {
        name: "a_runner_is_interrupted_as_run_is",
        run: scenarios::runner,
        ends: End::ByInterrupt,
        prints: &["first run", "main is asked", "task has cleaned up"],
        reports: &[],
    },
    Scenario {
        name: "a_runner_that_closes_is_interrupted_too",
        run: scenarios::closing,
        ends: End::ByInterrupt,
        prints: &["closing", "stubborn is asked"],
        reports: &["\"stubborn\""],
    },
    Scenario {
        name: "a_pipe_of_the_program_takes_it_from_run",
        run: scenarios::owned,
        ends: End::Well,
        prints: &["mine", "mine", "mine", "main was not asked"],
        reports: &[],
    },
    Scenario {
        name: "after_a_pipe_of_the_program_the_system_does_not_get_it_back",
        run: scenarios::formerly_owned,
        ends: End::Well,
        prints: &["main was asked", "alive"],
        reports: &[],
    },
    Scenario {
        name: "on_another_thread_run_leaves_it_to_the_system",
        run: scenarios::elsewhere,
        ends: End::ByInterrupt,
        prints: &[],
        reports: &[],
    },
    Scenario {
        name: "block_on_leaves_it_to_the_system",
        run: scenarios::blocked_on,
        ends: End::ByInterrupt,
        prints: &[],
        reports: &[],
    },
    Scenario {
        name: "listening_counts_as_no_source_and_a_paused_clock_jumps",
        run: scenarios::unseen,
        ends: End::Well,
        prints: &["0 sources", "an hour later", "0 sources"],
        reports: &[],
    },
    Scenario {
        name: "a_thousand_interrupted_runs_leave_no_descriptor",
        run: scenarios::a_thousand,
        ends: End::Well,
        prints: &["0 descriptors are left"],
        reports: &[],
    },
];

/// How long a scenario may take.
const LIMIT: Duration = Duration::from_secs(20);

fn main() {
    let named = std::env::args().nth(1);
    let named = named.filter(|name| !name.starts_with('-'));
    if let Some(name) = named {
        let scenario = SCENARIOS.iter().find(|it| it.name == name);
        return (scenario.expect("there is no such scenario").run)();
    }
    for scenario in SCENARIOS {
        check(scenario, output(scenario.name));
        println!("test {} ... ok", scenario.name);
    }
    ignored_from_the_start();
    println!("\n{} passed, 0 failed", SCENARIOS.len() + 1);
}

/// Runs a scenario in a process of its own, which does not inherit that SIGINT is ignored.
fn output(name: &str) -> Output {
    let program = std::env::current_exe().unwrap();
    let mut command = match cfg!(target_os = "linux") {
        true => {
            let mut command = Command::new("env");
            command.arg("--default-signal=INT").arg(program);
            command
        }
        false => Command::new(program),
    };
    command.arg(name).stdin(Stdio::null());
    let piped = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    // They print less than a pipe holds.
    let began = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if began.elapsed() > LIMIT {
            child.kill().unwrap();
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    child.wait_with_output().unwrap()
}

fn check(scenario: &Scenario, output: Output) {
    let printed = String::from_utf8(output.stdout).unwrap();
    let reported = String::from_utf8(output.stderr).unwrap();
    let end = match (output.status.signal(), output.status.code()) {
        (Some(SIGINT), _) => Some(End::ByInterrupt),
        (_, Some(0)) => Some(End::Well),
        _ => None,
    };
    let name = scenario.name;
    let story = format!("{name}: {}\n{printed}\n{reported}", output.status);
    assert_eq!(end, Some(scenario.ends), "{story}");
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines, scenario.prints, "{story}");
    for part in scenario.reports {
        assert!(reported.contains(part), "`{part}` is missing: {story}");
    }
    assert_eq!(reported.is_empty(), scenario.reports.is_empty(), "{story}");
}

/// What a shell does for a program in its background.
fn ignored_from_the_start() {
    if cfg!(not(target_os = "linux")) {
        return;
    }
    let name = "the_first_ends_main_with_its_clean_up_and_then_the_program";
    let mut command = Command::new("env");
    command.arg("--ignore-signal=INT");
    command.arg(std::env::current_exe().unwrap()).arg(name);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(child.try_wait().unwrap(), None, "nobody has interrupted it");
    child.kill().unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "");
    println!("test who_is_started_with_it_ignored_ignores_it ... ok");
}
