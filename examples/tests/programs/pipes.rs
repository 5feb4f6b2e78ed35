//! `| head`: what becomes of a program when nobody reads on.

use crate::program::program;
use std::process::Command;

/// Wait for clients or somebody at a keyboard, or want an argument. Each prints a line or two, and then nobody's pipe is in
/// their way.
const SERVERS_AND_CLIENTS: [&str; 6] = [
    "echo_server",
    "http_server",
    "http_client",
    "standard_input",
    "testapp",
    "testtls",
];

/// Is the README's first program, with std's `println!`, for its one line.
const ONE_LINE: &str = "hello";

#[test]
fn a_program_that_nobody_reads_on_ends_in_peace() {
    let manifest = include_str!("../../Cargo.toml");
    let examples = manifest.split("[[example]]\nname = \"").skip(1);
    let names = examples.filter_map(|example| example.split('"').next());
    let tried: Vec<&str> = names
        .filter(|name| !SERVERS_AND_CLIENTS.contains(name) && *name != ONE_LINE)
        .inspect(|name| ends_in_peace(Command::new(program(name))))
        .collect();
    assert!(tried.len() > 8, "the manifest lists examples: {tried:?}");
    ends_in_peace(Command::new(env!("CARGO_BIN_EXE_asyncio")));
    let mut one = Command::new(env!("CARGO_BIN_EXE_asyncio"));
    one.arg("005");
    ends_in_peace(one);
}

/// Runs a program whose output goes into a pipe that is broken from the start.
fn ends_in_peace(mut command: Command) {
    let (reader, writer) = std::io::pipe().expect("the system has a pipe for us");
    drop(reader);
    let name = format!("{:?}", command.get_program());
    let output = command.stdout(writer).output();
    let output = output.unwrap_or_else(|error| panic!("{name} does not start: {error}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {errors}");
    assert_eq!(errors, "", "{name}");
}
