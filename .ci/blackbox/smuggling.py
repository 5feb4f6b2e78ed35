"""Random requests with faults in their framing, each with a request to `/target/hidden` behind it.
The server may answer the hidden one only where a strict reader finds it too, and must say the same
however the bytes are cut. Usage: smuggling.py PORT SEED COUNT"""

import random
import sys

from raw import check, done, exchange, statuses

PORT, SEED, COUNT = (int(argument) for argument in sys.argv[1:4])
dice = random.Random(SEED)

HIDDEN = b"GET /target/hidden HTTP/1.1\r\nHost: a\r\n\r\n"
TOKEN = set(b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")

METHODS = [b"POST"] * 4 + [b"GET", b"PUT", b"DELETE", b"BREW", b"get"]
TARGETS = [b"/echo", b"/ignore", b"http://a/len", b"*", b"/len?x#f", b"/len\xff", b"/len HTTP/1.1"]
VERSIONS = [b"HTTP/1.0", b"HTTP/1.2", b"HTTP/2.0", b"HTTP/1.1 ", b"http/1.1"]
NAMES = [b"Content-Length", b"content-length", b"Content-Length ", b" Content-Length",
         b"Content_Length", b"Transfer-Encoding", b"transfer-encoding", b"Transfer-Encoding\t",
         b"X: y\r\nTransfer-Encoding", b"X:\rTransfer-Encoding", b"X\nTransfer-Encoding",
         b"\x00Transfer-Encoding", b"Connection", b"Expect", b"Host", b"X"]
COLONS = [b":", b" : ", b":\t", b":\r\n ", b":\x0b", b":\x0c", b":\xa0", b"\t: "]
VALUES = [b"chunked"] * 4 + [b"5"] * 3 + [
    b"Chunked", b"chunked ", b",chunked", b"chunked, identity", b"identity", b"gzip, chunked",
    b"chunked;q=1", b"xchunked", b'"chunked"', b"chun\x00ked", b"chunked\r", b"0", b"05", b"+5",
    b"-0", b"5,5", b"5;", b"0x5", b"5.0", b"18446744073709551616", b"18446744073709551621",
    b"\xb2", b"1_0", b"", b"close", b"keep-alive", b"100-continue", b"close, keep-alive"]
SIZES = [b"05", b"0005", b"5 ", b"5\t", b"5;a=b", b'5;a="\r\n"', b"5;\n", b" 5", b"0x5", b"+5",
         b"-5", b"5\x00", b"0000000000000005", b"00000000000000005", b"10000000000000005",
         b"ffffffffffffffff", b"5\r", b"", b"5_0", b"5\x0b"]
LINE_ENDS = [b"\n", b"\r", b"\r\r\n", b"\n\r\n", b"\r\n ", b"\r\n\t"]


def mostly(usual, odd, chance):
    return dice.choice(odd) if dice.random() < chance else usual


def line_end():
    return mostly(b"\r\n", LINE_ENDS, 0.015)


def field():
    return (dice.choice(NAMES) + mostly(b": ", COLONS, 0.15) + dice.choice(VALUES) + line_end())


def body():
    kind = dice.random()
    if kind < 0.4:
        return dice.choice([b"12345", b"", b"0\r\n\r\n"])
    made = b""
    for _ in range(dice.randrange(4)):
        made += mostly(b"5", SIZES, 0.4) + line_end() + b"hello" + line_end()
    made += mostly(b"0", [b"00", b"0;x", b"0 "], 0.3) + line_end()
    return made + (field() if dice.random() < 0.3 else b"") + line_end()


def request():
    line = (dice.choice(METHODS) + mostly(b" ", [b"  ", b"\t"], 0.03)
            + mostly(b"/len", TARGETS, 0.2) + b" " + mostly(b"HTTP/1.1", VERSIONS, 0.1))
    fields = b"".join(field() for _ in range(dice.randrange(4)))
    return line + line_end() + b"Host: a\r\n" + fields + line_end() + body()


def strict_targets(data):
    """The targets of the requests in `data`, up to the first octet that is not quite right."""
    targets = []
    while data:
        while data.startswith(b"\r\n"):
            data = data[2:]
        head, end, data = data.partition(b"\r\n\r\n")
        first, *lines = head.split(b"\r\n")
        words = first.split(b" ")
        if not end or len(words) != 3 or words[2] not in (b"HTTP/1.0", b"HTTP/1.1"):
            return targets
        fields = {}
        for line in lines:
            name, colon, value = line.partition(b":")
            if not colon or not name or not TOKEN.issuperset(name) or has_control(value):
                return targets
            fields.setdefault(name.lower(), []).append(value.strip(b" \t"))
        codings, lengths = fields.get(b"transfer-encoding"), fields.get(b"content-length")
        if len(fields.get(b"host", [])) != 1:
            return targets
        if codings and (lengths or words[2] == b"HTTP/1.0"):
            return targets
        targets.append(words[1])
        if codings:
            chunked = [coding.lower() for coding in codings] == [b"chunked"]
            data = behind_chunks(data) if chunked else None
        elif lengths:
            right = len(lengths) == 1 and lengths[0].isdigit() and int(lengths[0]) <= len(data)
            data = data[int(lengths[0]):] if right else None
    return targets


def has_control(text):
    return any(octet < 32 and octet != 9 or octet == 127 for octet in text)


def behind_chunks(data):
    """What follows a chunked body, or None if it is not quite right."""
    while True:
        line, end, data = data.partition(b"\r\n")
        size = line.split(b";")[0].rstrip(b" \t")
        digits = set(b"0123456789abcdefABCDEF").issuperset(size) and 1 <= len(size) <= 16
        if not end or not digits or has_control(line):
            return None
        length = int(size, 16)
        if length == 0:
            _, end, rest = (b"\r\n" + data).partition(b"\r\n\r\n")
            return rest if end else None
        if data[length:length + 2] != b"\r\n":
            return None
        data = data[length + 2:]


wrong = []
found = 0
for _ in range(COUNT):
    data = request() + HIDDEN
    answers = [exchange(PORT, data, cut, half_close=True) for cut in ("whole", "bytes", "random")]
    verdicts = [(statuses(answer), answer.count(b'"target": "/target/hidden"'))
                if answer is not None else "not closed" for answer in answers]
    allowed = strict_targets(data).count(b"/target/hidden")
    found += verdicts[0][1] if verdicts[0] != "not closed" else 0
    alike = verdicts[0] == verdicts[1] == verdicts[2] != "not closed"
    if not alike or verdicts[0][1] > allowed or 500 in verdicts[0][0]:
        wrong.append((verdicts, allowed, data))
check(f"{COUNT} random requests, seed {SEED}: those that were misread", [], wrong)
check("requests behind them that were rightly found", range(1, COUNT), found)
done()
