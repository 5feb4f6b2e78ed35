//! How processes end, who is told, and what a signal does. Next: `pipes.rs`.

use crate::{exists, until};
use oneloop::{create_task, gather, yield_now};
use oneloop_net::process::{Command, reap_orphans};
use std::os::unix::process::ExitStatusExt;
use std::rc::Rc;
use std::time::Duration;

#[test]
fn several_tasks_wait_for_one_process_and_all_are_told_again_and_again() {
    oneloop::run(async {
        let mut child = Command::shell("read line; exit 5");
        let mut child = child.pipe_all().spawn().unwrap();
        let stdin = child.stdin.take();
        let child = Rc::new(child);
        let waiting: Vec<_> = (0..3)
            .map(|_| {
                let child = child.clone();
                create_task(async move { child.wait().await.unwrap().code() })
            })
            .collect();
        yield_now().await;
        assert!(waiting.iter().all(|task| !task.done()));
        drop(stdin);
        for ended in gather(waiting).await {
            assert_eq!(ended.unwrap(), Some(5));
        }
        assert_eq!(child.wait().await.unwrap().code(), Some(5));
        assert_eq!(child.try_wait().unwrap().unwrap().code(), Some(5));
    });
}

#[test]
fn a_wait_that_is_given_up_leaves_the_process_and_the_others_alone() {
    oneloop::run(async {
        let mut child = Command::new("cat").pipe_all().spawn().unwrap();
        let stdin = child.stdin.take();
        for _ in 0..3 {
            let waited = oneloop::timeout(Duration::from_millis(1), child.wait()).await;
            assert!(waited.is_err());
        }
        let (waited, ()) = gather((child.wait(), async { drop(stdin) })).await;
        assert!(waited.unwrap().success());
    });
}

#[test]
fn signals_end_a_process_and_the_status_names_them() {
    const SIGUSR1: i32 = 10;
    oneloop::run(async {
        for (send, number) in [(9, 9), (15, 15), (SIGUSR1, SIGUSR1)] {
            let child = Command::new("sleep").arg("1000").spawn().unwrap();
            match send {
                9 => child.kill().unwrap(),
                15 => child.terminate().unwrap(),
                number => child.send_signal(number).unwrap(),
            }
            assert_eq!(child.wait().await.unwrap().signal(), Some(number));
        }
    });
}

#[test]
fn a_process_can_refuse_sigterm_and_not_sigkill() {
    oneloop::run(async {
        let mut child = Command::shell("trap '' TERM; echo ready; read line");
        let mut child = child.pipe_all().spawn().unwrap();
        let mut ready = [0; 6];
        child
            .stdout
            .as_mut()
            .unwrap()
            .read(&mut ready)
            .await
            .unwrap();
        child.terminate().unwrap();
        let waited = oneloop::timeout(Duration::from_millis(50), child.wait()).await;
        assert!(waited.is_err(), "it refused");
        child.kill().unwrap();
        assert_eq!(child.wait().await.unwrap().signal(), Some(9));
    });
}

#[test]
fn a_signal_to_a_process_that_has_ended_goes_nowhere() {
    oneloop::run(async {
        let child = Command::new("true").spawn().unwrap();
        child.wait().await.unwrap();
        child.kill().unwrap();
        child.terminate().unwrap();
        child.send_signal(2).unwrap();
        let error = child.send_signal(1000).unwrap_err();
        assert_eq!(error.to_string(), "1000 is no signal's number");
    });
}

#[test]
fn a_status_is_fetched_although_nobody_waits() {
    oneloop::run(async {
        let kept = Command::new("true").spawn().unwrap();
        let dropped = Command::new("true").spawn().unwrap().id();
        until("both are fetched", || {
            !exists(kept.id()) && !exists(dropped)
        })
        .await;
        assert!(kept.wait().await.unwrap().success());
    });
}

#[test]
fn a_dropped_child_runs_on_unless_it_was_to_be_killed() {
    oneloop::run(async {
        let spawn = |kill| {
            let mut command = Command::new("cat");
            let mut child = command.pipe_all().kill_on_drop(kill).spawn().unwrap();
            (child.stdin.take(), child.id())
        };
        let (_open, killed) = spawn(true);
        until("it is killed and fetched", || !exists(killed)).await;

        let (open, left) = spawn(false);
        oneloop::sleep(Duration::from_millis(50)).await;
        assert!(exists(left), "nobody ends it");
        drop(open);
        until("it ends by itself and is fetched", || !exists(left)).await;
    });
}

#[test]
fn what_is_given_up_without_a_handle_is_killed() {
    oneloop::run(async {
        let mut files = Vec::new();
        for number in 0..2 {
            let file = std::env::temp_dir()
                .join(format!("oneloop-process-{}-{number}", std::process::id()));
            let mut command = Command::shell("echo $$ >$FILE; exec sleep 30");
            command.env("FILE", &file);
            let task = create_task(async move {
                match number {
                    0 => command.status().await.map(drop),
                    _ => command.output().await.map(drop),
                }
            });
            let pid = || {
                let text = std::fs::read_to_string(&file).unwrap_or_default();
                text.strip_suffix('\n')
                    .map(|text| text.parse::<u32>().unwrap())
            };
            until("it runs", || pid().is_some()).await;
            task.cancel();
            assert!(task.await.unwrap_err().is_cancelled());
            until("it is killed and fetched", || !exists(pid().unwrap())).await;
            files.push(file);
        }
        files
            .iter()
            .for_each(|file| std::fs::remove_file(file).unwrap());
    });
}

#[test]
fn a_process_that_outlives_its_loop_is_fetched_too() {
    let left = oneloop::run(async {
        let child = Command::new("sleep").arg("0.1").spawn().unwrap();
        child.id()
    });
    let kept = oneloop::run(async { Command::new("sleep").arg("1000").spawn().unwrap() });
    oneloop::run(async {
        until("it is fetched", || {
            reap_orphans();
            !exists(left)
        })
        .await;
        let error = kept.wait().await.unwrap_err();
        assert!(error.to_string().contains("ask again by `try_wait`"));
        kept.kill().unwrap();
        until("it ends", || kept.try_wait().unwrap().is_some()).await;
        assert_eq!(kept.wait().await.unwrap().signal(), Some(9));
    });
}

#[test]
fn who_waits_in_another_loop_is_told_when_the_first_one_ends() {
    let first = oneloop::Loop::new().unwrap();
    let child = first.block_on(async { Command::new("sleep").arg("1000").spawn().unwrap() });
    let child = Rc::new(child);
    oneloop::run(async move {
        let waits = child.clone();
        let waiting = create_task(async move { waits.wait().await });
        yield_now().await;
        drop(first);
        assert!(waiting.await.unwrap().is_err());
        child.kill().unwrap();
    });
}

#[test]
fn a_paused_clock_waits_for_processes() {
    let event_loop = oneloop::Loop::builder().paused_clock().build().unwrap();
    event_loop.block_on(async {
        let child = Command::new("sleep").arg("0.05").spawn().unwrap();
        let waited = oneloop::timeout(Duration::from_secs(3600), child.wait()).await;
        assert!(waited.unwrap().unwrap().success());
    });
}

#[test]
fn what_cannot_be_started_leaves_nothing() {
    oneloop::run(async {
        let error = Command::new("/no/such/program").spawn().unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
        let stats = oneloop::Loop::current().unwrap().stats();
        assert_eq!((stats.registered, stats.live_tasks), (0, 1));
    });
    let error = Command::new("true").spawn().unwrap_err();
    assert!(error.to_string().contains("loop"), "{error}");
}

#[test]
fn what_cannot_be_started_is_named_with_its_cure() {
    let path = std::env::temp_dir().join(format!("oneloop-script-{}", std::process::id()));
    std::fs::write(&path, "#!/no/such/interpreter\n").unwrap();
    // A folder that may be entered, and listed by nobody but root, is not to blame.
    let folder = path.with_extension("folder");
    let closed = std::os::unix::fs::PermissionsExt::from_mode(0o311);
    std::fs::create_dir(&folder).unwrap();
    std::fs::set_permissions(&folder, closed).unwrap();
    oneloop::run(async {
        let mut plain = Command::new("no-such-program");
        let mut lost = Command::new("true");
        lost.current_dir("/no/such/folder");
        let mut inside = Command::new("no-such-program");
        inside.current_dir(&folder);
        let mut forbidden = Command::new(&path);
        let refused = [
            (&mut plain, "\"no-such-program\" can't", "PATH", 2),
            (&mut lost, "\"true\" can't", "\"/no/such/folder\"", 2),
            (&mut inside, "\"no-such-program\" can't", "PATH", 2),
            (&mut forbidden, "oneloop-script-", "chmod +x", 13),
        ];
        for (command, what, cure, code) in refused {
            let error = command.status().await.unwrap_err();
            let text = error.to_string();
            assert!(text.contains(what) && text.contains(cure), "{text}");
            let source = std::error::Error::source(&error).unwrap();
            let system: &std::io::Error = source.downcast_ref().unwrap();
            assert_eq!(system.raw_os_error(), Some(code), "{text}");
            assert_eq!(system.kind(), error.kind());
        }
        let runnable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&path, runnable).unwrap();
        let error = Command::new(&path).status().await.unwrap_err();
        assert!(error.to_string().contains("first line (`#!`)"), "{error}");
    });
    std::fs::remove_file(&path).unwrap();
    std::fs::remove_dir(&folder).unwrap();
}

/// Where there are no descriptors of processes. Several, whose ends may become one signal.
#[cfg(feature = "signal")]
#[test]
fn sigchld_tells_every_end_and_nothing_is_open_afterward() {
    oneloop::run(async {
        let spawn = |line| {
            let mut command = Command::shell(line);
            command.exit_by_signal(true).pipe_all().spawn().unwrap()
        };
        let mut children: Vec<_> = (0..20).map(|_| spawn("read line; exit 4")).collect();
        let stdins: Vec<_> = children.iter_mut().map(|it| it.stdin.take()).collect();
        let ends = gather(children.iter().map(async |child| child.wait().await));
        let (ends, ()) = gather((ends, async { drop(stdins) })).await;
        assert!(
            ends.iter()
                .all(|end| end.as_ref().unwrap().code() == Some(4))
        );
        drop(children);
        let stats = || oneloop::Loop::current().unwrap().stats();
        until("the signal's pipe is closed", || stats().registered == 0).await;

        // And again, after the last one had taken the pipe with it.
        assert_eq!(spawn("exit 6").wait().await.unwrap().code(), Some(6));
    });
}

#[cfg(not(feature = "signal"))]
#[test]
fn without_a_way_to_tell_its_end_a_process_is_killed_and_the_error_names_the_cure() {
    /// As nobody else calls a process.
    const LINE: &[u8] = b"sleep\x001000\x000.0123\0";
    oneloop::run(async {
        let runs = || {
            let entries = std::fs::read_dir("/proc").unwrap();
            let line = |entry: std::fs::DirEntry| std::fs::read(entry.path().join("cmdline"));
            entries
                .flatten()
                .any(|entry| line(entry).is_ok_and(|line| line == LINE))
        };
        let mut command = Command::new("sleep");
        command.args(["1000", "0.0123"]);
        let child = command.kill_on_drop(true).spawn().unwrap();
        until("it is found while it runs", runs).await;
        drop(child);
        until("it is gone", || !runs()).await;

        let error = command.exit_by_signal(true).spawn().unwrap_err();
        assert!(error.to_string().contains("feature `signal`"), "{error}");
        until("it is killed", || !runs()).await;
    });
}
