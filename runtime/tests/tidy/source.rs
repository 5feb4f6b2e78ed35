//! One Rust file as the rules see it: each line as written, and once more with comments and the
//! insides of literals blanked out, so that a word in a sentence is never taken for code.
//! Next: `rules.rs`, the rules that look at one line at a time.

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

pub(crate) fn is_identifier(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Replaces comments and the insides of string and character literals by spaces; lines stay.
fn blank(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let rest = &chars[at..];
        let length = match rest {
            ['/', '/', ..] => rest.iter().position(|&c| c == '\n').unwrap_or(rest.len()),
            ['/', '*', ..] => block_comment_length(rest),
            ['\'', '\\', ..] => 3 + rest[3..].iter().position(|&c| c == '\'').unwrap_or(0) + 1,
            ['\'', _, '\'', ..] => 3,
            ['"', ..] => string_length(rest),
            ['r', ..] if !out.ends_with(is_identifier) || prefixed(&out) => raw_string_length(rest),
            _ => 0,
        };
        if length == 0 {
            out.push(chars[at]);
            at += 1;
            continue;
        }
        let end = (at + length).min(chars.len());
        for &c in &chars[at..end] {
            out.push(if c == '\n' { '\n' } else { ' ' });
        }
        at = end;
    }
    out
}

/// Whether the text ends with a lone `b` or `c`, the prefix of a raw byte or C string.
fn prefixed(out: &str) -> bool {
    let mut back = out.chars().rev();
    matches!(back.next(), Some('b' | 'c')) && !back.next().is_some_and(is_identifier)
}

fn block_comment_length(rest: &[char]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        match rest[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn string_length(rest: &[char]) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    at
}

/// The length of a raw string that starts here, or 0 if what starts here is a plain name.
fn raw_string_length(rest: &[char]) -> usize {
    let hashes = rest[1..].iter().take_while(|&&c| c == '#').count();
    if rest.get(1 + hashes) != Some(&'"') {
        return 0;
    }
    let mut at = hashes + 2;
    while at < rest.len() {
        let closes = rest[at] == '"' && rest[at + 1..].iter().take(hashes).all(|&c| c == '#');
        if closes && rest.len() > at + hashes {
            return at + 1 + hashes;
        }
        at += 1;
    }
    at
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
    fn comments_and_literals_are_blanked_and_lengths_stay() {
        for (text, left) in [
            ("a // unsafe\nb", "a b"),
            ("a /* x /* y */ unsafe */ b", "a b"),
            (r#"f("unsafe \" x") y"#, "f( ) y"),
            (r##"r#"unsafe "x""# y"##, "y"),
            (r#"br"unsafe" y"#, "b y"),
            ("'\"' unsafe", "unsafe"),
            (r"'\'' unsafe", "unsafe"),
            (r"'\\' unsafe", "unsafe"),
            ("&'a str 'b'", "&'a str"),
            ("for r in x", "for r in x"),
        ] {
            let code = blank(text);
            let words: Vec<&str> = code.split_whitespace().collect();
            assert_eq!(
                (words.join(" "), code.len()),
                (left.to_string(), text.len()),
                "{text}"
            );
        }
    }

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
