"""Connections over time: pipelines, half-closed clients, time-outs, limits, and a server that is
told to end. Usage: lifetimes.py TESTAPP STATIC_DIR"""

import json
import signal
import socket
import subprocess
import sys
import time

from raw import Answers, check, connect, done, exchange, seconds_until_closed, statuses

TESTAPP, STATIC = sys.argv[1:3]


class Server:
    """A testapp of its own, ended at the end of the block if it still runs."""

    def __init__(self, *flags):
        command = [TESTAPP, "--port", "0", "--static", STATIC, *flags]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE)
        line = self.process.stdout.readline().decode()
        assert line.startswith("listening on 127.0.0.1:"), line
        self.port = int(line.rsplit(":", 1)[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def stats(self):
        connection = connect(self.port)
        connection.sendall(request("/stats"))
        body = Answers(connection).next()[2]
        connection.close()
        return json.loads(body)


def request(target, fields="", method="GET"):
    return f"{method} {target} HTTP/1.1\r\nHost: a\r\n{fields}\r\n".encode()


def pipelines():
    with Server() as server:
        connection = connect(server.port)
        count = 200
        connection.sendall(b"".join(request(f"/target?q={i}") for i in range(count)))
        answers = Answers(connection)
        order = [json.loads(answers.next()[2])["query"] for _ in range(count)]
        check("pipelined answers in order", [f"q={i}" for i in range(count)], order)
        mixed = (request("/len", "Content-Length: 3\r\n", "POST") + b"abc" + request("/slow?ms=100")
                 + request("/len", "Transfer-Encoding: chunked\r\n", "POST") + b"5\r\nabcde\r\n0\r\n\r\n"
                 + request("/", method="HEAD").replace(b"HEAD", b"GET") + request("/status/204"))
        connection.sendall(mixed)
        check("pipelined with bodies and a slow one", [b"3", b"slow", b"5", b"Hello", b""],
              [answers.next()[2] for _ in range(5)])
        connection.close()

        # A client that has sent its last request and says so still gets its answers.
        received = exchange(server.port, request("/slow?ms=200") + request("/"), half_close=True)
        check("answers after the client's half-close", [200, 200], statuses(received))
        check("an empty connection is just closed", b"", exchange(server.port, b"", half_close=True))
        check("half a head, then end", {(), (400,)},
              tuple(statuses(exchange(server.port, b"GET / HTTP/1.1\r\nHo", half_close=True))))
        check("half a body, then end", {(), (400,)},
              tuple(statuses(exchange(server.port, request("/echo", "Content-Length: 9\r\n", "POST")
                                      + b"abc", half_close=True))))


def time_outs():
    with Server("--header-timeout", "1", "--idle-timeout", "1", "--body-timeout", "1") as server:
        started = time.monotonic()
        connection = connect(server.port)
        # A byte now and then does not buy time.
        for byte in b"GET /":
            connection.sendall(bytes([byte]))
            time.sleep(0.1)
        seconds, said = seconds_until_closed(connection)
        total = time.monotonic() - started
        check("a slow head is cut, in seconds", True, 0.9 <= total <= 4)
        check("a slow head's answer", {(), (408,)}, tuple(statuses(said)))

        connection = connect(server.port)
        connection.sendall(request("/echo", "Content-Length: 10\r\n", "POST") + b"abc")
        seconds, said = seconds_until_closed(connection)
        check("a body without progress is cut, in seconds", True, 0.9 <= seconds <= 4)
        check("a stuck body's answer", {(), (408,)}, tuple(statuses(said)))

        connection = connect(server.port)
        connection.sendall(request("/"))
        answers = Answers(connection)
        check("an answer before idling", 200, answers.next()[0])
        seconds, said = seconds_until_closed(connection)
        check("an idle connection is closed, in seconds", True, 0.9 <= seconds <= 4)
        check("without a word", b"", said)

        # Slow but moving bodies are left alone.
        connection = connect(server.port)
        connection.sendall(request("/echo", "Content-Length: 8\r\n", "POST"))
        for byte in b"moving!!":
            time.sleep(0.3)
            connection.sendall(bytes([byte]))
        check("a slow body that moves", b"moving!!", Answers(connection).next()[2])
        connection.close()


def connection_limit():
    with Server("--max-conns", "3") as server:
        held = [connect(server.port) for _ in range(3)]
        for connection in held:
            connection.sendall(request("/"))
            check("a connection within the limit", 200, Answers(connection).next()[0])
        waiting = connect(server.port)
        waiting.sendall(request("/"))
        waiting.settimeout(0.5)
        try:
            got = waiting.recv(1)
        except TimeoutError:
            got = "nothing"
        check("a connection above the limit waits", "nothing", got)
        held.pop().close()
        waiting.settimeout(10)
        check("until another closes", 200, Answers(waiting).next()[0])
        for connection in [waiting, *held]:
            connection.close()


def endless_clients_leave():
    with Server() as server:
        clients = [connect(server.port) for _ in range(20)]
        for client in clients:
            client.sendall(request("/stream"))
            client.recv(10)
        check("streams that run", 20, server.stats()["streams"])
        for client in clients:
            client.close()
        deadline = time.monotonic() + 10
        while server.stats()["streams"] and time.monotonic() < deadline:
            time.sleep(0.05)
        check("streams after their clients left", 0, server.stats()["streams"])

        # A client that does not read stops the server's writing, not its memory.
        reader = socket.socket()
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.connect(("127.0.0.1", server.port))
        reader.sendall(request("/big?n=200000000"))
        time.sleep(1)
        with open(f"/proc/{server.process.pid}/status") as status:
            resident = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
        check("resident size with 200 MB unread is below 40 MB", True, resident < 40_000)
        reader.close()


def told_to_end():
    with Server() as server:
        idle, busy = connect(server.port), connect(server.port)
        idle.sendall(request("/"))
        check("an answer", 200, Answers(idle).next()[0])
        busy.sendall(request("/slow?ms=1000"))
        time.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)
        started = time.monotonic()
        answers = Answers(busy)
        check("a request under way is answered", b"slow", answers.next()[2])
        check("and its connection closed", None, answers.next())
        check("an idle connection is closed", b"", seconds_until_closed(idle)[1])
        check("exit status", 0, server.process.wait(10))
        check("draining took less than 5 s", True, time.monotonic() - started < 5)
        try:
            connect(server.port)
            refused = False
        except ConnectionRefusedError:
            refused = True
        check("nobody listens any more", True, refused)
    with Server() as server:
        server.process.send_signal(signal.SIGTERM)
        check("exit status of an idle server", 0, server.process.wait(10))


pipelines()
time_outs()
connection_limit()
endless_clients_leave()
told_to_end()
done()
