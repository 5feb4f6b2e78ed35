//! `size` holds the promises about weight: how many bytes `echo_server` has when built small, that it carries
//! nothing that must be asked for, how many crates `oneloop-net` brings, and that the running server has one
//! thread.
//!
//! It ends with 0 when all of them hold, 1 when one does not, 2 when something could not be run.

#![forbid(unsafe_code)]

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitCode, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use oneloop_benches::cargo;

/// 380 KB: a mio and slab probe has 335, the same server on tokio 409.
const MOST_BYTES: u64 = 380 * 1024;

/// Crates in the tree of `oneloop-net`, itself included.
const MOST_CRATES: u64 = 12;

/// The kernel's count for the running server.
const MOST_THREADS: u64 = 1;

/// What only those say who were asked for: debug mode, a paused clock, the task tree. A server that asks
/// for none of them shall not carry their code.
const ASKED_FOR: [&str; 4] = [
    "held the loop for",
    "nothing can wake them",
    "the clock is paused",
    "see its own line",
];

/// How long the server may take to say where it listens and to answer.
const PATIENCE: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    match check() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("size: {error}");
            ExitCode::from(2)
        }
    }
}

fn check() -> Result<bool, String> {
    let server = cargo::build(&[
        "--package=oneloop-examples",
        "--example=echo_server",
        "--no-default-features",
        "--profile=small",
    ])?;
    let bytes = fs::metadata(&server)
        .map_err(|error| format!("{}: {error}", server.display()))?
        .len();
    let carried = carried_by(&server)?;
    let crates = crates_of("oneloop-net")?;
    let threads = threads_of(&server)?;
    let held = [
        report("echo_server, bytes", bytes, MOST_BYTES),
        report("echo_server, extras", carried.len() as u64, 0),
        report("oneloop-net, crates", crates.len() as u64, MOST_CRATES),
        report("echo_server, threads", threads, MOST_THREADS),
    ];
    for text in carried {
        println!("echo_server says \"{text}\", and nobody asked for that");
    }
    println!(
        "the crates: {}",
        crates.into_iter().collect::<Vec<_>>().join(", ")
    );
    Ok(held == [true; 4])
}

/// Prints one line of the result and says whether the limit is kept.
fn report(what: &str, measured: u64, most: u64) -> bool {
    let kept = measured <= most;
    println!(
        "{what:<22} {measured:>8}  at most {most:>8}  {}",
        if kept { "kept" } else { "MISSED" }
    );
    kept
}

/// Which texts are in a program that should not be.
fn carried_by(program: &Path) -> Result<Vec<&'static str>, String> {
    let bytes = fs::read(program).map_err(|error| format!("{}: {error}", program.display()))?;
    let has = |text: &&str| {
        let mut places = bytes.windows(text.len());
        places.any(|place| place == text.as_bytes())
    };
    Ok(ASKED_FOR.into_iter().filter(has).collect())
}

/// The crates that a user of `package` builds, itself included.
fn crates_of(package: &str) -> Result<BTreeSet<String>, String> {
    let output = cargo::cargo()
        .args([
            "tree",
            "--edges=normal",
            "--prefix=none",
            "--package",
            package,
        ])
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cargo tree: {error}"))?;
    if !output.status.success() {
        return Err("cargo tree failed".to_string());
    }
    let tree = String::from_utf8_lossy(&output.stdout);
    // A line is `name v1.2.3 (where from)`, and a crate used twice is there twice.
    let crates: BTreeSet<String> = tree
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some(format!("{} {}", words.next()?, words.next()?))
        })
        .collect();
    if crates.is_empty() {
        return Err("cargo tree named no crate".to_string());
    }
    Ok(crates)
}

/// Starts the server, has it echo once, and counts its threads while the connection is open.
fn threads_of(server: &Path) -> Result<u64, String> {
    let mut child = Command::new(server)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{}: {error}", server.display()))?;
    let counted = count_while_echoing(&mut child);
    // It serves until it is stopped; that it may have ended already is no matter.
    let _ = child.kill();
    let _ = child.wait();
    counted
}

fn count_while_echoing(child: &mut Child) -> Result<u64, String> {
    let output = child
        .stdout
        .take()
        .ok_or("the server's output is not piped")?;
    let address = listening_address(output)?;
    echo_once(address).map_err(|error| format!("echo over {address}: {error}"))?;
    let tasks = format!("/proc/{}/task", child.id());
    let threads = fs::read_dir(&tasks).map_err(|error| format!("{tasks}: {error}"))?;
    Ok(threads.count() as u64)
}

/// Waits for the line in which the server says where it listens.
fn listening_address(output: ChildStdout) -> Result<SocketAddr, String> {
    let (sender, receiver) = mpsc::channel();
    // A read of a pipe has no time limit, so a thread reads and we wait for it; killing the server ends it.
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if let Some(address) = address_in(&line) {
                // Nobody listens any more only if we gave up.
                let _ = sender.send(address);
            }
        }
    });
    receiver
        .recv_timeout(PATIENCE)
        .map_err(|_| "the server did not say where it listens".to_string())
}

/// Finds `127.0.0.1:4321` among the words of a line, as a URL too.
fn address_in(line: &str) -> Option<SocketAddr> {
    line.split_whitespace().find_map(|word| {
        let word = word.rsplit('/').next()?;
        word.trim_matches(|c: char| !c.is_ascii_alphanumeric())
            .parse()
            .ok()
    })
}

fn echo_once(address: SocketAddr) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(b"ping\n")?;
    let mut echoed = [0; 5];
    stream.read_exact(&mut echoed)?;
    if echoed == *b"ping\n" {
        Ok(())
    } else {
        Err(std::io::Error::other("it answered something else"))
    }
}

#[cfg(test)]
mod tests {
    use super::{ASKED_FOR, address_in};
    use std::fs;
    use std::path::Path;

    /// All of the library's code in one text.
    fn sources_in(folder: &Path, text: &mut String) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => sources_in(&path, text),
                false => *text += &fs::read_to_string(path).unwrap(),
            }
        }
    }

    #[test]
    fn what_a_server_must_not_say_is_what_the_library_says() {
        let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime/src");
        let mut text = String::new();
        sources_in(&runtime, &mut text);
        for said in ASKED_FOR {
            assert!(text.contains(said), "nobody says \"{said}\" any more");
        }
    }

    #[test]
    fn the_address_is_found_in_a_sentence() {
        let address = "127.0.0.1:4321".parse().ok();
        assert_eq!(address_in("listening on 127.0.0.1:4321"), address);
        assert_eq!(
            address_in("Listening on 127.0.0.1:4321, stop me with Ctrl-C."),
            address
        );
        assert_eq!(address_in("serving tcp://127.0.0.1:4321"), address);
        assert_eq!(address_in("hello at 12:30"), None);
    }
}
