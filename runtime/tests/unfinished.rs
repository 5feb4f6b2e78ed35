//! What is told of tasks that are unfinished when their loop is dropped: outside debug mode, too, what
//! each of them waits for, as far as the loop knows it. Read `runner.rs` next, the end of a program.

use oneloop::reactor::{Direction, Registration};
use oneloop::sync::Lock;
use oneloop::task::Builder;
use oneloop::{Loop, TaskGroup, create_task, gather, shield, sleep, timeout, yield_now};
use std::cell::RefCell;
use std::future::{Future, pending};
use std::net::{Ipv4Addr, UdpSocket};
use std::rc::Rc;
use std::thread;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(3600);

/// The lines of the report of what is left when `begin` has made its tasks and they have begun. On a
/// thread of its own: whether locks and the like are noted is the thread's affair, and outlives a loop.
fn report_of<F: Future<Output = ()>>(
    builder: impl FnOnce() -> oneloop::Builder + Send,
    begin: impl FnOnce() -> F + Send,
) -> Vec<String> {
    let on_its_thread = || {
        let heard = Rc::new(RefCell::new(Vec::new()));
        let tell = heard.clone();
        let builder =
            builder().exception_handler(move |report| tell.borrow_mut().push(report.to_string()));
        let event_loop = builder.build().unwrap();
        event_loop.block_on(async {
            begin().await;
            for _ in 0..4 {
                yield_now().await;
            }
        });
        event_loop.close();
        let heard = heard.take();
        assert_eq!(heard.len(), 1, "{heard:?}");
        heard[0].lines().map(str::to_owned).collect()
    };
    thread::scope(|scope| scope.spawn(on_its_thread).join().unwrap())
}

/// Starts a task of this name that lives until the loop ends.
fn start(name: &str, future: impl Future + 'static) {
    let future = async { drop(future.await) };
    drop(Builder::new().name(name).create_task(future));
}

/// What a line says after the task's place.
fn waits(line: &str) -> &str {
    let (_, waits) = line.rsplit_once(", waits for ").expect("it waits");
    waits
}

/// Pain 2.
#[test]
fn unfinished_tasks_are_listed_with_what_they_wait_for_outside_debug_mode_too() {
    let lines = report_of(Loop::builder, || async {
        start("sleeps", sleep(LONG));
        let inner = Builder::new().name("inner").create_task(pending::<()>());
        start("awaits", inner);
        start("reads", async {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            socket.set_nonblocking(true).unwrap();
            let socket = Registration::new(mio::net::UdpSocket::from_std(socket)).unwrap();
            socket.ready(Direction::Read).await
        });
        start("bounds", timeout(LONG, pending::<()>()));
        start(
            "gathers",
            gather((sleep(LONG), create_task(pending::<()>()))),
        );
        start("groups", async {
            TaskGroup::scope(async |group| {
                drop(group.create_task(pending::<Result<(), String>>()));
                pending::<Result<(), String>>().await
            })
            .await
        });
        start("shields", async {
            let mut task = create_task(sleep(LONG));
            shield(&mut task).await
        });
    });
    let of = |name: &str| {
        let name = format!("\"{name}\", made at ");
        let line = lines.iter().find(|line| line.contains(&name));
        waits(line.unwrap_or_else(|| panic!("{name} in {lines:#?}")))
    };
    let timer = "a timer due in 3"; // Of 3600000 ms nearly all are left.
    assert!(of("sleeps").starts_with(timer), "{lines:#?}");
    assert_eq!(of("awaits"), "Task-3 \"inner\"");
    assert_eq!(of("inner"), "something unknown");
    assert!(of("reads").starts_with("io ") && of("reads").ends_with(" that it can read"));
    assert!(of("bounds").starts_with(timer), "{lines:#?}");
    assert!(of("gathers").starts_with(timer) && of("gathers").contains(", Task-"));
    assert!(of("groups").starts_with("Task-"), "{lines:#?}");
    assert!(of("shields").starts_with("Task-"), "{lines:#?}");
}

#[test]
fn what_only_debug_mode_knows_is_unknown_elsewhere_and_one_line_says_how_to_learn_it() {
    let begin = || async {
        for _ in 0..3 {
            start("locks", async {
                let lock = Lock::new(());
                let _held = lock.lock().await;
                drop(lock.lock().await);
            });
        }
    };
    let cure = "(Debug mode, `Loop::builder().debug()`, knows waits for locks, queues, promises and \
        the like, too.)";
    let lines = report_of(Loop::builder, begin);
    assert_eq!(lines.len(), 1 + 3 + 1);
    assert!(
        lines[1..4]
            .iter()
            .all(|line| waits(line) == "something unknown")
    );
    assert_eq!(lines[4], cure);

    let lines = report_of(|| Loop::builder().debug(), begin);
    assert_eq!(lines.len(), 1 + 3);
    assert!(
        lines[1..].iter().all(|line| waited(line).0 == "a lock"),
        "{lines:#?}"
    );
}

/// What a line of debug mode's says after the task's place, and for how many milliseconds.
fn waited(line: &str) -> (&str, f64) {
    let (what, time) = waits(line).rsplit_once(", for ").expect("debug mode knows");
    let time = time.strip_suffix(" ms by now").expect("and says so");
    (what, time.parse().expect("a number"))
}

/// Real time, since a paused clock's does not go by while a task waits.
#[test]
fn debug_mode_tells_for_how_long_each_task_has_waited_since_its_last_step() {
    let builder = || Loop::builder().debug();
    let lines = report_of(builder, || async {
        start("long", pending::<()>());
        start("again", async {
            sleep(Duration::from_millis(200)).await;
            pending::<()>().await
        });
        sleep(Duration::from_millis(300)).await;
    });
    let (long, again) = (waited(&lines[1]).1, waited(&lines[2]).1);
    assert!(long >= 299.0 && long - again >= 199.0, "{lines:#?}");
    let lines = report_of(
        || builder().paused_clock(),
        || async {
            start("simulated", pending::<()>());
        },
    );
    assert!(
        lines[1].ends_with(", waits for something unknown"),
        "{lines:#?}"
    );
}

#[test]
fn nothing_is_said_of_debug_mode_where_all_is_known() {
    let lines = report_of(Loop::builder, || async { start("sleeps", sleep(LONG)) });
    assert_eq!(lines.len(), 2, "{lines:#?}");
}

#[test]
fn who_waits_for_very_many_is_said_to_wait_for_some_and_others() {
    let lines = report_of(Loop::builder, || async {
        start("gathers", async {
            let tasks = (0..100).map(|_| create_task(pending::<()>()));
            gather(tasks.collect::<Vec<_>>()).await
        });
    });
    let waits = waits(&lines[1]);
    assert!(waits.starts_with("Task-3, Task-4, "), "{lines:#?}");
    assert!(waits.ends_with(", Task-14 and others"), "{lines:#?}");
}
