//! One Rust file as the rules see it: each line as written, and once more with comments and the
//! insides of literals blanked out, so that a word in a sentence is never taken for code.
//! Next: `blank.rs`, which blanks them; `rules.rs`, the rules that look at one line at a time.

use crate::blank::{blank, is_identifier};

/// A file under its path from the top of the workspace, with `/` between the parts.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) lines: Vec<Line>,
}

/// One line of a [`Source`].
pub(crate) struct Line {
    /// The line as it stands in the file.
    pub(crate) raw: String,
    /// The same length, with comments and the insides of strings replaced by spaces.
    pub(crate) code: String,
    /// Whether the line belongs to an item under `#[cfg(test)]` or to a file of tests.
    pub(crate) in_tests: bool,
}

/// What a rule found, ready to be printed.
#[derive(Debug, PartialEq)]
pub(crate) struct Finding {
    pub(crate) place: String,
    pub(crate) text: String,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Source {
        let code = blank(text);
        let whole_file = path.contains("/tests/") || path.ends_with("/tests.rs");
        let mut lines: Vec<Line> = text
            .lines()
            .zip(code.lines())
            .map(|(raw, code)| Line {
                raw: raw.to_string(),
                code: code.to_string(),
                in_tests: whole_file,
            })
            .collect();
        mark_test_items(&mut lines);
        Source {
            path: path.to_string(),
            lines,
        }
    }

    /// The package folder: `runtime`, `net`, `http`, `examples` or `benches`.
    pub(crate) fn package(&self) -> &str {
        self.path.split('/').next().unwrap_or_default()
    }

    /// Whether this is a source file of one of the three libraries.
    pub(crate) fn in_library(&self) -> bool {
        ["runtime/src/", "net/src/", "http/src/"]
            .iter()
            .any(|folder| self.path.starts_with(folder))
    }

    /// A finding at the given line, counted from 0 here and from 1 in the text.
    pub(crate) fn finding(&self, line: usize, text: impl Into<String>) -> Finding {
        Finding {
            place: format!("{}:{}", self.path, line + 1),
            text: text.into(),
        }
    }

    /// Finds every line of code, tests left out when `tests` is false, for which `bad` is true.
    pub(crate) fn find(&self, tests: bool, text: &str, bad: impl Fn(&str) -> bool) -> Vec<Finding> {
        let wanted = |line: &Line| (tests || !line.in_tests) && bad(&line.code);
        (self.lines.iter().enumerate())
            .filter(|(_, line)| wanted(line))
            .map(|(number, _)| self.finding(number, text))
            .collect()
    }
}

/// Whether `word` stands in `code` as a whole identifier.
pub(crate) fn has_word(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(start, _)| {
        let before = code[..start].chars().next_back();
        let after = code[start + word.len()..].chars().next();
        !before.is_some_and(is_identifier) && !after.is_some_and(is_identifier)
    })
}

/// Marks each item that stands under `#[cfg(test)]`, to its closing brace or semicolon.
fn mark_test_items(lines: &mut [Line]) {
    let mut number = 0;
    while number < lines.len() {
        let code = &lines[number].code;
        let starts =
            code.contains("#[cfg(") && has_word(code, "test") && !code.contains("not(test)");
        if !starts {
            number += 1;
            continue;
        }
        let (mut depth, mut ended) = (0, false);
        while number < lines.len() && !ended {
            let line = &mut lines[number];
            line.in_tests = true;
            for c in line.code.chars() {
                match c {
                    '{' | '(' | '[' => depth += 1,
                    '}' | ')' | ']' => depth -= 1,
                    _ => {}
                }
                ended |= depth == 0 && matches!(c, '}' | ';');
            }
            number += 1;
        }
    }
}

mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_only_as_a_whole() {
        assert!(has_word("x = unsafe {", "unsafe"));
        assert!(!has_word("forbid(unsafe_code)", "unsafe"));
        assert!(!has_word("amio::x", "mio"));
    }

    #[test]
    fn items_under_cfg_test_are_marked_to_their_end() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n  fn b() {}\n}\nfn c() {}\n#[cfg(all(test, not(loom)))]\nuse x;\nfn d() {}";
        let source = Source::new("net/src/a.rs", text);
        let marked: Vec<bool> = source.lines.iter().map(|line| line.in_tests).collect();
        let (yes, no) = (true, false);
        assert_eq!(marked, [no, yes, yes, yes, yes, no, yes, yes, no]);
    }
}
