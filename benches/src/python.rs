//! The peers in Python: the worker becomes `python/worker.py`, which speaks the same protocol.
//!
//! It becomes it, where it could have started it, so that whoever started the worker and asks the kernel for the
//! processor time of that process is told Python's.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use crate::peer::Peer;
use crate::worker::CANNOT;

/// Where Debian's packages put modules is known to Debian's interpreter, which need not be the first on the path.
const INTERPRETERS: [&str; 2] = ["python3", "/usr/bin/python3"];

/// Goes on as the Python program, with the worker's own arguments. It returns only where there is none.
pub(crate) fn hand_over(peer: Peer, arguments: &[String]) -> ExitCode {
    match interpreter_of(peer) {
        Some(interpreter) => {
            let mut command = Command::new(interpreter);
            command.arg(program()).args(arguments);
            become_it(command)
        }
        None => {
            println!("{}", missing(peer));
            ExitCode::from(CANNOT)
        }
    }
}

/// Both peers have the same interpreter, where there is one with uvloop: Pythons differ in speed.
fn interpreter_of(peer: Peer) -> Option<&'static str> {
    interpreter("uvloop").or_else(|| match peer {
        Peer::Uvloop => None,
        _ => interpreter("asyncio"),
    })
}

/// The first interpreter that has the module. Its `Runner`, of Python 3.11, is asked for as well.
fn interpreter(module: &str) -> Option<&'static str> {
    let wanted = format!("import {module}, asyncio; asyncio.Runner");
    INTERPRETERS.into_iter().find(|interpreter| {
        let status = Command::new(interpreter)
            .args(["-c", &wanted])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .status();
        status.is_ok_and(|status| status.success())
    })
}

fn missing(peer: Peer) -> &'static str {
    match peer {
        Peer::Uvloop => {
            "uvloop is not installed (apt install python3-uvloop, or pip install uvloop)"
        }
        _ => "there is no Python 3.11 or later (apt install python3)",
    }
}

fn program() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("python/worker.py")
}

#[cfg(unix)]
fn become_it(mut command: Command) -> ExitCode {
    use std::os::unix::process::CommandExt;
    let error = command.exec();
    eprintln!("{}: {error}", command.get_program().to_string_lossy());
    ExitCode::FAILURE
}

#[cfg(not(unix))]
fn become_it(mut command: Command) -> ExitCode {
    match command.status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(status) => ExitCode::from(
            status
                .code()
                .and_then(|code| code.try_into().ok())
                .unwrap_or(1),
        ),
        Err(error) => {
            eprintln!("{}: {error}", command.get_program().to_string_lossy());
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::TcpStream;
    use std::process::{Command, Stdio};

    use super::{interpreter, program};
    use crate::machine;
    use crate::scenario::Scenario;

    #[test]
    fn a_module_that_nobody_has_is_in_no_interpreter() {
        assert_eq!(interpreter("a_module_that_nobody_has"), None);
    }

    /// Long ones are left out: they would take seconds each and say no more.
    fn is_long(scenario: Scenario) -> bool {
        matches!(
            scenario,
            Scenario::Sleepers | Scenario::TaskBytes | Scenario::ConnBytes | Scenario::Sleep10Ms
        )
    }

    #[test]
    fn pythons_server_echoes_and_ends_with_its_input() {
        let Some(interpreter) = interpreter("asyncio") else {
            return;
        };
        let processor = machine::last_processor().to_string();
        let mut command = Command::new(interpreter);
        command.arg(program());
        command.args(["asyncio", Scenario::Echo100.name(), "serve", &processor]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("it was there just now");
        let mut line = String::new();
        let output = child.stdout.take().expect("it was asked for");
        BufReader::new(output).read_line(&mut line).expect("a port");
        let port: u16 = line.trim().parse().expect("it says its port");
        let mut client = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
        client.write_all(b"hello").expect("it reads");
        let mut answer = [0; 5];
        client.read_exact(&mut answer).expect("it answers");
        assert_eq!(&answer, b"hello");
        drop(child.stdin.take());
        let status = child.wait().expect("it ends with its input");
        assert!(status.success());
    }

    #[test]
    fn python_answers_a_turn_of_every_scenario_and_has_no_other() {
        // Where there is no Python there is no column either, and its cells say so.
        let Some(interpreter) = interpreter("asyncio") else {
            return;
        };
        let processor = machine::last_processor().to_string();
        let start = |name: &str| {
            let mut command = Command::new(interpreter);
            command.arg(program());
            command.args(["asyncio", name, "turns", &processor]);
            command.stdin(Stdio::piped()).stdout(Stdio::piped());
            command.spawn().expect("it was there just now")
        };
        for &scenario in Scenario::ALL {
            if is_long(scenario) || scenario == Scenario::Echo100 {
                continue;
            }
            let mut child = start(scenario.name());
            let output = child.stdout.take().expect("it was asked for");
            let mut lines = BufReader::new(output).lines();
            let mut line = || lines.next().expect("it answers").expect("in text");
            assert_eq!(line(), "ready", "{}", scenario.name());
            let mut questions = child.stdin.take().expect("it was asked for");
            questions.write_all(b"turn\n").expect("it listens");
            for sample in line().split(' ') {
                let sample: f64 = sample.parse().expect("a sample is a number");
                assert!(sample > 0.0, "{}", scenario.name());
            }
            drop(questions);
            let status = child.wait().expect("it ends with its input");
            assert!(status.success(), "{}", scenario.name());
        }
        let status = start("no_scenario").wait().expect("it ends at once");
        assert_eq!(status.code(), Some(i32::from(crate::worker::CANNOT)));
    }
}
