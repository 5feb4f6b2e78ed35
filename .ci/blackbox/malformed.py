"""Requests that a server must refuse, and odd ones that it must not: one verdict each, however the
bytes are cut into segments. Usage: malformed.py PORT MAX_BODY"""

import sys

from raw import check, done, exchange, statuses

PORT, MAX_BODY = int(sys.argv[1]), int(sys.argv[2])
HOST = b"Host: a\r\n"
# Whatever follows a refused request must not be taken for another one.
SMUGGLED = b"GET /len HTTP/1.1\r\nHost: a\r\n\r\n"


def get(fields=HOST, target=b"/", version=b"HTTP/1.1", method=b"GET"):
    return method + b" " + target + b" " + version + b"\r\n" + fields + b"\r\n"


def post(fields, body=b"", target=b"/echo"):
    return b"POST " + target + b" HTTP/1.1\r\n" + HOST + fields + b"\r\n" + body


def chunked(body):
    return post(b"Transfer-Encoding: chunked\r\n", body)


BAD = {400}
MALFORMED = [
    ("garbage", b"\x00\x01\x02garbage\r\n\r\n", BAD),
    ("a TLS hello", bytes.fromhex("16030100c8010000c40303") + b"\r\n\r\n" + bytes(100), BAD),
    ("no version", b"GET /\r\n\r\n", BAD),
    ("no target", b"GET HTTP/1.1\r\n" + HOST + b"\r\n", BAD),
    ("two spaces", b"GET  / HTTP/1.1\r\n" + HOST + b"\r\n", BAD),
    ("a lower-case protocol", get(version=b"http/1.1"), BAD),
    ("HTTP/1.11", get(version=b"HTTP/1.11"), {400, 505}),
    ("HTTP/2.0", get(version=b"HTTP/2.0"), {505}),
    ("HTTP/3.7", get(version=b"HTTP/3.7"), {400, 505}),
    ("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400, 505}),
    ("a method with a space before", b" GET / HTTP/1.1\r\n" + HOST + b"\r\n", BAD),
    ("no Host", get(b""), BAD),
    ("two Hosts", get(HOST + b"Host: b\r\n"), BAD),
    ("a Host with a space inside", get(b"Host: a b\r\n"), BAD),
    ("a space before the colon", get(HOST + b"X-A : b\r\n"), BAD),
    ("no colon", get(HOST + b"X-A\r\n"), BAD),
    ("an empty name", get(HOST + b": b\r\n"), BAD),
    ("a folded line", get(HOST + b"X-A: b\r\n c\r\n"), BAD),
    ("a first line that is folded", get(b" " + HOST), BAD),
    ("NUL in a value", get(HOST + b"X-A: b\x00c\r\n"), BAD),
    ("a bare CR in a value", get(HOST + b"X-A: b\rc\r\n"), BAD),
    ("bare LF", b"GET / HTTP/1.1\nHost: a\n\n", BAD),
    ("a control octet in the target", get(target=b"/\x01"), BAD),
    ("Content-Length: abc", post(b"Content-Length: abc\r\n"), BAD),
    ("Content-Length: -1", post(b"Content-Length: -1\r\n"), BAD),
    ("Content-Length: +5", post(b"Content-Length: +5\r\n", b"abcde"), BAD),
    ("Content-Length: 0x5", post(b"Content-Length: 0x5\r\n", b"abcde"), BAD),
    ("Content-Length: empty", post(b"Content-Length: \r\n"), BAD),
    ("Content-Length: 5, 6", post(b"Content-Length: 5, 6\r\n", b"abcdef"), BAD),
    ("Content-Length of 2^64", post(b"Content-Length: 18446744073709551616\r\n"), {400, 413}),
    ("two lengths that differ", post(b"Content-Length: 5\r\nContent-Length: 6\r\n", b"abcdef"), BAD),
    ("length and chunks", post(b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"), BAD),
    ("chunks and length", post(b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", b"0\r\n\r\n"), BAD),
    ("chunked to HTTP/1.0", b"POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", BAD),
    ("Transfer-Encoding: gzip", post(b"Transfer-Encoding: gzip\r\n"), {400, 501}),
    ("chunked is not last", post(b"Transfer-Encoding: chunked, gzip\r\n", b"0\r\n\r\n"), {400, 501}),
    ("chunked twice", post(b"Transfer-Encoding: chunked, chunked\r\n", b"0\r\n\r\n"), {400, 501}),
    ("an unknown coding", post(b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n"), {400, 501}),
    ("a quoted coding", post(b'Transfer-Encoding: "chunked"\r\n', b"0\r\n\r\n"), {400, 501}),
    ("a vertical tab before the coding", post(b"Transfer-Encoding: \x0bchunked\r\n", b"0\r\n\r\n"), {400, 501}),
    ("chunk size zz", chunked(b"zz\r\nabc\r\n0\r\n\r\n"), BAD),
    ("chunk size -1", chunked(b"-1\r\nabc\r\n0\r\n\r\n"), BAD),
    ("chunk size 0x3", chunked(b"0x3\r\nabc\r\n0\r\n\r\n"), BAD),
    ("an empty chunk size", chunked(b"\r\nabc\r\n0\r\n\r\n"), BAD),
    ("chunk size beyond 2^64", chunked(b"fffffffffffffffff\r\nabc"), {400, 413}),
    ("a chunk longer than it says", chunked(b"2\r\nabc\r\n0\r\n\r\n"), BAD),
    ("LF after a chunk size", chunked(b"3\nabc\r\n0\r\n\r\n"), BAD),
    ("LF after a chunk", chunked(b"3\r\nabc\n0\r\n\r\n"), BAD),
    ("an unknown method", get(method=b"BREW"), {405, 501}),
    ("a lower-case method", get(method=b"get"), {400, 405, 501}),
    ("Expect: tea", post(b"Expect: tea\r\nContent-Length: 3\r\n", b"abc"), {417}),
    ("a body above the limit", post(b"Content-Length: %d\r\n" % (MAX_BODY + 1)), {413}),
]

# After these a connection may go on, as the request was read to its end; then what follows it is
# answered too. After all others it must be closed.
MAY_GO_ON = {405, 417, 501}

LARGE = [
    ("chunks above the limit", chunked(b"%x\r\n" % (MAX_BODY + 1) + b"a" * (MAX_BODY + 1)), {413}),
    ("a target of 64 KiB", get(target=b"/" + b"a" * 65535), {400, 414, 431}),
    ("a field of 256 KiB", get(HOST + b"X-A: " + b"a" * 262144 + b"\r\n"), {400, 431}),
    ("10 000 fields", get(HOST + b"X-A: b\r\n" * 10000), {400, 431}),
    ("a head of 1 MiB", get(HOST + (b"X-A: " + b"a" * 1000 + b"\r\n") * 1040), {400, 431}),
    ("a chunk extension of 256 KiB", chunked(b"3;" + b"a" * 262144 + b"\r\nabc\r\n0\r\n\r\n"), BAD),
    ("trailers of 1 MiB", chunked(b"0\r\n" + (b"X-A: " + b"a" * 1000 + b"\r\n") * 1040 + b"\r\n"), {400, 431}),
    ("1000 blank lines", b"\r\n" * 1000 + get(), BAD),
]

# Odd but right: the answer must be the same for every cut, and the connection still serves.
RIGHT = [
    ("plain", get(), 200),
    ("a blank line before", b"\r\n" + get(), 200),
    ("HTTP/1.0 without Host", get(b"", version=b"HTTP/1.0"), 200),
    ("the absolute form", get(target=b"http://a/target"), 200),
    ("an empty value", get(HOST + b"X-A:\r\n"), 200),
    ("blanks around a value", get(HOST + b"X-A: \t b \t \r\n"), 200),
    ("a value beyond ASCII", get(HOST + b"X-A: caf\xe9\r\n"), 200),
    ("equal lengths twice", post(b"Content-Length: 3\r\nContent-Length: 3\r\n", b"abc"), {200, 400}),
    ("a chunked body", chunked(b"3\r\nabc\r\n0\r\n\r\n"), 200),
    ("chunk size with zeros", chunked(b"0003\r\nabc\r\n000\r\n\r\n"), 200),
    ("Chunked", post(b"Transfer-Encoding: Chunked\r\n", b"3\r\nabc\r\n0\r\n\r\n"), 200),
    ("a chunk extension", chunked(b'3;a="b;c"\r\nabc\r\n0\r\n\r\n'), 200),
    ("trailers", chunked(b"3\r\nabc\r\n0\r\nX-A: b\r\n\r\n"), 200),
    ("a target of 8000", get(target=b"/target/" + b"a" * 7992), 200),
    ("a field of 8 KiB", get(HOST + b"X-A: " + b"a" * 8000 + b"\r\n"), 200),
    ("100 fields", get(HOST + b"X-A: b\r\n" * 99), 200),
]

for name, request, expected in MALFORMED + LARGE:
    cuts = ("whole", "bytes", "random") if len(request) < 1000 else ("whole", "random")
    goes_on = not expected.isdisjoint(MAY_GO_ON)
    verdict = None
    for cut in cuts:
        # Where the server may go on, it is told that nothing more will come.
        received = exchange(PORT, request + SMUGGLED * 2, cut, half_close=goes_on)
        check(f"{name} ({cut}): the connection is closed", True, received is not None)
        answers = statuses(received)
        if verdict is None:
            check(f"{name} ({cut})", expected, answers[0] if answers else "no answer")
            check(f"{name} ({cut}): nothing else is answered", True,
                  len(answers) == 1 or goes_on and answers[1:] == [200, 200])
            verdict = answers
        else:
            check(f"{name} ({cut}): the same as whole", verdict, answers)

for name, request, expected in RIGHT:
    cuts = ("whole", "bytes", "random") if len(request) < 1000 else ("whole", "random")
    stays = b"HTTP/1.0" not in request
    for cut in cuts:
        last = get(HOST + b"Connection: close\r\n", target=b"/target/last")
        answers = statuses(exchange(PORT, request + last, cut) or b"")
        wanted = expected if isinstance(expected, set) else {expected}
        check(f"{name} ({cut})", wanted, answers[0] if answers else None)
        if stays and answers[0] == 200:
            check(f"{name} ({cut}), and the next request", [200, 200], answers)

done()
