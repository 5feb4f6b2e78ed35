//! How a program begins and ends: `run`, `Runner`, and what becomes of tasks that are left. Read
//! `debug_mode.rs` next.

use oneloop::cancel::catch;
use oneloop::sync::Event;
use oneloop::task::Builder;
use oneloop::{Handle, Loop, Runner, Task, call_soon, create_task, run, sleep, yield_now};
use std::cell::{Cell, RefCell};
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::{Rc, Weak};
use std::time::Duration;

type Story = Rc<RefCell<Vec<String>>>;

fn say(story: &Story, text: impl Into<String>) {
    story.borrow_mut().push(text.into());
}

/// A paused loop: a day of clean-up takes no time.
fn simulated() -> Runner {
    Runner::with_loop(Loop::builder().paused_clock().build().unwrap())
}

fn listen(handle: &Handle, story: &Story) {
    let heard = story.clone();
    handle.set_exception_handler(move |report| say(&heard, format!("report: {report}")));
}

/// Waits for ever; cleans up for so many milliseconds when it is cancelled.
fn background(name: &'static str, story: &Story, milliseconds: u64) -> Task<()> {
    let story = story.clone();
    create_task(async move {
        if let Err(cancelled) = catch(pending::<()>()).await {
            say(&story, format!("{name} cleans up"));
            sleep(Duration::from_millis(milliseconds)).await;
            say(&story, format!("{name} cleaned up"));
            cancelled.resume().await;
        }
    })
}

/// Feature row 19.
#[test]
fn at_the_end_all_tasks_are_cancelled_together_and_their_clean_up_is_awaited() {
    let story = Story::default();
    let told = story.clone();
    let kept = run(async move {
        let tasks = [background("a", &told, 60), background("b", &told, 1)];
        yield_now().await;
        say(&told, "main returns");
        tasks
    });
    assert_eq!(
        *story.borrow(),
        [
            "main returns",
            "a cleans up",
            "b cleans up",
            "b cleaned up",
            "a cleaned up"
        ]
    );
    assert!(kept.iter().all(Task::cancelled));
}

#[test]
fn what_is_ready_when_main_ends_takes_its_turn_once_more() {
    for panics in [false, true] {
        let story = Story::default();
        let told = story.clone();
        let main = async move {
            let (early, late) = (told.clone(), told.clone());
            call_soon(move || {
                say(&early, "called");
                call_soon(move || say(&early, "called from there"));
            });
            let task = background("a task of the last step", &told, 1);
            task.add_done_callback(move |task| say(&late, format!("{:?}", task.state())));
            assert!(!panics, "on purpose");
        };
        let outcome = catch_unwind(AssertUnwindSafe(|| run(main)));
        assert_eq!(outcome.is_err(), panics);
        let expected = [
            "called",
            "called from there",
            "a task of the last step cleans up",
            "a task of the last step cleaned up",
            "Cancelled",
        ];
        assert_eq!(*story.borrow(), expected);
    }
}

#[test]
fn callbacks_that_call_for_more_do_not_keep_a_program_from_ending() {
    fn calls_itself(count: Rc<Cell<u32>>) {
        count.set(count.get() + 1);
        call_soon(move || calls_itself(count));
    }
    let count = Rc::new(Cell::new(0));
    run(async { calls_itself(count.clone()) });
    assert!((2..100).contains(&count.get()), "{} calls", count.get());
}

/// Feature row 19.
#[test]
fn when_main_panics_the_others_still_clean_up_and_then_its_panic_comes_out() {
    let story = Story::default();
    let told = story.clone();
    let ended = catch_unwind(AssertUnwindSafe(|| {
        run(async move {
            let _detached = background("background", &told, 1);
            yield_now().await;
            panic!("main failed");
        })
    }));
    let ended: Result<(), _> = ended;
    assert_eq!(
        *ended.unwrap_err().downcast::<&str>().unwrap(),
        "main failed"
    );
    assert_eq!(
        *story.borrow(),
        ["background cleans up", "background cleaned up"]
    );
}

#[test]
fn a_runner_keeps_its_loop_and_what_is_left_until_it_is_closed() {
    let (runner, story) = (simulated(), Story::default());
    let told = story.clone();
    let [kept] = runner.run(async move {
        let told_too = told.clone();
        let kept = create_task(async move {
            sleep(Duration::from_millis(20)).await;
            say(&told, "background finished its sleep in a later run");
            let ended = catch(pending::<()>()).await;
            say(&told, "background cancelled at close");
            drop(ended);
            pending::<()>().await;
        });
        yield_now().await;
        say(&told_too, "first ends");
        [kept]
    });
    say(&story, "between the runs");
    let told = story.clone();
    runner.run(async move {
        sleep(Duration::from_millis(50)).await;
        say(&told, "second ends");
    });
    assert!(!kept.done());
    assert_eq!(runner.get_loop().handle().all_tasks(), [kept.any()]);
    runner.close();
    assert!(kept.cancelled());
    assert_eq!(
        *story.borrow(),
        [
            "first ends",
            "between the runs",
            "background finished its sleep in a later run",
            "second ends",
            "background cancelled at close",
        ]
    );
}

/// Feature row 19.
#[test]
fn a_failure_while_the_program_ends_is_reported_and_does_not_replace_the_output() {
    let story = Story::default();
    let told = story.clone();
    let (output, kept) = run(async move {
        listen(&Loop::current().unwrap(), &told);
        let panics = Builder::new().name("held").create_task(async {
            let ended = catch(pending::<()>()).await;
            drop(ended);
            panic!("in the clean-up");
        });
        let fails = Builder::new().name("fails").report_errors();
        let fails = fails.create_task(async {
            catch(pending::<()>()).await.unwrap_err().suppress();
            Err::<(), _>("not saved")
        });
        let fine = create_task(async { 1 });
        yield_now().await;
        let panics: Task<()> = panics;
        ("output", (panics, fails, fine))
    });
    assert_eq!(output, "output");
    let lines = story.borrow();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].contains("\"held\"") && lines[0].ends_with("in the clean-up"));
    assert!(lines[1].contains("\"fails\"") && lines[1].ends_with("not saved"));
    drop(lines);
    drop(kept);
    assert_eq!(story.borrow().len(), 2, "each is told once");
}

/// It was reported by nobody: it had ended when the tasks that are left were looked for, and its handle is
/// never dropped.
#[test]
fn a_failure_in_the_last_turn_is_reported_though_its_handle_lies_in_a_circle() {
    struct Node {
        itself: RefCell<Option<Rc<Node>>>,
        task: Task<()>,
    }
    let story = Story::default();
    let mut circle = Weak::new();
    run(async {
        listen(&Loop::current().unwrap(), &story);
        let (end, ended) = (Rc::new(Event::new()), Rc::new(Event::new()));
        let waits = ended.clone();
        let last = Builder::new().name("last").create_task(async move {
            waits.wait().await;
            panic!("too late");
        });
        let waits = end.clone();
        let awaited = create_task(async move {
            waits.wait().await;
            panic!("somebody looks");
        });
        drop(create_task(async { awaited.await.unwrap_err() }));
        let node = Rc::new(Node {
            itself: RefCell::default(),
            task: last,
        });
        *node.itself.borrow_mut() = Some(node.clone());
        circle = Rc::downgrade(&node);
        yield_now().await;
        yield_now().await;
        assert!(!node.task.done());
        end.set();
        ended.set();
    });
    // For whoever looks for leaks; and its end is no second report.
    let node = circle.upgrade().expect("it holds itself");
    drop(node.itself.take());
    drop(node);
    let story = story.borrow();
    assert_eq!(story.len(), 1, "{story:?}");
    assert!(
        story[0].starts_with("report: Task-2 \"last\", "),
        "{story:?}"
    );
    assert!(story[0].ends_with("panicked and nobody awaited it: too late"));
}

/// Pain 8.
#[test]
fn clean_up_that_is_under_way_is_not_interrupted_by_the_end() {
    let (runner, story) = (simulated(), Story::default());
    let told = story.clone();
    let [kept] = runner.run(async move {
        let kept = background("it", &told, 1000);
        yield_now().await;
        kept.cancel();
        yield_now().await;
        yield_now().await;
        say(&told, "main returns");
        [kept]
    });
    runner.close();
    assert!(kept.cancelled());
    assert_eq!(kept.cancelling(), 1, "it was asked once");
    assert_eq!(
        *story.borrow(),
        ["it cleans up", "main returns", "it cleaned up"]
    );
}

#[test]
fn what_goes_on_after_its_clean_up_is_asked_then() {
    let (runner, story) = (simulated(), Story::default());
    let told = story.clone();
    let [kept] = runner.run(async move {
        let kept = create_task(async move {
            let caught = catch(pending::<()>()).await.unwrap_err();
            sleep(Duration::from_secs(1)).await;
            say(&told, "goes on");
            caught.suppress();
            pending::<()>().await
        });
        yield_now().await;
        kept.cancel();
        yield_now().await;
        yield_now().await;
        [kept]
    });
    runner.close();
    assert!(kept.cancelled());
    assert_eq!(*story.borrow(), ["goes on"]);
}

#[test]
fn tasks_that_clean_up_makes_may_run_while_it_lasts_and_end_after_it() {
    let story = Story::default();
    let told = story.clone();
    run(async move {
        let _detached = create_task(async move {
            let caught = catch(pending::<()>()).await.unwrap_err();
            let saved = told.clone();
            let save = create_task(async move { say(&saved, "saved") });
            let _never = background("made late", &told, 1);
            save.await.unwrap();
            yield_now().await;
            caught.resume().await
        });
        yield_now().await;
    });
    assert_eq!(
        *story.borrow(),
        ["saved", "made late cleans up", "made late cleaned up"]
    );
}

/// Pain 2.
#[test]
fn what_will_not_end_is_listed_with_name_place_and_what_it_waits_for() {
    let patience = Duration::from_millis(100);
    let builder = Loop::builder().paused_clock().deadlock_after(patience);
    let (runner, story) = (
        Runner::with_loop(builder.build().unwrap()),
        Story::default(),
    );
    listen(&runner.get_loop().handle(), &story);
    runner.run(async {
        let inner = Builder::new()
            .name("inner")
            .create_task(oneloop::cancel::masked(pending::<()>()));
        let _outer = Builder::new().name("outer").create_task(inner);
        yield_now().await;
        yield_now().await;
    });
    runner.close(); // The clock is paused, so it notices that nobody can come.
    let lines = story.borrow();
    assert_eq!(lines.len(), 1, "{lines:?}");
    let mut lines = lines[0].lines();
    assert_eq!(
        lines.next().unwrap(),
        "report: 2 tasks were still unfinished when the program ended:"
    );
    let inner = lines.next().unwrap();
    assert!(inner.starts_with("  Task-2 \"inner\", made at ") && inner.contains("runner.rs"));
    assert!(inner.ends_with("waits for something unknown"));
    let outer = lines.next().unwrap();
    assert!(outer.starts_with("  Task-3 \"outer\", made at "));
    assert!(outer.ends_with(", waits for Task-2 \"inner\""));
}

/// The program hung there and said nothing.
#[test]
fn a_task_that_goes_on_when_it_is_asked_to_end_is_told_of_while_it_is_waited_for() {
    let (runner, story) = (simulated(), Story::default());
    listen(&runner.get_loop().handle(), &story);
    runner.run(async {
        let stubborn = Builder::new().name("stubborn");
        drop(stubborn.create_task(async {
            let request = catch(pending::<()>()).await.unwrap_err();
            request.suppress();
            sleep(Duration::from_secs(60)).await;
        }));
        yield_now().await;
    });
    runner.close();
    let story = story.borrow();
    let told: Vec<Vec<&str>> = story.iter().map(|text| text.lines().collect()).collect();
    for (told, (after, left)) in told.iter().zip([(10, 50), (20, 40), (40, 20)]) {
        assert_eq!(
            told[0],
            format!("report: 1 task was still unfinished {after} s after being asked to end:")
        );
        assert!(
            told[1].starts_with("  Task-2 \"stubborn\", made at "),
            "{told:?}"
        );
        let waits = format!(", waits for a timer due in {left}000.0 ms");
        assert!(told[1].ends_with(&waits), "{told:?}");
    }
    assert_eq!(told.len(), 3, "{told:?}");
}

/// asyncio's `run(main(), debug=True)`, as the README has it.
#[test]
fn a_runner_of_a_loop_in_debug_mode_cleans_up_and_block_on_does_not() {
    let left_over = |ended: &Rc<Cell<bool>>| {
        let ended = ended.clone();
        async move {
            let task = create_task(async move {
                catch(pending::<()>()).await.unwrap_err().suppress();
                ended.set(true);
            });
            yield_now().await;
            drop(task);
        }
    };
    let debug = || Loop::builder().debug().build().unwrap();
    let ended = Rc::new(Cell::new(false));
    let event_loop = debug();
    event_loop.block_on(left_over(&ended));
    assert!(!ended.get());
    Runner::with_loop(debug()).run(left_over(&ended));
    assert!(ended.get());
    drop(event_loop);
}

#[test]
fn a_runner_that_is_dropped_inside_a_loop_only_drops_its_tasks() {
    run(async {
        let inner = Runner::new().unwrap();
        let task = inner.get_loop().handle().create_task(pending::<()>());
        drop(inner);
        assert!(task.cancelled());
        yield_now().await;
    });
}
