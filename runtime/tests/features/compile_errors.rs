//! What the compiler refuses, with its words checked: the examples in the docs that must not
//! compile, if they name an error, fail by that error and no other. (`rustdoc` itself looks at the
//! number on nightly only.)

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The example of `file` that is fenced by `compile_fail,ERROR`, as a program.
fn example(file: &str, error: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let text = fs::read_to_string(path).unwrap();
    let fence = format!("```compile_fail,{error}");
    let lines = text.lines().map(|line| {
        let comment = line.trim_start().trim_start_matches(['/', '!']);
        comment.strip_prefix(' ').unwrap_or(comment)
    });
    let code: Vec<&str> = lines
        .skip_while(|line| *line != fence)
        .skip(1)
        .take_while(|line| *line != "```")
        .collect();
    assert!(!code.is_empty(), "{file} has no example of {error}");
    format!("fn main() {{\n{}\n}}\n", code.join("\n"))
}

/// What rustc says of a program that needs nothing but std.
fn compile(name: &str, code: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let file = folder.join(format!("{name}.rs"));
    fs::write(&file, code).unwrap();
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .args(["--edition=2024", "--emit=metadata", "--color=never"])
        .arg("--out-dir")
        .arg(&folder)
        .arg(&file)
        .output()
        .expect("cargo found a rustc, so there is one");
    assert!(!output.status.success(), "it compiles:\n{code}");
    String::from_utf8(output.stderr).unwrap()
}

/// The errors by number, without the warnings.
fn numbers(text: &str) -> Vec<&str> {
    text.lines()
        .filter_map(|line| line.strip_prefix("error[")?.split(']').next())
        .collect()
}

/// Feature row 4.
#[test]
fn await_outside_of_async_code_is_refused() {
    let text = compile("await_outside", &example("src/task/mod.rs", "E0728"));
    assert_eq!(numbers(&text), ["E0728"], "{text}");
    assert!(text.contains("`await` is only allowed inside `async` functions and blocks"));
}

/// Feature row 148.
#[test]
fn awaiting_what_is_no_future_is_refused_and_the_compiler_says_so() {
    let text = compile("await_a_number", &example("src/task/mod.rs", "E0277"));
    assert_eq!(numbers(&text), ["E0277"], "{text}");
    assert!(text.contains("`{integer}` is not a future"), "{text}");
    assert!(text.contains("IntoFuture"), "{text}");
}

/// `race((a, b))`, as `gather` has it: what takes one type says where different ones go.
#[test]
fn a_tuple_where_one_type_is_wanted_is_refused_and_the_compiler_names_the_cure() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/combine/several.rs");
    let head = format!("#[path = {file:?}]\nmod several;\n");
    let call = "fn race<F>(_: impl several::Several<F>) {}\nfn main() { race((1, 'b')) }\n";
    let text = compile("race_a_tuple", &(head + call));
    assert_eq!(numbers(&text), ["E0277"], "{text}");
    for words in [
        "`({integer}, char)` is not several futures of one type",
        "an array `[a, b]`, a `Vec` or an iterator, and no tuple",
        "`select! { x = a => .., y = b => .. }`",
        "`gather((a, b))`",
        "`wait([create_task(a), create_task(b)])`",
    ] {
        assert!(text.contains(words), "no {words} in {text}");
    }
    // The three take what has these words.
    for file in ["race", "as_completed", "wait"] {
        let path = format!("{}/src/combine/{file}.rs", env!("CARGO_MANIFEST_DIR"));
        let source = fs::read_to_string(path).unwrap();
        assert!(source.contains(": impl Several<"), "{file}");
    }
}
