//! Request heads: what is taken, and what is refused with which status.

use super::{Row, row};

/// A GET with these field lines behind its `Host`.
fn get(fields: &str) -> String {
    format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n")
}

/// A GET of this target.
fn target(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n")
}

/// A GET with this `Host`.
fn host(host: &str) -> String {
    format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")
}

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = request_lines();
    rows.extend(targets());
    rows.extend(fields());
    rows.extend(hosts());
    rows.extend(limits());
    rows
}

// One row a line reads better than what rustfmt would make of it.
#[rustfmt::skip]
fn request_lines() -> Vec<Row> {
    vec![
        row("plain", get(""), "GET /"),
        row("nothing", "", ""),
        row("two, pipelined", get("") + &get(""), "GET /; GET /"),
        row("cut in the method", "GE", "cut"),
        row("cut in a field", "GET / HTTP/1.1\r\nHost: a\r\nX: ", "cut"),
        row("cut before the last LF", "GET / HTTP/1.1\r\nHost: a\r\n\r", "cut"),
        row("HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n", "GET /"),
        row("one blank line before", "\r\n".to_owned() + &get(""), "GET /"),
        row("four blank lines before", "\r\n".repeat(4) + &get(""), "GET /"),
        row("five blank lines before", "\r\n".repeat(5) + &get(""), "400 TooManyBlankLines"),
        row("blank lines between requests", get("") + "\r\n\r\n" + &get(""), "GET /; GET /"),
        row("blank lines and no request", "\r\n\r\n", ""),
        row("a blank line of LF alone", "\n".to_owned() + &get(""), "400 BareLineFeed"),
        row("a CR alone before", "\rGET / HTTP/1.1\r\nHost: a\r\n\r\n", "400 BadRequestLine"),
        row("LF alone behind the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n", "400 BareLineFeed"),
        row("LF alone behind a field", "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", "400 BareLineFeed"),
        row("LF alone at the end", "GET / HTTP/1.1\r\nHost: a\r\n\n", "400 BareLineFeed"),
        row("LF alone everywhere", "GET / HTTP/1.1\nHost: a\n\n", "400 BareLineFeed"),
        row("CR alone behind the request line", "GET / HTTP/1.1\rHost: a\r\n\r\n", "400 BadRequestLine"),
        row("a TLS hello", &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..], "400 LooksLikeTls"),
        row("garbage without a line end", &b"\x00\x01\x02"[..], "400 BadRequestLine"),
        row("garbage with a line end", "garbage\r\n\r\n", "400 BadRequestLine"),
        row("HTTP/0.9", "GET /\r\n", "400 BadRequestLine"),
        row("HTTP/0.9 with a blank behind", "GET / \r\n", "400 BadRequestLine"),
        row("HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", "505 UnsupportedVersion"),
        row("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505 UnsupportedVersion"),
        row("HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", "505 UnsupportedVersion"),
        row("HTTP/0.9 written out", "GET / HTTP/0.9\r\nHost: a\r\n\r\n", "505 UnsupportedVersion"),
        row("a version in small letters", "GET / http/1.1\r\nHost: a\r\n\r\n", "400 BadRequestLine"),
        row("a version of two digits", "GET / HTTP/1.10\r\nHost: a\r\n\r\n", "400 BadRequestLine"),
        row("a version of one digit", "GET / HTTP/1\r\nHost: a\r\n\r\n", "400 BadRequestLine"),
        row("a version with a blank behind", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", "400 BadRequestLine"),
        row("another protocol", "GET / ICAP/1.0\r\nHost: a\r\n\r\n", "400 BadRequestLine"),
        row("two blanks before the target", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "400 BadRequestLine"),
        row("two blanks behind the target", "GET /  HTTP/1.1\r\nHost: a\r\n\r\n", "400 BadRequestLine"),
        row("tabs for blanks", "GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n", "400 BadRequestLine"),
        row("a blank before the method", " GET / HTTP/1.1\r\nHost: a\r\n\r\n", "400 BadRequestLine"),
        row("an unknown method", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", "BREW /"),
        row("a method in small letters", "get / HTTP/1.1\r\nHost: a\r\n\r\n", "get /"),
        row("a method of token characters", "!#$%&'*+-.^_`|~9Az / HTTP/1.1\r\nHost: a\r\n\r\n", "!#$%&'*+-.^_`|~9Az /"),
        row("a method that is no token", "GE(T / HTTP/1.1\r\nHost: a\r\n\r\n", "400 BadRequestLine"),
        row("a method beyond ASCII", "G\u{c9}T / HTTP/1.1\r\nHost: a\r\n\r\n", "400 BadRequestLine"),
        row("NUL in the method", "GE\0T / HTTP/1.1\r\nHost: a\r\n\r\n", "400 BadRequestLine"),
    ]
}

// One row a line reads better than what rustfmt would make of it.
#[rustfmt::skip]
fn targets() -> Vec<Row> {
    vec![
        row("a query", target("/a/b?c=d&e"), "GET /a/b?c=d&e"),
        row("an empty query", target("/?"), "GET /?"),
        row("two slashes", target("//a"), "GET //a"),
        row("percent signs are not judged here", target("/%zz%"), "GET /%zz%"),
        row("characters that browsers leave", target("/|\"^{}`<>\\[]"), "GET /|\"^{}`<>\\[]"),
        row("the absolute form", target("http://b.example/x?y"), "GET http://b.example/x?y"),
        row("the absolute form without path", target("http://b.example"), "GET http://b.example"),
        row("the absolute form with a port", target("http://[::1]:80/"), "GET http://[::1]:80/"),
        row("the absolute form without host", target("http:///x"), "400 BadTarget"),
        row("the absolute form with a user", target("http://u:p@b/x"), "400 BadTarget"),
        row("the absolute form of a wrong scheme", target("1http://b/x"), "400 BadTarget"),
        row("a target without slash", target("index.html"), "400 BadTarget"),
        row("host and port, but no CONNECT", target("b.example:80"), "400 BadTarget"),
        row("a star, but no OPTIONS", target("*"), "400 BadTarget"),
        row("OPTIONS of a star", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS *"),
        row("CONNECT", "CONNECT b.example:443 HTTP/1.1\r\nHost: b\r\n\r\n", "CONNECT b.example:443"),
        row("CONNECT without port", "CONNECT b.example HTTP/1.1\r\nHost: b\r\n\r\n", "400 BadTarget"),
        row("CONNECT without host", "CONNECT :443 HTTP/1.1\r\nHost: b\r\n\r\n", "400 BadTarget"),
        row("CONNECT of a path", "CONNECT / HTTP/1.1\r\nHost: b\r\n\r\n", "400 BadTarget"),
        row("a fragment", target("/a#b"), "400 BadTarget"),
        row("a target beyond ASCII", target("/caf\u{e9}"), "400 BadTarget"),
        row("a target that is not UTF-8", &b"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n"[..], "400 BadRequestLine"),
        row("NUL in the target", target("/a\0b"), "400 BadRequestLine"),
        row("DEL in the target", target("/a\x7fb"), "400 BadRequestLine"),
        row("CR in the target", target("/a\rb"), "400 BadRequestLine"),
        row("a tab in the target", target("/a\tb"), "400 BadRequestLine"),
    ]
}

// One row a line reads better than what rustfmt would make of it.
#[rustfmt::skip]
fn fields() -> Vec<Row> {
    vec![
        row("an empty value", get("X:\r\n"), "GET /"),
        row("a value of white space", get("X: \t \r\n"), "GET /"),
        row("no blank before the value", get("X:y\r\n"), "GET /"),
        row("white space around the value", get("X: \t y \t\r\n"), "GET /"),
        row("a tab within a value", get("X: y\tz\r\n"), "GET /"),
        row("octets beyond ASCII in a value", &b"GET / HTTP/1.1\r\nHost: a\r\nX: \xff\xc3\r\n\r\n"[..], "GET /"),
        row("a colon in a value", get("X: y: z\r\n"), "GET /"),
        row("a folded line", get("X: y\r\n z\r\n"), "400 FoldedLine"),
        row("a line folded by a tab", get("X: y\r\n\tz\r\n"), "400 FoldedLine"),
        row("the first line folded", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", "400 FoldedLine"),
        row("a folded Transfer-Encoding", get("Transfer-Encoding:\r\n chunked\r\n"), "400 FoldedLine"),
        row("a blank before the colon", get("X : y\r\n"), "400 BadFieldName"),
        row("a blank before Content-Length's colon", get("Content-Length : 5\r\n"), "400 BadFieldName"),
        row("a tab before the colon", get("X\t: y\r\n"), "400 BadFieldName"),
        row("a blank in the name", get("X Y: z\r\n"), "400 BadFieldName"),
        row("no name", get(": y\r\n"), "400 BadFieldName"),
        row("no colon", get("X\r\n"), "400 BadFieldName"),
        row("NUL in the name", get("X\0: y\r\n"), "400 BadFieldName"),
        row("a name beyond ASCII", get("\u{e9}: y\r\n"), "400 BadFieldName"),
        row("a name with an at sign", get("X@: y\r\n"), "400 BadFieldName"),
        row("NUL in a value", get("X: y\0z\r\n"), "400 BadFieldValue"),
        row("CR in a value", get("X: y\rz\r\n"), "400 BadFieldValue"),
        row("CR before the line end", get("X: y\r\r\n"), "400 BadFieldValue"),
        row("DEL in a value", get("X: y\x7f\r\n"), "400 BadFieldValue"),
        row("a form feed in a value", get("X: y\x0c\r\n"), "400 BadFieldValue"),
        row("a vertical tab before chunked", get("Transfer-Encoding: \x0bchunked\r\n"), "400 BadFieldValue"),
        row("the earlier fault is told: a bare LF before a fold", get("X: y\nZ: z\r\n z\r\n"), "400 BareLineFeed"),
        row("the earlier fault is told: the version before a fold", "GET / HTTP/2.0\r\n fold\r\n\r\n", "505 UnsupportedVersion"),
    ]
}

// One row a line reads better than what rustfmt would make of it.
#[rustfmt::skip]
fn hosts() -> Vec<Row> {
    vec![
        row("no Host", "GET / HTTP/1.1\r\n\r\n", "400 MissingHost"),
        row("no Host, absolute form", "GET http://b/ HTTP/1.1\r\n\r\n", "400 MissingHost"),
        row("two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", "400 RepeatedHost"),
        row("two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", "400 RepeatedHost"),
        row("an empty Host", host(""), "GET /"),
        row("a Host with port", host("a.example:8080"), "GET /"),
        row("a Host of IPv6", host("[2001:db8::1]:80"), "GET /"),
        row("a Host with a user", host("u@a"), "400 BadHost"),
        row("a Host with a path", host("a/b"), "400 BadHost"),
        row("a list of Hosts", host("a, b"), "400 BadHost"),
        row("a Host with a bad port", host("a:b"), "400 BadHost"),
        row("a Host of port alone", host(":80"), "400 BadHost"),
        row("a Host with an open bracket", host("[::1"), "400 BadHost"),
    ]
}

// One row a line reads better than what rustfmt would make of it.
#[rustfmt::skip]
fn limits() -> Vec<Row> {
    let long = |length: usize| "x".repeat(length);
    let many = |count: usize| {
        (0..count)
            .map(|number| format!("X-{number}: y\r\n"))
            .collect::<String>()
    };
    let method = |length: usize| format!("{} / HTTP/1.1\r\nHost: a\r\n\r\n", "M".repeat(length));
    // 10 octets of "Host: a" with CRLF and of the empty line, 6 of "X: " and CRLF, in four lines.
    let section = |length: usize| {
        let line = |value: usize| format!("X: {}\r\n", long(value));
        let quarter = (length - 11) / 4;
        get(&(line(quarter - 5).repeat(3) + &line(length - 11 - 3 * quarter - 5)))
    };
    vec![
        row("a target of 8,000", target(&("/".to_owned() + &long(7_999))), "GET 8000 octets"),
        row("a target beyond the limit", target(&("/".to_owned() + &long(8_192))), "414 TargetTooLong"),
        row("a target beyond the limit, cut", "GET /".to_owned() + &long(8_192), "414 TargetTooLong"),
        row("a target of 64 KiB", target(&("/".to_owned() + &long(65_536))), "414 TargetTooLong"),
        row("a target of 64 KiB with NUL at its end", target(&("/".to_owned() + &long(65_536) + "\0")), "414 TargetTooLong"),
        row("a short target with NUL at its end", target("/x\0"), "400 BadRequestLine"),
        row("a method of the limit", method(64), "64 octets /"),
        row("a method of 65", method(65), "501 MethodTooLong"),
        row("no line at all", long(300), "501 MethodTooLong"),
        row("a line that does not end", "GET / ".to_owned() + &long(300), "400 BadRequestLine"),
        row("a field line of 8 KiB", get(&format!("X: {}\r\n", long(8_189))), "GET /"),
        row("a field line of the limit", get(&format!("X: {}\r\n", long(16_381))), "GET /"),
        row("a field line beyond the limit", get(&format!("X: {}\r\n", long(16_382))), "431 FieldLineTooLong"),
        row("a field line beyond the limit, cut", format!("GET / HTTP/1.1\r\nX: {}", long(16_384)), "431 FieldLineTooLong"),
        row("a field line beyond the limit, ended by LF", get(&format!("X: {}\n", long(16_383))), "431 FieldLineTooLong"),
        row("a field line of the limit, ended by LF", get(&format!("X: {}\n", long(16_382))), "400 BareLineFeed"),
        row("a field line of 256 KiB", get(&format!("X: {}\r\n", long(262_144))), "431 FieldLineTooLong"),
        row("NUL behind the limit of a line", get(&format!("X: {}\0\r\n", long(20_000))), "431 FieldLineTooLong"),
        row("fields of 16 KiB", section(16_384), "GET /"),
        row("fields of the limit", section(65_536), "GET /"),
        row("fields beyond the limit", section(65_537), "431 FieldSectionTooLarge"),
        row("100 fields", get(&many(99)), "GET /"),
        row("128 fields", get(&many(127)), "GET /"),
        row("129 fields", get(&many(128)), "431 TooManyFields"),
        row("10,000 fields", get(&many(10_000)), "431 TooManyFields"),
        row("a fault behind the limit is not told", get(&(many(200) + "\0\r\n")), "431 TooManyFields"),
        row("64 fields, all that have room on the stack", get(&many(63)), "GET /"),
        row("65 fields, more than have room on the stack", get(&many(64)), "GET /"),
    ]
}
