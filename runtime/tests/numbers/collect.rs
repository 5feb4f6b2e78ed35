//! Finds the lines that carry numbers in one file, and what they belong to.

use std::fmt;

/// Which list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Feature,
    Pain,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Feature => "feature row",
            Kind::Pain => "pain",
        })
    }
}

/// A number, and where it is shown.
#[derive(Debug, PartialEq)]
pub(crate) struct Shown {
    pub(crate) kind: Kind,
    pub(crate) number: u32,
    /// The file, and the test or the line.
    pub(crate) place: String,
    /// By words alone.
    pub(crate) by_docs: bool,
    /// By a program of `examples/`, as a whole.
    pub(crate) by_program: bool,
}

/// The numbers that a file carries, or what is wrong with a line that carries some.
pub(crate) fn numbers_in(file: &str, text: &str) -> Vec<Result<Shown, String>> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let Some(comment) = comment(line) else {
            continue;
        };
        let at = format!("{file}:{}", index + 1);
        let (kind, numbers) = match parse(comment) {
            None => continue,
            Some(Ok(numbers)) => numbers,
            Some(Err(())) => {
                found.push(Err(format!(
                    "{at}: numbers, but not in the form: {comment}"
                )));
                continue;
            }
        };
        let is_head = line.starts_with("//!");
        let (place, by_docs, by_program) = match test_below(&lines[index..]) {
            Some(test) => (format!("{file} {test}"), false, false),
            None if file.starts_with("examples/") && is_head => (at, false, true),
            None if file.contains("/src/") && line.contains("<!--") => (at, true, false),
            None => {
                found.push(Err(format!("{at}: numbers that no test stands below")));
                continue;
            }
        };
        for number in numbers {
            found.push(Ok(Shown {
                kind,
                number,
                place: place.clone(),
                by_docs,
                by_program,
            }));
        }
    }
    found
}

/// The text of a line that is nothing but a comment.
fn comment(line: &str) -> Option<&str> {
    let text = line.strip_prefix("//")?;
    let text = text.strip_prefix(['/', '!']).unwrap_or(text).trim();
    let hidden = text
        .strip_prefix("<!--")
        .and_then(|text| text.strip_suffix("-->"));
    Some(hidden.unwrap_or(text).trim())
}

/// The numbers of `Feature rows 1, 2.` or the like; `None` if the comment is about something else.
fn parse(comment: &str) -> Option<Result<(Kind, Vec<u32>), ()>> {
    let kinds = [
        ("Feature rows ", Kind::Feature),
        ("Feature row ", Kind::Feature),
        ("Pains ", Kind::Pain),
        ("Pain ", Kind::Pain),
    ];
    let (rest, kind) = kinds
        .into_iter()
        .find_map(|(word, kind)| Some((comment.strip_prefix(word)?, kind)))?;
    if !rest.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let numbers = rest.strip_suffix('.').map(|list| {
        let numbers = list.split(", ").map(|number| number.parse::<u32>().ok());
        numbers.collect::<Option<Vec<u32>>>()
    });
    Some(numbers.flatten().map(|numbers| (kind, numbers)).ok_or(()))
}

/// The name of the test function below these comments and attributes.
fn test_below(lines: &[&str]) -> Option<String> {
    let mut is_test = false;
    for line in lines {
        if line.starts_with("//") && !line.starts_with("//!") || line.starts_with("#[") {
            is_test |= *line == "#[test]";
            continue;
        }
        let name = line.split_once("fn ")?.1.split('(').next()?;
        return is_test.then(|| name.to_string());
    }
    None
}

#[test]
fn numbers_are_found_where_they_stand_and_nowhere_else() {
    let found = |file: &str, text: &str| {
        let numbers = numbers_in(file, text).into_iter();
        let numbers: Result<Vec<_>, _> = numbers
            .map(|shown| shown.map(|shown| (shown.kind, shown.number, shown.by_docs)))
            .collect();
        numbers.map_err(|_| ())
    };
    let test = "/// Text.\n///\n/// Feature rows 3, 142.\n/// Pain 5.\n#[test]\nfn name() {";
    let expected = [
        (Kind::Feature, 3, false),
        (Kind::Feature, 142, false),
        (Kind::Pain, 5, false),
    ];
    assert_eq!(found("net/tests/a.rs", test), Ok(expected.to_vec()));
    let place = numbers_in("a.rs", test).remove(0).unwrap().place;
    assert_eq!(place, "a.rs name");
    let head = "//! Says something.\n//!\n//! Feature row 1.\n\nfn main() {";
    let one = vec![(Kind::Feature, 1, false)];
    assert_eq!(found("examples/a.rs", head), Ok(one));
    let docs = "//! - It cannot happen.\n//!   <!-- Pain 18. -->\n";
    assert_eq!(
        found("runtime/src/lib.rs", docs),
        Ok(vec![(Kind::Pain, 18, true)])
    );

    // Not above a test, not in the form, not in a comment.
    let helper = "/// Pain 5.\nfn helper() {\n#[test]\nfn test() {";
    assert_eq!(found("net/tests/a.rs", helper), Err(()));
    assert_eq!(found("runtime/src/lib.rs", "//! Pain 18.\n"), Err(()));
    for wrong in [
        "Pain 5",
        "Pains 1 and 2.",
        "Pain 1,2.",
        "Feature row 3: text.",
    ] {
        let text = format!("/// {wrong}\n#[test]\nfn test() {{");
        assert_eq!(found("net/tests/a.rs", &text), Err(()), "{wrong}");
    }
    let code = "let text = \"/// Pain 5.\"; // Pains hurt.\n";
    assert_eq!(found("net/tests/a.rs", code), Ok(Vec::new()));
}
