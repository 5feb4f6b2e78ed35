//! The picture of who waits for whom. Next: `things.rs`, what they wait for.

mod things;

use oneloop::cancel::{catch, masked, shield};
use oneloop::sync::Event;
use oneloop::task::Builder;
use oneloop::{
    Loop, Task, TaskGroup, all_tasks, as_completed, create_task, gather, local_scope, race, run,
    sleep, task_tree, timeout, try_finally, try_gather, wait, yield_now,
};
use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);

/// The lines without the places where the tasks were made, and times.
fn picture() -> Vec<String> {
    let without_place = |line: &String| {
        let line = match line.split_once(", made at ") {
            None => line.clone(),
            Some((before, after)) => {
                let what = after.split_once(", ").map_or("", |(_, what)| what);
                format!("{before}: {what}")
            }
        };
        match line.split_once(" due in ") {
            Some((before, _)) => before.to_owned(),
            None => line,
        }
    };
    task_tree().lines().iter().map(without_place).collect()
}

fn named(name: &str, body: impl Future<Output = ()> + 'static) -> Task<()> {
    Builder::new().name(name).create_task(body)
}

/// What is drawn for a task that does `body`: its line, without its name, and those below.
fn drawn(body: impl Future<Output = ()> + 'static) -> Vec<String> {
    let event_loop = Loop::builder().paused_clock().build().unwrap();
    event_loop.block_on(async {
        let task = named("it", body);
        for _ in 0..4 {
            yield_now().await;
        }
        let lines = picture();
        assert_eq!(lines[0], "Task-1: is running");
        let first = lines[1].strip_prefix("Task-2 \"it\": ");
        let mut lines: Vec<String> = lines[1..].to_vec();
        lines[0] = first.unwrap_or("").to_owned();
        task.cancel();
        lines
    })
}

#[test]
fn each_task_stands_below_the_one_that_awaits_it() {
    run(async {
        let leaf = named("leaf", pending());
        let middle = named("middle", async { leaf.await.unwrap() });
        let _top = named("top", async { middle.await.unwrap() });
        for _ in 0..3 {
            yield_now().await;
        }
        assert_eq!(
            picture(),
            [
                "Task-1: is running",
                "Task-4 \"top\": ",
                "  Task-3 \"middle\": ",
                "    Task-2 \"leaf\": waits for something unknown",
            ]
        );
    });
}

#[test]
fn each_construct_has_its_name() {
    let lines = drawn(async {
        let (a, b) = (named("a", pending()), named("b", pending()));
        let _done = wait([&a, &b]).await;
    });
    let tasks = [
        "    Task-3 \"a\": waits for something unknown",
        "    Task-4 \"b\": waits for something unknown",
    ];
    assert_eq!(lines, ["", "  wait", tasks[0], tasks[1]]);
    let lines = drawn(async {
        let (a, b) = (named("a", pending()), named("b", pending()));
        let _first = as_completed([a, b]).next().await;
    });
    assert_eq!(lines, ["", "  as_completed", tasks[0], tasks[1]]);
    let lines = drawn(async {
        let (a, b) = (named("a", pending()), named("b", pending()));
        let _both = try_gather((a, b)).await;
    });
    assert_eq!(lines, ["", "  try_gather", tasks[0], tasks[1]]);
    let lines = drawn(async {
        let (a, b) = (named("a", pending()), named("b", pending()));
        let _first = race([a, b]).await;
    });
    assert_eq!(lines, ["", "  race", tasks[0], tasks[1]]);
    let lines = drawn(async {
        oneloop::select! {
            () = pending() => {}
            () = async { Event::new().wait().await } => {}
        }
    });
    assert_eq!(
        lines,
        [
            "",
            "  select!",
            "    a child, waits for something unknown",
            "    a child, waits for an event"
        ]
    );
    let lines = drawn(async {
        let task = named("a", pending());
        let _done = shield(&task).await;
    });
    assert_eq!(lines, ["", "  shield", tasks[0]]);
    let lines = drawn(async {
        let task = named("a", pending());
        let _late = timeout(DAY, task).await;
    });
    assert_eq!(lines, ["waits for a timer", "  timeout", tasks[0]]);
    let lines = drawn(async {
        let masked = masked(async { Event::new().wait().await });
        let _caught = catch(masked).await;
    });
    assert_eq!(lines, ["", "  catch", "    masked, waits for an event"]);
    let lines = drawn(async { try_finally!({ Event::new().wait().await } finally {}) });
    assert_eq!(lines, ["", "  finally, waits for an event"]);
    let lines = drawn(async {
        let _ended = local_scope::<_, ()>(async |scope| {
            scope.spawn(async { pending().await });
            sleep(DAY).await;
            Ok(())
        })
        .await;
    });
    assert_eq!(
        lines,
        [
            "",
            "  local_scope",
            "    its body, waits for a timer",
            "    a child, waits for something unknown"
        ]
    );
}

/// Each of them was said to wait for something unknown, below the line that names it.
#[test]
fn what_is_told_of_who_polls_the_branches_is_not_unknown_to_them() {
    async fn branches() {
        oneloop::select! {
            () = sleep(DAY) => {}
            () = pending() => {}
            () = async { Event::new().wait().await } => {}
        }
    }
    let below = ["a child", "a child", "a child, waits for an event"];
    let lines = drawn(branches());
    assert_eq!(lines[..2], ["waits for a timer", "  select!"]);
    assert_eq!(lines[2..], below.map(|line| format!("    {line}")));
    let lines = drawn(async {
        gather((branches(), pending::<()>())).await;
    });
    let around = [
        "",
        "  gather",
        "    a child, waits for a timer",
        "      select!",
    ];
    assert_eq!(lines[..4], around);
    assert_eq!(lines[4..7], below.map(|line| format!("        {line}")));
    assert_eq!(lines[7], "    a child, waits for something unknown");
}

/// They were roots of their own, which nobody seemed to wait for.
#[test]
fn the_tasks_of_a_group_stand_below_the_task_that_owns_it() {
    async fn group(body_waits: bool) {
        let _ended = TaskGroup::<()>::scope(async |group| {
            for name in ["a", "b"] {
                let task: Task<()> = group.create_task(async { pending().await });
                task.set_name(name);
            }
            if body_waits {
                Event::new().wait().await;
            }
            Ok(())
        })
        .await;
    }
    let tasks = [
        "    Task-3 \"a\": waits for something unknown",
        "    Task-4 \"b\": waits for something unknown",
    ];
    let lines = drawn(group(true));
    let body = "    its body, waits for an event";
    assert_eq!(lines, ["", "  TaskGroup", body, tasks[0], tasks[1]]);
    let lines = drawn(group(false));
    assert_eq!(lines, ["", "  TaskGroup", tasks[0], tasks[1]]);
    // A group in a scope of its owner stands there.
    let lines = drawn(async {
        let _late = timeout(DAY, group(false)).await;
    });
    assert_eq!(
        lines[..3],
        ["waits for a timer", "  timeout", "    TaskGroup"]
    );
    assert_eq!(lines.len(), 5);
}

#[test]
fn the_children_of_a_gather_stand_below_it() {
    run(async {
        let (a, b) = (named("a", pending()), named("b", pending()));
        let _both = named("both", async {
            let _outcomes = gather((a, b)).await;
        });
        for _ in 0..3 {
            yield_now().await;
        }
        assert_eq!(
            picture()[1..],
            [
                "Task-4 \"both\": ",
                "  gather",
                "    Task-2 \"a\": waits for something unknown",
                "    Task-3 \"b\": waits for something unknown",
            ]
        );
        assert_eq!(all_tasks().len(), 4);
    });
}

/// Pain 31.
#[test]
fn a_lattice_prints_each_task_once() {
    // Twenty layers of two, each of which awaits both of the layer below: a million paths.
    let event_loop = Loop::new().unwrap();
    event_loop.block_on(async {
        let mut below: Option<[Rc<Task<()>>; 2]> = None;
        for _ in 0..20 {
            let layer = std::array::from_fn(|_| {
                let below = below.clone();
                Rc::new(create_task(async move {
                    match below {
                        None => pending().await,
                        Some([left, right]) => {
                            let _both = gather((&*left, &*right)).await;
                        }
                    }
                }))
            });
            below = Some(layer);
        }
        for _ in 0..3 {
            yield_now().await;
        }
        let lines = picture();
        let own_lines = lines.iter().filter(|line| line.contains(": ")).count();
        assert_eq!(own_lines, 41, "forty tasks and the root");
        assert!(lines.len() < 200, "{}", lines.len());
    });
}

#[test]
fn a_circle_of_tasks_is_drawn_once() {
    run(async {
        let other: Rc<std::cell::RefCell<Option<Task<()>>>> = Rc::default();
        let task = other.clone();
        let first = named("first", async move {
            let mut second = task.borrow_mut().take().unwrap();
            let _never = (&mut second).await;
        });
        let asks = named("second", async move {
            let _never = first.await;
        });
        *other.borrow_mut() = Some(asks);
        for _ in 0..3 {
            yield_now().await;
        }
        assert_eq!(
            picture()[1..],
            [
                "Task-2 \"first\": ",
                "  Task-3 \"second\": ",
                "    Task-2 \"first\" (see its own line)",
            ]
        );
        all_tasks()[1].cancel();
    });
}
