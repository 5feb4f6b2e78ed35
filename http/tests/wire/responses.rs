//! Responses: heads, and where their bodies end.

use super::{Row, row};

/// A 200 with these field lines and this body.
fn ok(fields: &str, body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\n{fields}\r\n{body}")
}

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = heads();
    rows.extend(lengths());
    rows
}

// One row a line reads better than what rustfmt would make of it.
#[rustfmt::skip]
fn heads() -> Vec<Row> {
    let long = |length: usize| "x".repeat(length);
    vec![
        row("no reason", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", "200"),
        row("no reason and no blank", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", "200"),
        row("a reason beyond ASCII", &b"HTTP/1.1 200 Gr\xfc\xdfe\r\nContent-Length: 0\r\n\r\n"[..], "200"),
        row("interim answers come first", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\ny", "100; 103; 200 [y]"),
        row("HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\ny", "200 [y]"),
        row("a status of nobody", "HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n", "999"),
        row("a status below 100", "HTTP/1.1 099 Odd\r\n\r\n", "400 BadStatusLine"),
        row("a status of four digits", "HTTP/1.1 2000 OK\r\n\r\n", "400 BadStatusLine"),
        row("a status of two digits", "HTTP/1.1 20 OK\r\n\r\n", "400 BadStatusLine"),
        row("a status that is no number", "HTTP/1.1 abc OK\r\n\r\n", "400 BadStatusLine"),
        row("two blanks before the status", "HTTP/1.1  200 OK\r\n\r\n", "400 BadStatusLine"),
        row("no blank behind the status", "HTTP/1.1 200OK\r\n\r\n", "400 BadStatusLine"),
        row("NUL in the reason", "HTTP/1.1 200 O\0K\r\n\r\n", "400 BadStatusLine"),
        row("HTTP/2.0", "HTTP/2.0 200 OK\r\n\r\n", "505 UnsupportedVersion"),
        row("another protocol", "ICY 200 OK\r\n\r\n", "400 BadStatusLine"),
        row("garbage without a line end", "SSH-2.0", "400 BadStatusLine"),
        row("a blank line before", "\r\nHTTP/1.1 200 OK\r\n\r\n", "400 BadStatusLine"),
        row("stray octets behind a body", ok("Content-Length: 1\r\n", "yz"), "200 [y]; 400 BadStatusLine"),
        row("LF alone behind the status line", "HTTP/1.1 200 OK\n\r\n", "400 BareLineFeed"),
        row("LF alone behind a field", "HTTP/1.1 200 OK\r\nX: y\n\r\n", "400 BareLineFeed"),
        row("a folded line", ok("X: y\r\n z\r\n", ""), "400 FoldedLine"),
        row("a blank before the colon", ok("Content-Length : 1\r\n", "y"), "400 BadFieldName"),
        row("NUL in a value", ok("X: \0\r\n", ""), "400 BadFieldValue"),
        row("a status line beyond the limit", format!("HTTP/1.1 200 {}\r\n\r\n", long(17_000)), "431 FieldLineTooLong"),
        row("a field beyond the limit", ok(&format!("X: {}\r\n", long(17_000)), ""), "431 FieldLineTooLong"),
        row("too many fields", ok(&"X: y\r\n".repeat(129), ""), "431 TooManyFields"),
        row("cut in the head", "HTTP/1.1 200 OK\r\nX", "cut"),
    ]
}

// One row a line reads better than what rustfmt would make of it.
#[rustfmt::skip]
fn lengths() -> Vec<Row> {
    vec![
        row("Content-Length", ok("Content-Length: 5\r\n", "Hello"), "200 [Hello]"),
        row("Content-Length of 0", ok("Content-Length: 0\r\n", ""), "200"),
        row("a body cut short", ok("Content-Length: 5\r\n", "Hell"), "200; Incomplete"),
        row("until close", ok("", "Hello"), "200 [Hello] until close"),
        row("until close, empty", ok("", ""), "200 until close"),
        row("until close, too large", ok("", &"x".repeat(100_001)), "200; 413 TooLarge"),
        row("until close, of the limit", ok("", &"x".repeat(100_000)), "200 [100000 octets] until close"),
        row("chunked", ok("Transfer-Encoding: chunked\r\n", "5\r\nHello\r\n0\r\n\r\n"), "200 [Hello]"),
        row("chunked, cut in a chunk", ok("Transfer-Encoding: chunked\r\n", "5\r\nHel"), "200; Incomplete"),
        row("chunked, cut before the last chunk", ok("Transfer-Encoding: chunked\r\n", "5\r\nHello\r\n"), "200; Incomplete"),
        row("chunked, cut before the last LF", ok("Transfer-Encoding: chunked\r\n", "0\r\n\r"), "200; Incomplete"),
        row("HEAD with a length", "HEAD: HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", "200; 200"),
        row("HEAD with chunked", "HEAD: HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "200"),
        row("HEAD with both", "HEAD: HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", "200"),
        row("204 with a length", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", "204; 204"),
        row("304 with chunked", "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\nHTTP/1.1 304 Not Modified\r\n\r\n", "304; 304"),
        row("101 has no body", "HTTP/1.1 101 Switching Protocols\r\nContent-Length: 5\r\n\r\n", "101"),
        row("CONNECT that worked", "CONNECT: HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n\x16\x03", "200; tunnel"),
        row("CONNECT that failed", "CONNECT: HTTP/1.1 407 No\r\nContent-Length: 1\r\n\r\ny", "407 [y]"),
        row("two lengths that differ", ok("Content-Length: 5\r\nContent-Length: 6\r\n", "Hello"), "200; 400 RepeatedLength"),
        row("two lengths alike", ok("Content-Length: 5\r\nContent-Length: 5\r\n", "Hello"), "200; 400 RepeatedLength"),
        row("a list of lengths", ok("Content-Length: 5, 5\r\n", "Hello"), "200; 400 BadLength"),
        row("a negative length", ok("Content-Length: -5\r\n", ""), "200; 400 BadLength"),
        row("chunked beside a length", ok("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", ""), "200; 400 EncodingWithLength"),
        row("chunked in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "200; 400 EncodingInHttp10"),
        row("gzip alone", ok("Transfer-Encoding: gzip\r\n", "x"), "200; 400 BadEncoding"),
        row("gzip, then chunked", ok("Transfer-Encoding: gzip, chunked\r\n", ""), "200; 501 UnknownEncoding"),
    ]
}
