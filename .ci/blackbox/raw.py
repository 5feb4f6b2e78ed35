"""What the raw-socket checks share: sending bytes in chosen pieces, reading answers, counting.

Run a check as `python3 .ci/blackbox/NAME.py PORT ...`; each ends with the line `cases: N`.
"""

import random
import socket
import sys
import threading
import time

LIMIT = 20  # Seconds that any one answer may take.
passed = 0


def check(what, expected, actual):
    """Compares, prints what was compared, and counts; ends the program on a difference."""
    global passed
    fits = actual in expected if isinstance(expected, (set, range)) else actual == expected
    if not fits:
        print(f"FAILED: {what}: expected {expected!r}, got {actual!r}")
        sys.exit(1)
    passed += 1
    print(f"ok: {what}: {actual!r}")


def done():
    print(f"cases: {passed}")


def connect(port):
    connection = socket.create_connection(("127.0.0.1", port), timeout=LIMIT)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def pieces_of(data, cut):
    """`data` whole, in single bytes, or cut at random places, always the same ones."""
    if cut == "whole":
        return [data]
    if cut == "bytes":
        return [data[i:i + 1] for i in range(len(data))]
    places = random.Random(len(data))
    pieces = []
    while data:
        length = places.randint(1, max(2, len(data) // 20))
        pieces.append(data[:length])
        data = data[length:]
    return pieces


def exchange(port, data, cut="whole", half_close=False):
    """Sends `data` and reads until the server closes. Returns all it said, or None if it did not
    close in time."""
    connection = connect(port)

    def send():
        try:
            for piece in pieces_of(data, cut):
                connection.sendall(piece)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # It may close before it has read everything.

    sender = threading.Thread(target=send)
    sender.start()
    received = b""
    try:
        while True:
            got = connection.recv(65536)
            if not got:
                break
            received += got
    except ConnectionResetError:
        pass  # Closed all the same.
    except TimeoutError:
        received = None
    connection.close()
    sender.join(LIMIT)
    return received


def statuses(received):
    """The status of each answer in `received`, by its framing; bodies may not look like heads."""
    found = []
    while received:
        head, split, rest = received.partition(b"\r\n\r\n")
        if not split or not head.startswith(b"HTTP/1."):
            found.append("garbage: %r" % received[:60])
            break
        lines = head.split(b"\r\n")
        status = int(lines[0].split()[1])
        found.append(status)
        fields = dict(line.lower().split(b": ", 1) for line in lines[1:] if b": " in line)
        if status < 200 or status in (204, 304):
            received = rest
        elif fields.get(b"transfer-encoding") == b"chunked":
            received = after_chunks(rest)
        else:
            received = rest[int(fields.get(b"content-length", len(rest))):]
    return found


def after_chunks(rest):
    while True:
        size, _, rest = rest.partition(b"\r\n")
        length = int(size, 16)
        if length == 0:
            return rest.partition(b"\r\n")[2]
        rest = rest[length + 2:]


class Answers:
    """Reads one answer after the other from a connection that stays open."""

    def __init__(self, connection):
        self.connection = connection
        self.file = connection.makefile("rb")

    def next(self):
        """The next answer: its status, its fields by lower-case name, its body."""
        line = self.file.readline()
        if not line:
            return None
        status = int(line.split()[1])
        fields = {}
        while (line := self.file.readline().rstrip(b"\r\n")):
            name, _, value = line.decode("latin-1").partition(": ")
            fields[name.lower()] = value
        body = b""
        if status >= 200 and status not in (204, 304):
            body = self.file.read(int(fields.get("content-length", "0")))
        return status, fields, body


def seconds_until_closed(connection):
    """How long until the server closes, and what it said until then."""
    start = time.monotonic()
    said = b""
    try:
        while (got := connection.recv(65536)):
            said += got
    except ConnectionResetError:
        pass
    return time.monotonic() - start, said
