//! Rust text without its comments and the insides of its literals, for those who look for code in it:
//! `source.rs` beside this, and `../every_await/` for its list of public items.

/// Replaces comments and the insides of string and character literals by spaces; lines stay.
pub(crate) fn blank(text: &str) -> String {
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

pub(crate) fn is_identifier(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
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
}
