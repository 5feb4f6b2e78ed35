"""Clients that mean harm: they do not read, they break off anywhere, they take all descriptors.
What they cost the server is looked up in /proc. Usage: hostile.py TESTAPP"""

import os
import resource
import socket
import struct
import subprocess
import sys
import time

from raw import Answers, check, connect, done, exchange, statuses

TESTAPP = sys.argv[1]
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
TICKS = os.sysconf("SC_CLK_TCK")


class Server:
    """A testapp of its own, with `descriptors` at most."""

    def __init__(self, descriptors=1024):
        def limit():
            resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))
        self.process = subprocess.Popen([TESTAPP], stdout=subprocess.PIPE, preexec_fn=limit)
        self.port = int(self.process.stdout.readline().decode().rsplit(":", 1)[1])
        self.proc = f"/proc/{self.process.pid}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def resident(self):
        with open(f"{self.proc}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))

    def descriptors(self):
        return len(os.listdir(f"{self.proc}/fd"))

    def settled(self, wanted):
        """The number of descriptors, once it is `wanted` or 10 s have passed."""
        deadline = time.monotonic() + 10
        while self.descriptors() != wanted and time.monotonic() < deadline:
            time.sleep(0.05)
        return self.descriptors()

    def ticks(self, seconds):
        """How many clock ticks of processor time the next seconds cost."""
        def used():
            with open(f"{self.proc}/stat") as stat:
                fields = stat.read().rsplit(") ", 1)[1].split()
            return int(fields[11]) + int(fields[12])
        before = used()
        time.sleep(seconds)
        return used() - before


def asks_and_never_reads():
    with Server() as server:
        at_rest = server.descriptors()
        clients = []
        for _ in range(20):
            client = socket.socket()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", server.port))
            client.setblocking(False)
            clients.append(client)
        end = time.monotonic() + 2
        while time.monotonic() < end:
            for client in clients:
                try:
                    client.send(GET * 5000)
                except BlockingIOError:
                    pass
            time.sleep(0.005)
        check("20 pipelines that nobody reads: resident size is below 40 MB",
              True, server.resident() < 40_000)
        check("beside them another client is served", [200],
              statuses(exchange(server.port, GET, half_close=True)))
        for client in clients:
            client.close()
        check("their descriptors are given back", at_rest, server.settled(at_rest))


def breaks_off_anywhere():
    requests = (b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                b"5;x=y\r\nhello\r\n0\r\nX: y\r\n\r\nGET /big?n=300000 HTTP/1.1\r\nHost: a\r\n\r\n"
                b"POST /len HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
                b"helloGET /slow?ms=5 HTTP/1.1\r\nHost: a\r\n\r\n")
    with Server() as server:
        at_rest = server.descriptors()
        for length in range(len(requests) + 1):
            for reset in (True, False):
                client = connect(server.port)
                client.sendall(requests[:length])
                if reset:
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                client.close()
        check(f"{2 * len(requests) + 2} connections cut at every octet: descriptors",
              at_rest, server.settled(at_rest))
        check("the server still answers", [200],
              statuses(exchange(server.port, GET, half_close=True)))
        check("and costs nothing at rest, in clock ticks", range(2), server.ticks(1))


def takes_all_descriptors():
    with Server(descriptors=32) as server:
        clients = [connect(server.port) for _ in range(60)]
        check("without a descriptor left it does not spin: clock ticks in a second",
              range(TICKS // 10), server.ticks(1))
        served = 0
        for client in clients:
            client.sendall(GET)
            served += Answers(client).next()[0] == 200
            client.close()
        check("all of 60 clients are served, one after another", 60, served)


asks_and_never_reads()
breaks_off_anywhere()
takes_all_descriptors()
done()
