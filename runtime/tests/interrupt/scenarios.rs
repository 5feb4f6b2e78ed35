//! What the processes do that are interrupted, each in a function.

use oneloop::cancel::catch;
use oneloop::signal::{Interrupted, SignalPipe, run_interruptible};
use oneloop::{Loop, Runner, call_later, create_task, sleep, task, to_thread};
use signal_hook::consts::SIGINT;
use signal_hook::low_level::raise;
use std::future::pending;
use std::time::Duration;

fn milliseconds(number: u64) -> Duration {
    Duration::from_millis(number)
}

/// Somebody presses Ctrl-C in a moment.
fn interrupt_in(delay: u64) {
    drop(call_later(milliseconds(delay), || raise(SIGINT).unwrap()));
}

/// A task that takes a moment to clean up.
fn tidy() {
    drop(create_task(async {
        let asked = catch(pending::<()>()).await.unwrap_err();
        sleep(milliseconds(1)).await;
        println!("task has cleaned up");
        asked.resume().await
    }));
}

/// A task whose clean-up does not end.
fn stubborn() {
    let builder = task::Builder::new().name("stubborn");
    drop(builder.create_task(async {
        let _asked = catch(pending::<()>()).await.unwrap_err();
        println!("stubborn is asked");
        pending::<()>().await
    }));
}

pub(crate) fn first() {
    oneloop::run(async {
        tidy();
        interrupt_in(1);
        let asked = catch(pending::<()>()).await.unwrap_err();
        println!("main is asked");
        sleep(milliseconds(1)).await;
        println!("main has cleaned up");
        asked.resume().await;
    });
    println!("not reached");
}

pub(crate) fn second() {
    struct Dropped;
    impl Drop for Dropped {
        fn drop(&mut self) {
            println!("dropped");
        }
    }
    oneloop::run(async {
        stubborn();
        let _dropped = Dropped;
        interrupt_in(1);
        let _asked = catch(pending::<()>()).await.unwrap_err();
        println!("main is asked");
        interrupt_in(1);
        pending::<()>().await;
    });
    println!("not reached");
}

pub(crate) fn at_the_end() {
    oneloop::run(async {
        stubborn();
        oneloop::yield_now().await;
        interrupt_in(50);
        println!("main is done");
    });
    println!("not reached");
}

pub(crate) fn blocking() {
    oneloop::run(async {
        let (begin, begun) = std::sync::mpsc::channel();
        drop(create_task(to_thread(move || {
            begin.send(()).unwrap();
            std::thread::sleep(Duration::from_secs(1000));
        })));
        oneloop::yield_now().await;
        // What has not begun is not waited for at all.
        begun.recv().unwrap();
        interrupt_in(50);
        println!("main is done");
    });
    println!("not reached");
}

pub(crate) fn stuck() {
    oneloop::run(async {
        println!("stuck");
        raise(SIGINT).unwrap();
        println!("still stuck");
        raise(SIGINT).unwrap();
        println!("not reached");
    });
}

pub(crate) fn suppressed() {
    let value = oneloop::run(async {
        interrupt_in(1);
        catch(pending::<()>()).await.unwrap_err().suppress();
        sleep(milliseconds(1)).await;
        7
    });
    println!("value {value}");
}

pub(crate) fn caught() {
    for _ in 0..2 {
        let interrupted: Interrupted = run_interruptible(async {
            interrupt_in(1);
            pending::<()>().await;
        })
        .unwrap_err();
        println!("{interrupted}");
    }
    println!("value {}", run_interruptible(async { 7 }).unwrap());
}

/// Only the main thread's `run` puts something around the main future, so that no ordinary test sees it.
pub(crate) fn drawn() {
    oneloop::run(async {
        call_later(Duration::from_millis(1), || {
            for line in oneloop::task_tree().lines() {
                println!("{}", line.split(',').next().unwrap());
            }
        });
        catch(sleep(Duration::from_millis(60))).await.unwrap();
    });
}

pub(crate) fn between() {
    oneloop::run(async {});
    println!("between");
    raise(SIGINT).unwrap();
    println!("not reached");
}

pub(crate) fn runner() {
    let runner = Runner::new().unwrap();
    runner.run(async {
        tidy();
        println!("first run");
    });
    runner.run(async {
        interrupt_in(1);
        let asked = catch(pending::<()>()).await.unwrap_err();
        println!("main is asked");
        asked.resume().await;
    });
    println!("not reached");
}

pub(crate) fn closing() {
    let runner = Runner::new().unwrap();
    runner.run(async {
        stubborn();
        oneloop::yield_now().await;
        interrupt_in(50);
    });
    println!("closing");
    drop(runner);
    println!("not reached");
}

pub(crate) fn owned() {
    oneloop::run(async {
        let pipe = SignalPipe::new(SIGINT).unwrap();
        for _ in 0..3 {
            raise(SIGINT).unwrap();
            sleep(milliseconds(1)).await;
            assert_eq!(pipe.take().unwrap(), 1);
            println!("mine");
        }
        println!("main was not asked");
    });
}

pub(crate) fn formerly_owned() {
    drop(SignalPipe::new(SIGINT).unwrap());
    run_interruptible(async {
        interrupt_in(1);
        pending::<()>().await;
    })
    .unwrap_err();
    println!("main was asked");
    raise(SIGINT).unwrap();
    println!("alive");
}

pub(crate) fn elsewhere() {
    std::thread::spawn(|| {
        oneloop::run(async {
            interrupt_in(1);
            let _asked = catch(pending::<()>()).await;
            println!("main was asked");
        });
    })
    .join()
    .unwrap();
}

pub(crate) fn blocked_on() {
    let event_loop = Loop::new().unwrap();
    event_loop.block_on(async {
        interrupt_in(1);
        let _asked = catch(pending::<()>()).await;
        println!("main was asked");
    });
}

pub(crate) fn unseen() {
    let paused = Loop::builder().paused_clock().build().unwrap();
    let runner = Runner::with_loop(paused);
    runner.run(async {
        let handle = Loop::current().unwrap();
        println!("{} sources", handle.stats().registered);
        sleep(Duration::from_secs(3600)).await;
        println!("an hour later");
        println!("{} sources", handle.stats().registered);
    });
}

pub(crate) fn a_thousand() {
    // Where the system does not tell, there are none.
    let descriptors = || std::fs::read_dir("/proc/self/fd").map_or(0, |entries| entries.count());
    let before = descriptors();
    for _ in 0..1000 {
        run_interruptible(async {
            interrupt_in(0);
            pending::<()>().await;
        })
        .unwrap_err();
    }
    println!("{} descriptors are left", descriptors() - before);
}
