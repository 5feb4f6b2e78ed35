//! Rust source cut into the headers of its items: what stands before each `{` or `;`, and inside of
//! what. Enough to find public items by, and nothing that needs a real parser.
//! Next: `public_async.rs`, which picks the items that await.

use crate::blank::{blank, is_identifier};

/// What stands before a `{` or `;` outside of all function bodies.
#[derive(Debug, PartialEq)]
pub(crate) struct Header {
    /// The text without attributes, with single spaces.
    pub(crate) text: String,
    /// The attributes, one after the other.
    pub(crate) attributes: String,
    /// The `impl`, `trait` or `mod` headers that it stands in, outermost first.
    pub(crate) inside: Vec<String>,
    /// What its braces hold, for a macro; nothing otherwise.
    pub(crate) body: String,
}

/// All headers of a file that may be public items, tests left out.
pub(crate) fn headers(text: &str) -> Vec<Header> {
    let chars: Vec<char> = blank(text).chars().collect();
    let mut found = Vec::new();
    read(&chars, &mut 0, &mut Vec::new(), &mut found);
    found
}

/// Reads up to the brace that closes what `inside` ends with.
fn read(chars: &[char], at: &mut usize, inside: &mut Vec<String>, found: &mut Vec<Header>) {
    let mut start = *at;
    let mut depth = 0;
    while let Some(&c) = chars.get(*at) {
        *at += 1;
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            ';' if depth == 0 => {
                found.push(header(&chars[start..*at - 1], inside));
                start = *at;
            }
            '{' if depth == 0 => {
                let mut header = header(&chars[start..*at - 1], inside);
                if header.text.starts_with("pin_project!") {
                    // What it holds stands there as if it were outside.
                    read(chars, at, inside, found);
                } else if header.holds_items() {
                    inside.push(header.text.clone());
                    found.push(header);
                    read(chars, at, inside, found);
                    inside.pop();
                } else {
                    header.body = skip_braces(chars, at);
                    found.push(header);
                }
                start = *at;
            }
            '}' if depth == 0 => return,
            _ => {}
        }
    }
}

impl Header {
    /// Whether items stand between its braces, and not code or fields.
    fn holds_items(&self) -> bool {
        let kind = without_visibility(&self.text);
        let is = |word: &str| {
            let rest = kind.strip_prefix(word);
            rest.is_some_and(|rest| !rest.starts_with(is_identifier))
        };
        let left_out = self.is_test() || self.is_hidden();
        !left_out && ["impl", "trait", "mod"].into_iter().any(is)
    }

    /// Whether it stands under `#[cfg(test)]`, or `#[cfg(all(test, …))]`.
    pub(crate) fn is_test(&self) -> bool {
        ["(test)", "(test,"]
            .iter()
            .any(|test| self.attributes.contains(test))
    }

    /// Whether it is left out of the documentation.
    pub(crate) fn is_hidden(&self) -> bool {
        self.attributes.contains("doc(hidden)")
    }
}

/// Cuts the leading `pub`, `pub(crate)` and the like off.
pub(crate) fn without_visibility(text: &str) -> &str {
    let Some(rest) = text.strip_prefix("pub") else {
        return text;
    };
    match (rest.strip_prefix(' '), rest.strip_prefix('(')) {
        (Some(rest), _) => rest,
        (None, Some(rest)) => rest.split_once(") ").map_or(text, |(_, rest)| rest),
        (None, None) => text,
    }
}

/// Takes the attributes off, and the line breaks out.
fn header(chars: &[char], inside: &[String]) -> Header {
    let (mut text, mut attributes) = (String::new(), String::new());
    let mut at = 0;
    while at < chars.len() {
        let length = attribute_length(&chars[at..]);
        attributes.extend(&chars[at..at + length]);
        at += length;
        text.extend(chars.get(at));
        at += 1;
    }
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    Header {
        text: words(&text),
        attributes: words(&attributes),
        inside: inside.to_vec(),
        body: String::new(),
    }
}

/// How long the attribute is that begins here; 0 if none does.
fn attribute_length(rest: &[char]) -> usize {
    if !matches!(rest, ['#', '[', ..] | ['#', '!', '[', ..]) {
        return 0;
    }
    let mut depth = 0;
    for (at, c) in rest.iter().enumerate() {
        match c {
            '[' => depth += 1,
            ']' if depth == 1 => return at + 1,
            ']' => depth -= 1,
            _ => {}
        }
    }
    rest.len()
}

/// Goes behind the brace that closes the one before, and gives what is between.
fn skip_braces(chars: &[char], at: &mut usize) -> String {
    let start = *at;
    let mut depth = 1;
    while *at < chars.len() && depth > 0 {
        match chars[*at] {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        *at += 1;
    }
    chars[start..*at - 1].iter().collect()
}
