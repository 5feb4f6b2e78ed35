//! The picture of who waits for whom.

use oneloop::task::Builder;
use oneloop::{Loop, Task, all_tasks, create_task, gather, run, task_tree, yield_now};
use std::future::pending;

/// The lines without the places where the tasks were made.
fn picture() -> Vec<String> {
    let without_place = |line: &String| {
        let Some((before, after)) = line.split_once(", made at ") else {
            return line.clone();
        };
        let what = after.split_once(", ").map_or("", |(_, what)| what);
        format!("{before}: {what}")
    };
    task_tree().lines().iter().map(without_place).collect()
}

fn named(name: &str, body: impl Future<Output = ()> + 'static) -> Task<()> {
    Builder::new().name(name).create_task(body)
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
                "Task-1: waits for something that is no task, timer or socket",
                "Task-4 \"top\": ",
                "  Task-3 \"middle\": ",
                "    Task-2 \"leaf\": waits for something that is no task, timer or socket",
            ]
        );
    });
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
        let lines = picture();
        assert_eq!(lines[1], "Task-4 \"both\": ");
        assert_eq!(lines[2], "  several at once");
        let place = |name: &str| lines.iter().position(|line| line.contains(name)).unwrap();
        assert!(place("\"a\"") < place("\"b\"") && place("\"a\"") > 2);
        assert_eq!(all_tasks().len(), 4);
    });
}

#[test]
fn a_lattice_prints_each_task_once() {
    // Twenty layers of two, each of which awaits both of the layer below: a million paths.
    let event_loop = Loop::new().unwrap();
    event_loop.block_on(async {
        let mut below: Option<[std::rc::Rc<Task<()>>; 2]> = None;
        for _ in 0..20 {
            let layer = std::array::from_fn(|_| {
                let below = below.clone();
                std::rc::Rc::new(create_task(async move {
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
