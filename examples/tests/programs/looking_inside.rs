//! What a loop tells about itself: who holds it, and who waits for whom.

use crate::program::story;

#[test]
fn debug_mode_names_who_holds_the_loop_while_and_after_it_does() {
    let story = story("slow_step", &[]);
    // A busy machine may hold other steps up as well, and make the metronome late once more.
    let mut lines = story.iter();
    for expected in [
        "sum:       I count, and let nobody in between",
        "watchdog:  Task-3 \"the accountant\", Stall",
        "loop:      Task-3 \"the accountant\", SlowStep",
        "metronome: late, nobody let me strike",
    ] {
        assert!(lines.any(|line| line == expected), "{expected}: {story:#?}");
    }
    assert_eq!(story[0], "metronome: tick");
    assert_eq!(story[story.len() - 1], "metronome: the task was cancelled");
}

#[test]
fn the_tree_of_tasks_shows_who_waits_for_whom_and_a_deadlock_is_told() {
    // Neither the places nor the times are the same for ever.
    let without_figures = |line: &String| {
        let (line, when) = line.split_once(" due in ").unwrap_or((line, ""));
        if let Some((advice, _)) = line.split_once(", the promise that is never set, ") {
            return advice.to_owned();
        }
        let waited = line.rsplit_once(", for ");
        let line = waited.map_or(line, |(line, time)| {
            assert!(time.ends_with(" ms by now"), "{time}");
            line
        });
        let Some((task, place)) = line.split_once(", made at ") else {
            return line.to_owned();
        };
        assert!(place.starts_with("examples/who_waits.rs:"), "{line}");
        assert_eq!(when.is_empty(), !line.ends_with("a timer"), "{line}");
        let what = place.split_once(", ").map_or("", |(_, what)| what);
        format!("{task}: {what}")
    };
    let story: Vec<_> = story("who_waits", &[])
        .iter()
        .map(without_figures)
        .collect();
    let expected = [
        "-- who waits for whom (`print_task_tree()` writes it to standard error)",
        "Task-1: is running",
        "  TaskGroup",
        "    its body",
        "    Task-4 \"menu\": ",
        "      gather",
        "        Task-2 \"soup\": waits for a timer",
        "        Task-3 \"fish\": waits for a timer",
        "    Task-5 \"cook\": waits for an item of a queue",
        "-- each has what the other one waits for",
        "somebody has the fork",
        "somebody has the knife",
        "all tasks wait and nothing can wake them:",
        "  Task-1: waits for Task-6 \"first guest\", Task-7 \"second guest\"",
        "  Task-6 \"first guest\": waits for a lock",
        "  Task-7 \"second guest\": waits for a lock",
        "Look for the value that is never sent",
        "-- the second guest is asked to leave",
        "the first guest has eaten",
        "the second guest has left: the task was cancelled",
    ];
    assert_eq!(story, expected);
}

#[test]
fn every_turn_is_printed_with_who_woke_whom() {
    if !oneloop::trace::ENABLED {
        return; // Without the feature `trace` the program says so and ends.
    }
    let without_place = |line: &String| {
        let line = line.split(" at examples/every_turn.rs:").next();
        line.expect("a split has a first part").trim().to_owned()
    };
    let expected = [
        "0.000  Task-1 is created",
        "turn 1",
        "Task-1 is polled",
        "Task-2 (cook) is created by Task-1",
        "Task-3 (guest) is created by Task-1",
        "Task-4 (bored) is created by Task-1",
        "Task-1 awaits Task-3 (guest)",
        "Task-1 waits",
        "Task-2 (cook) is polled",
        "timer 0 is set to 20.000 ms",
        "Task-2 (cook) waits",
        "Task-3 (guest) is polled",
        "Task-3 (guest) waits",
        "Task-4 (bored) is polled",
        "timer 1 is set to 3600000.000 ms",
        "Task-4 (bored) waits",
        "turn ends: 4 ran, 0 are ready",
        "turn 2",
        "20.000    timer 0 fires, due at 20.000 ms",
        "Task-2 (cook) is woken by a timer",
        "Task-2 (cook) is polled",
        "Task-3 (guest) is woken by Task-2 (cook)",
        "Task-2 (cook) is done",
        "Task-3 (guest) is polled",
        "mark: the guest eats soup",
        "Task-3 (guest) is done",
        "Task-1 is woken by Task-3 (guest)",
        "Task-1 is polled",
        "Task-4 (bored) is asked to cancel",
        "Task-4 (bored) is woken by Task-1",
        "Task-1 awaits Task-4 (bored)",
        "Task-1 waits",
        "Task-4 (bored) is polled",
        "Task-4 (bored) meets its cancellation",
        "timer 1 is cancelled",
        "Task-4 (bored) is cancelled",
        "Task-1 is woken by Task-4 (bored)",
        "Task-1 is polled",
        "Task-1 is done",
        "turn ends: 5 ran, 0 are ready",
    ];
    let story: Vec<_> = story("every_turn", &[]).iter().map(without_place).collect();
    assert_eq!(story, expected);
}
