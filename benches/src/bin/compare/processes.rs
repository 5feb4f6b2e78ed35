//! The workers: starting one, and asking it for a turn. Whoever gives no answer in time, or ends before
//! it should, costs its own cell a number and nothing else.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use oneloop_benches::machine;
use oneloop_benches::worker::CANNOT;

/// How long a worker may take for one answer; the longest turn that goes well takes less than a second.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// How long a worker may take to end once nobody asks it any more.
const FAREWELL: Duration = Duration::from_secs(5);

/// A worker that waits for its turn.
pub(crate) struct Worker {
    child: Child,
    questions: Option<ChildStdin>,
    answers: Receiver<String>,
    patience: Duration,
}

impl Worker {
    /// Starts it and waits until it is ready. The error is the reason why this cell has no number.
    pub(crate) fn start(mut command: Command, patience: Duration) -> Result<Worker, String> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| failed(&error))?;
        let questions = child.stdin.take();
        let output = child.stdout.take().expect("it was asked for");
        let (sender, answers) = mpsc::channel();
        // A read of a pipe has no time limit, so a thread reads; the end of the worker is its end.
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let mut worker = Worker {
            child,
            questions,
            answers,
            patience,
        };
        let line = worker.line()?;
        if line == "ready" {
            return Ok(worker);
        }
        match worker.end() {
            Some(status) if status.code() == Some(i32::from(CANNOT)) => Err(line),
            _ => Err(failed(&format!("it said `{line}`"))),
        }
    }

    /// Asks for a turn and waits for its samples.
    pub(crate) fn turn(&mut self) -> Result<Vec<f64>, String> {
        let questions = self.questions.as_mut().expect("it is there until the end");
        // If it has ended, the answer that does not come says how.
        let _ = questions.write_all(b"turn\n");
        let line = self.line()?;
        let samples: Result<Vec<f64>, _> = line.split(' ').map(str::parse).collect();
        samples.map_err(|_| failed(&format!("it answered `{line}`")))
    }

    fn line(&mut self) -> Result<String, String> {
        match self.answers.recv_timeout(self.patience) {
            Ok(line) => Ok(line.trim_end().to_string()),
            Err(RecvTimeoutError::Timeout) => {
                // It is not waited for a second time.
                let _ = self.child.kill();
                let seconds = self.patience.as_secs_f64();
                Err(failed(&format!("it gave no answer within {seconds} s")))
            }
            Err(RecvTimeoutError::Disconnected) => Err(match self.end() {
                Some(status) => failed(&format!("it ended with {status}")),
                None => failed(&"it closed its output"),
            }),
        }
    }

    /// The end of its input is the end of the worker, or it is made to end.
    fn end(&mut self) -> Option<ExitStatus> {
        self.questions = None;
        end(&mut self.child, FAREWELL)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.end();
    }
}

/// The reason of a cell whose program went wrong, beside those that a peer gives itself.
pub(crate) fn failed(what: &dyn std::fmt::Display) -> String {
    format!("{FAILED}{what}")
}

/// How such a reason begins.
pub(crate) const FAILED: &str = "failed: ";

/// Waits so long for the end of a child that was told to end, and then ends it; it is no zombie in any case.
pub(crate) fn end(child: &mut Child, patience: Duration) -> Option<ExitStatus> {
    let start = Instant::now();
    while start.elapsed() < patience {
        match child.try_wait() {
            Ok(None) => thread::sleep(Duration::from_millis(1)),
            Ok(status) => return status,
            Err(_) => break,
        }
    }
    let _ = child.kill();
    child.wait().ok()
}

/// Runs a program that says something and ends, on one processor, and makes it end when it takes too long.
pub(crate) fn output(
    command: &mut Command,
    processor: usize,
    patience: Duration,
) -> Result<Output, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    command.stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    // On a thread of its own, since a child may use what the thread may that starts it.
    let child = thread::scope(|scope| {
        let start = scope.spawn(|| {
            machine::pin(processor);
            command.spawn()
        });
        start.join().expect("it does not panic")
    });
    let mut child = child.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => format!("{name} is not installed"),
        _ => failed(&format!("{name}: {error}")),
    })?;
    let (stdout, stderr) = (
        collected(child.stdout.take()),
        collected(child.stderr.take()),
    );
    let start = Instant::now();
    let status = end(&mut child, patience);
    let status = status.filter(|_| start.elapsed() < patience);
    let late = || failed(&format!("{name} took more than {} s", patience.as_secs()));
    let bytes = |pipe: thread::JoinHandle<Vec<u8>>| pipe.join().expect("it does not panic");
    Ok(Output {
        status: status.ok_or_else(late)?,
        stdout: bytes(stdout),
        stderr: bytes(stderr),
    })
}

/// Reads a pipe to its end on a thread, since a full one would stop who writes.
fn collected(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What came before an error is what there is.
            let _ = pipe.read_to_end(&mut bytes);
        }
        bytes
    })
}

#[cfg(all(test, unix))]
mod tests {
    use std::process::Command;
    use std::time::{Duration, Instant};

    use super::{Worker, output};

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    fn start(script: &str) -> Result<Worker, String> {
        Worker::start(shell(script), Duration::from_millis(500))
    }

    #[test]
    fn a_worker_answers_each_turn() {
        let mut worker = start("echo ready; while read turn; do echo 1.5 2; done").expect("ready");
        assert_eq!(worker.turn(), Ok(vec![1.5, 2.0]));
        assert_eq!(worker.turn(), Ok(vec![1.5, 2.0]));
    }

    #[test]
    fn who_cannot_says_why() {
        let reason = start("echo it has no timers; exit 3").err();
        assert_eq!(reason.as_deref(), Some("it has no timers"));
    }

    #[test]
    fn a_worker_that_crashes_or_hangs_costs_its_cell_only() {
        let mut crashed = start("echo ready; read turn; kill -9 $$").expect("ready");
        let reason = crashed.turn().expect_err("it is dead");
        assert!(reason.contains("signal: 9"), "{reason}");
        let begin = Instant::now();
        let mut hung = start("echo ready; exec sleep 600").expect("ready");
        let reason = hung.turn().expect_err("it sleeps");
        assert!(reason.contains("no answer within 0.5 s"), "{reason}");
        drop(hung);
        assert!(begin.elapsed() < Duration::from_secs(60));
        let reason = start("exit 7").err().expect("it never was ready");
        assert!(reason.contains("exit status: 7"), "{reason}");
    }

    #[test]
    fn a_program_that_does_not_end_is_ended_and_one_that_is_missing_is_named() {
        let patience = Duration::from_millis(500);
        let late = output(&mut shell("exec sleep 600"), 0, patience);
        assert!(late.expect_err("it sleeps").contains("took more than"));
        let said = output(
            &mut shell("echo yes; echo no >&2"),
            0,
            Duration::from_secs(60),
        );
        let said = said.expect("it ends");
        assert_eq!(
            (&*said.stdout, &*said.stderr),
            (&b"yes\n"[..], &b"no\n"[..])
        );
        let missing = output(&mut Command::new("no-such-program"), 0, patience);
        assert_eq!(
            missing.err().as_deref(),
            Some("no-such-program is not installed")
        );
    }
}
