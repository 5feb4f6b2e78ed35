//! Request bodies: the framing rules, and the chunked coding octet by octet.

use super::{Row, row};

/// A POST with these field lines, then this behind the head.
fn post(fields: &str, body: &str) -> String {
    format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n{body}")
}

fn length(value: &str, body: &str) -> String {
    post(&format!("Content-Length: {value}\r\n"), body)
}

fn encoding(value: &str) -> String {
    post(&format!("Transfer-Encoding: {value}\r\n"), "0\r\n\r\n")
}

fn chunks(body: &str) -> String {
    post("Transfer-Encoding: chunked\r\n", body)
}

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = lengths();
    rows.extend(encodings());
    rows.extend(chunked());
    rows.extend(chunked_limits());
    rows.extend(trailers());
    rows
}

// One row a line reads better than what rustfmt would make of it.
#[rustfmt::skip]
fn lengths() -> Vec<Row> {
    vec![
        row("no length is no body", post("", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"), "POST /; GET /"),
        row("a length", length("5", "Hello"), "POST / [Hello]"),
        row("a length of 0", length("0", ""), "POST /"),
        row("a length with zeros before", length("0005", "Hello"), "POST / [Hello]"),
        row("a body and the next request", length("5", "HelloGET / HTTP/1.0\r\n\r\n"), "POST / [Hello]; GET /"),
        row("a GET with a body", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi", "GET / [hi]"),
        row("a body cut short", length("6", "Hello"), "POST /; Incomplete"),
        row("a body that never began", length("6", ""), "POST /; Incomplete"),
        row("a length beyond the limit", length("100001", ""), "POST /; 413 TooLarge"),
        row("a length of the limit", length("100000", "x"), "POST /; Incomplete"),
        row("a plus sign", length("+5", "Hello"), "POST /; 400 BadLength"),
        row("a minus sign", length("-5", "Hello"), "POST /; 400 BadLength"),
        row("a hexadecimal length", length("0x5", "Hello"), "POST /; 400 BadLength"),
        row("letters", length("five", "Hello"), "POST /; 400 BadLength"),
        row("nothing", length("", ""), "POST /; 400 BadLength"),
        row("an underscore", length("1_0", ""), "POST /; 400 BadLength"),
        row("a fraction", length("5.0", "Hello"), "POST /; 400 BadLength"),
        row("a blank within", length("1 5", "Hello"), "POST /; 400 BadLength"),
        row("digits of another script", length("\u{665}", "Hello"), "POST /; 400 BadLength"),
        row("2^64 + 5, which could become 5", length("18446744073709551621", "Hello"), "POST /; 400 BadLength"),
        row("2^64, which could become 0", length("18446744073709551616", ""), "POST /; 400 BadLength"),
        row("2^64 - 1", length("18446744073709551615", ""), "POST /; 413 TooLarge"),
        row("a hundred digits", length(&"9".repeat(100), ""), "POST /; 400 BadLength"),
        row("two lengths that differ", post("Content-Length: 5\r\nContent-Length: 6\r\n", "Hello"), "POST /; 400 RepeatedLength"),
        row("two lengths alike", post("Content-Length: 5\r\ncontent-length: 5\r\n", "Hello"), "POST /; 400 RepeatedLength"),
        row("a list of lengths", length("5,5", "Hello"), "POST /; 400 BadLength"),
        row("another field between two lengths", post("Content-Length: 5\r\nX: y\r\nContent-Length: 0\r\n", "Hello"), "POST /; 400 RepeatedLength"),
    ]
}

// One row a line reads better than what rustfmt would make of it.
#[rustfmt::skip]
fn encodings() -> Vec<Row> {
    vec![
        row("chunked", encoding("chunked"), "POST /"),
        row("chunked in capitals", encoding("CHUNKED"), "POST /"),
        row("chunked beside a length", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"), "POST /; 400 EncodingWithLength"),
        row("a length beside chunked", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), "POST /; 400 EncodingWithLength"),
        row("a bad length beside a bad coding", post("Content-Length: x\r\nTransfer-Encoding: x\r\n", ""), "POST /; 400 EncodingWithLength"),
        row("gzip", encoding("gzip"), "POST /; 400 BadEncoding"),
        row("gzip, then chunked", encoding("gzip, chunked"), "POST /; 501 UnknownEncoding"),
        row("gzip, then chunked, in two lines", post("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", ""), "POST /; 501 UnknownEncoding"),
        row("chunked, then gzip", encoding("chunked, gzip"), "POST /; 400 BadEncoding"),
        row("chunked twice", encoding("chunked, chunked"), "POST /; 400 BadEncoding"),
        row("chunked twice, in two lines", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", ""), "POST /; 400 BadEncoding"),
        row("chunked, then identity in another line", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", ""), "POST /; 400 BadEncoding"),
        row("identity", encoding("identity"), "POST /; 400 BadEncoding"),
        row("an empty coding", encoding(""), "POST /; 400 BadEncoding"),
        row("a comma behind chunked", encoding("chunked,"), "POST /; 400 BadEncoding"),
        row("a comma before chunked", encoding(",chunked"), "POST /; 400 BadEncoding"),
        row("chunked with a parameter", encoding("chunked;q=1"), "POST /; 400 BadEncoding"),
        row("something like chunked", encoding("xchunked"), "POST /; 400 BadEncoding"),
        row("chunked in quotes", encoding("\"chunked\""), "POST /; 400 BadEncoding"),
        row("a coding in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "POST /; 400 EncodingInHttp10"),
        row("a coding and a length in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", "POST /; 400 EncodingInHttp10"),
    ]
}

// One row a line reads better than what rustfmt would make of it.
#[rustfmt::skip]
fn chunked() -> Vec<Row> {
    vec![
        row("two chunks", chunks("3\r\nHel\r\n2\r\nlo\r\n0\r\n\r\n"), "POST / [Hello]"),
        row("the next request behind", chunks("1\r\nx\r\n0\r\n\r\nGET / HTTP/1.0\r\n\r\n"), "POST / [x]; GET /"),
        row("sizes in both cases", chunks("A\r\n0123456789\r\nb\r\n0123456789a\r\n0\r\n\r\n"), "POST / [01234567890123456789a]"),
        row("sizes with zeros before", chunks("0005\r\nHello\r\n0000\r\n\r\n"), "POST / [Hello]"),
        row("line ends within the data", chunks("4\r\n\r\n\r\n\r\n0\r\n\r\n"), "POST / [\r\n\r\n]"),
        row("a size of 17 digits", chunks("00000000000000005\r\nHello\r\n0\r\n\r\n"), "POST /; 400 Chunked(SizeTooLarge)"),
        row("2^64 + 5, which could become 5", chunks("10000000000000005\r\nHello\r\n0\r\n\r\n"), "POST /; 400 Chunked(SizeTooLarge)"),
        row("2^64 - 1", chunks("ffffffffffffffff\r\nHello"), "POST /; 413 TooLarge"),
        row("sizes that overflow together", chunks("1\r\nx\r\nffffffffffffffff\r\nHello"), "POST /; 413 TooLarge"),
        row("a chunk beyond the limit", chunks("186a1\r\n"), "POST /; 413 TooLarge"),
        row("no size", chunks("\r\nHello\r\n0\r\n\r\n"), "POST /; 400 Chunked(BadSize)"),
        row("a size that is no number", chunks("xyz\r\nHello\r\n0\r\n\r\n"), "POST /; 400 Chunked(BadSize)"),
        row("a size with 0x", chunks("0x5\r\nHello\r\n0\r\n\r\n"), "POST /; 400 Chunked(BadSize)"),
        row("a plus sign", chunks("+5\r\nHello\r\n0\r\n\r\n"), "POST /; 400 Chunked(BadSize)"),
        row("a minus sign", chunks("-5\r\nHello\r\n0\r\n\r\n"), "POST /; 400 Chunked(BadSize)"),
        row("a blank before the size", chunks(" 5\r\nHello\r\n0\r\n\r\n"), "POST /; 400 Chunked(BadSize)"),
        row("a blank behind the size", chunks("5 \r\nHello\r\n0\r\n\r\n"), "POST /; 400 Chunked(BadSize)"),
        row("an underscore", chunks("1_0\r\nHello\r\n0\r\n\r\n"), "POST /; 400 Chunked(BadSize)"),
        row("LF alone behind the size", chunks("5\nHello\r\n0\r\n\r\n"), "POST /; 400 Chunked(BareLineFeed)"),
        row("LF alone behind a blank", chunks("5 \nHello\r\n0\r\n\r\n"), "POST /; 400 Chunked(BareLineFeed)"),
        row("CR alone behind the size", chunks("5\rHello\r\n0\r\n\r\n"), "POST /; 400 Chunked(BareReturn)"),
        row("LF alone behind the data", chunks("5\r\nHello\n0\r\n\r\n"), "POST /; 400 Chunked(BadDataEnd)"),
        row("CR alone behind the data", chunks("5\r\nHello\r0\r\n\r\n"), "POST /; 400 Chunked(BadDataEnd)"),
        row("nothing behind the data", chunks("5\r\nHello0\r\n\r\n"), "POST /; 400 Chunked(BadDataEnd)"),
        row("more data than the size says", chunks("4\r\nHello\r\n0\r\n\r\n"), "POST /; 400 Chunked(BadDataEnd)"),
        row("less data than the size says", chunks("6\r\nHello\r\n0\r\n\r\n"), "POST /; 400 Chunked(BadDataEnd)"),
        row("LF alone behind the last chunk", chunks("0\n\r\n"), "POST /; 400 Chunked(BareLineFeed)"),
        row("LF alone at the end", chunks("0\r\n\n"), "POST /; 400 Chunked(Trailers(BareLineFeed))"),
        row("no end", chunks("5\r\nHello\r\n0\r\n"), "POST /; Incomplete"),
        row("an extension", chunks("5;a=b\r\nHello\r\n0;c\r\n\r\n"), "POST / [Hello]"),
        row("an extension in quotes", chunks("5;a=\"b;c d\"\r\nHello\r\n0\r\n\r\n"), "POST / [Hello]"),
        row("blanks around an extension", chunks("5 ; a = b\r\nHello\r\n0\r\n\r\n"), "POST / [Hello]"),
        row("LF alone behind an extension", chunks("5;a\nHello\r\n0\r\n\r\n"), "POST /; 400 Chunked(BareLineFeed)"),
        row("LF alone within an extension", chunks("5;\nxx\r\n0\r\n\r\n"), "POST /; 400 Chunked(BareLineFeed)"),
        row("CR alone within an extension", chunks("5;a\rX\r\nHello\r\n0\r\n\r\n"), "POST /; 400 Chunked(BareReturn)"),
        row("NUL within an extension", chunks("5;a\0\r\nHello\r\n0\r\n\r\n"), "POST /; 400 Chunked(BadExtension)"),
        row("an extension without semicolon", chunks("5 a\r\nHello\r\n0\r\n\r\n"), "POST /; 400 Chunked(BadSize)"),
    ]
}

// One row a line reads better than what rustfmt would make of it.
#[rustfmt::skip]
fn chunked_limits() -> Vec<Row> {
    let extension = |length: usize| format!("1;{}\r\nx\r\n", "e".repeat(length - 1));
    vec![
        row("an extension of 256", chunks(&(extension(256) + "0\r\n\r\n")), "POST / [x]"),
        row("an extension of the limit", chunks(&(extension(1_024) + "0\r\n\r\n")), "POST / [x]"),
        row("an extension beyond the limit", chunks(&extension(1_025)), "POST /; 400 Chunked(ExtensionTooLong)"),
        row("an extension without end", chunks(&format!("1;{}", "e".repeat(262_144))), "POST /; 400 Chunked(ExtensionTooLong)"),
        row("blanks without end", chunks(&format!("1{}", " ".repeat(3_000))), "POST /; 400 Chunked(ExtensionTooLong)"),
        row("extensions of the limit", chunks(&(extension(1_024).repeat(16) + "0\r\n\r\n")), "POST / [xxxxxxxxxxxxxxxx]"),
        row("extensions beyond the limit", chunks(&extension(1_024).repeat(17)), "POST /; 400 Chunked(ExtensionTooLong)"),
        row("many small chunks", chunks(&("1\r\nx\r\n".repeat(1_000) + "0\r\n\r\n")), "POST / [1000 octets]"),
    ]
}

// One row a line reads better than what rustfmt would make of it.
#[rustfmt::skip]
fn trailers() -> Vec<Row> {
    let end = |trailers: &str| chunks(&format!("1\r\nx\r\n0\r\n{trailers}\r\n"));
    let long = |length: usize| "t".repeat(length);
    vec![
        row("trailers", end("Sum: 1\r\nSum: 2\r\n"), "POST / [x] +Sum=1 +Sum=2"),
        row("trailers of 4 KiB", end(&format!("A: {}\r\n", long(4_091))), "POST / [x] +A=4091 octets"),
        row("a trailer that frames is not obeyed", end("Content-Length: 9\r\n") + "GET / HTTP/1.0\r\n\r\n", "POST / [x] +Content-Length=9; GET /"),
        row("a folded trailer", end("A: b\r\n c\r\n"), "POST /; 400 Chunked(Trailers(FoldedLine))"),
        row("a trailer without colon", end("A\r\n"), "POST /; 400 Chunked(Trailers(BadFieldName))"),
        row("NUL in a trailer", end("A: \0\r\n"), "POST /; 400 Chunked(Trailers(BadFieldValue))"),
        row("LF alone behind a trailer", end("A: b\n"), "POST /; 400 Chunked(Trailers(BareLineFeed))"),
        row("trailers beyond the limit", end(&format!("A: {}\r\n", long(8_000)).repeat(3)), "POST /; 431 Chunked(Trailers(FieldSectionTooLarge))"),
        row("trailers of 1 MiB", end(&format!("A: {}\r\n", long(1_048_576))), "POST /; 431 Chunked(Trailers(FieldSectionTooLarge))"),
        row("too many trailers", end(&"A: b\r\n".repeat(129)), "POST /; 431 Chunked(Trailers(TooManyFields))"),
    ]
}
