//! Building another target of the workspace from a program that was itself started by cargo, and finding its file.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The `cargo` that started this program, or the one on the path.
pub fn cargo() -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    Command::new(program)
}

/// This package, so that cargo finds it from whatever folder the program is started in.
const PACKAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");

/// Runs `cargo build` with these arguments and returns the executable that it names last.
///
/// The errors are texts for people: what was run, and that it failed (cargo has said why on standard error).
pub fn build(arguments: &[&str]) -> Result<PathBuf, String> {
    let output = cargo()
        .args(["build", "--quiet", "--message-format=json"])
        .args(["--manifest-path", PACKAGE])
        .args(arguments)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cargo build {}: {error}", arguments.join(" ")))?;
    let messages = String::from_utf8_lossy(&output.stdout);
    match executable(&messages) {
        Some(path) if output.status.success() => Ok(PathBuf::from(path)),
        _ => Err(format!("cargo build {} failed", arguments.join(" "))),
    }
}

/// Reads the path of the last executable from cargo's messages, one JSON object a line.
///
/// One field of one message is not worth a JSON parser: paths with escapes in them are not understood.
fn executable(messages: &str) -> Option<&str> {
    const FIELD: &str = "\"executable\":\"";
    messages.lines().rev().find_map(|line| {
        let start = line.find(FIELD)? + FIELD.len();
        let length = line[start..].find('"')?;
        Some(&line[start..start + length])
    })
}

#[cfg(test)]
mod tests {
    use super::executable;

    #[test]
    fn the_last_executable_is_found_among_libraries() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","executable":"/t/first","fresh":true}"#,
            "\n",
            r#"{"reason":"compiler-artifact","executable":"/t/second","fresh":true}"#,
            "\n",
            r#"{"reason":"compiler-artifact","executable":null,"fresh":true}"#,
            "\n",
            r#"{"reason":"build-finished","success":true}"#,
        );
        assert_eq!(executable(messages), Some("/t/second"));
        assert_eq!(executable(r#"{"reason":"build-finished"}"#), None);
    }
}
