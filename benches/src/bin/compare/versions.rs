//! What was compared: the versions of the peers, from the lock file, and of the tools, from themselves.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::servers;

/// The packages that are peers or stand behind one.
const PACKAGES: [&str; 17] = [
    "oneloop",
    "tokio",
    "async-executor",
    "async-io",
    "futures",
    "monoio",
    "compio",
    "glommio",
    "hyper",
    "hyper-util",
    "actix-web",
    "reqwest",
    "rustls",
    "tokio-rustls",
    "mio",
    "mimalloc",
    "futures-util",
];

/// Names and versions for the head of the report.
pub(crate) fn all() -> Vec<(String, String)> {
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("Cargo.lock");
    let lock = fs::read_to_string(lock).unwrap_or_default();
    let package = |name: &&str| Some(format!("{name} {}", locked(&lock, name)?));
    let packages: Vec<String> = PACKAGES.iter().filter_map(package).collect();
    let rustc = said(Command::new("rustc").arg("--version"));
    let nginx = servers::nginx().and_then(|nginx| said(Command::new(nginx).arg("-v")));
    let tools = [
        said(Command::new("wrk").arg("--version")).map(|text| until(&text, " [")),
        nginx.map(|text| text.replace("nginx version: ", "")),
        said(Command::new("valgrind").arg("--version")),
        said(Command::new("strace").arg("-V")).map(|text| text.replace(" -- version", "")),
        said(Command::new("python3").arg("--version")),
    ];
    let tools: Vec<String> = tools.into_iter().flatten().collect();
    let rows = [
        ("compiler", rustc.unwrap_or_else(|| "unknown".to_string())),
        ("packages", packages.join(", ")),
        ("tools", tools.join(", ")),
    ];
    rows.map(|(what, version)| (what.to_string(), version))
        .into()
}

/// The first line that a program writes.
fn said(command: &mut Command) -> Option<String> {
    let output = command.output().ok()?;
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    Some(text.lines().next()?.trim().to_string())
}

fn until(text: &str, end: &str) -> String {
    text.split(end).next().unwrap_or(text).to_string()
}

/// The version of a package in the lock file; of several the last, which is the newest.
fn locked<'l>(lock: &'l str, name: &str) -> Option<&'l str> {
    let head = format!("name = \"{name}\"");
    let mut lines = lock.lines();
    let mut version = None;
    while let Some(line) = lines.next() {
        if line == head {
            version = lines
                .next()?
                .strip_prefix("version = \"")?
                .strip_suffix('"');
        }
    }
    version
}

#[cfg(test)]
mod tests {
    use super::locked;

    #[test]
    fn a_version_is_read_from_the_lock_file() {
        let lock = "[[package]]\nname = \"nix\"\nversion = \"0.26.4\"\n\n\
                    [[package]]\nname = \"nix\"\nversion = \"0.31.1\"\n\n\
                    [[package]]\nname = \"nixpkgs\"\nversion = \"7.0.0\"\n";
        assert_eq!(locked(lock, "nix"), Some("0.31.1"));
        assert_eq!(locked(lock, "tokio"), None);
    }
}
