"""The scenarios of src/scenario.rs on Python's asyncio, or on uvloop: python3 worker.py PEER SCENARIO MODE NUMBER.

It is the process behind the peers `asyncio` and `uvloop` and speaks the protocol of src/worker.rs: `turns PROCESSOR` says
`ready` and answers each line on standard input by a line of samples; `serve PROCESSOR` prints the port that it serves on.
What it cannot do it says in one line, and ends with 3.

Each scenario below bears its name and is what a Python program would write for what `src/twice/workload` does.
"""

import asyncio
import os
import queue as queues
import random
import resource
import socket
import struct
import sys
import threading
from time import perf_counter, process_time

CANNOT = 3
TURN = 0.005  # Seconds that one turn shall take, as in src/turn.rs.

# The sizes of src/scenario.rs and src/twice/workload.
JOINED_GROUP = 1_000
DETACHED_GROUP = 100
YIELDING_TASKS = 1_000
STORM_TASKS = 10_000
SLEEPERS = 100_000
GATHERED = 1_000
IDLE_TASKS = 100_000
IDLE_CONNECTIONS = 2_000
TIMER_GROUP = 64
LONG = 60.0
MESSAGE = 64
BUFFER = 4_096
PIECE = 64 * 1024

PER_STEP = {"yield_1000": YIELDING_TASKS, "wake_storm": STORM_TASKS, "sleepers_100k": SLEEPERS}


class Slot:
    """A place for one value and one waiter, shared by two tasks."""

    def __init__(self):
        self.values = []
        self.waiter = None

    def put(self, value):
        self.values.append(value)
        if self.waiter is not None:
            waiter, self.waiter = self.waiter, None
            waiter.set_result(None)

    async def take(self):
        while not self.values:
            self.waiter = asyncio.get_running_loop().create_future()
            await self.waiter
        return self.values.pop()


class Board:
    """Where many tasks wait for the next round, and one waits until all the others do."""

    def __init__(self, tasks):
        self.tasks = tasks
        self.round = 0
        self.waiting = []
        self.complete = Slot()

    def next_round(self):
        self.round += 1
        waiting, self.waiting = self.waiting, []
        for waiter in waiting:
            waiter.set_result(None)

    async def wait_for_round(self, number):
        while self.round < number:
            waiter = asyncio.get_running_loop().create_future()
            self.waiting.append(waiter)
            if len(self.waiting) == self.tasks:
                self.complete.put(None)
            await waiter


async def nothing():
    pass


async def yields(times):
    for _ in range(times):
        await asyncio.sleep(0)


# Starting tasks and switching between them.


async def spawn_join(steps):
    start = perf_counter()
    while steps > 0:
        group = min(steps, JOINED_GROUP)
        steps -= group
        for task in [asyncio.create_task(nothing()) for _ in range(group)]:
            await task
    return perf_counter() - start


async def spawn_await(steps):
    start = perf_counter()
    for _ in range(steps):
        await asyncio.create_task(nothing())
    return perf_counter() - start


async def spawn_detached(steps):
    done = Slot()

    async def last():
        done.put(None)

    start = perf_counter()
    while steps > 0:
        group = min(steps, DETACHED_GROUP)
        steps -= group
        for _ in range(group - 1):
            asyncio.create_task(nothing())
        asyncio.create_task(last())
        await done.take()
    return perf_counter() - start


async def yield_self(steps):
    start = perf_counter()
    await asyncio.create_task(yields(steps))
    return perf_counter() - start


async def yield_1000(steps):
    start = perf_counter()
    for task in [asyncio.create_task(yields(steps)) for _ in range(YIELDING_TASKS)]:
        await task
    return perf_counter() - start


async def yield_now(steps):
    start = perf_counter()
    await yields(steps)
    return perf_counter() - start


# Messages and wakes.


async def pingpong(steps):
    ping, pong = Slot(), Slot()

    async def other():
        for _ in range(steps):
            pong.put(await ping.take())

    task = asyncio.create_task(other())
    start = perf_counter()
    for message in range(steps):
        ping.put(message)
        assert await pong.take() == message
    time = perf_counter() - start
    await task
    return time


async def oneshot(steps):
    loop, questions = asyncio.get_running_loop(), Slot()

    async def other():
        for answer in range(steps):
            (await questions.take()).set_result(answer)

    task = asyncio.create_task(other())
    start = perf_counter()
    for _ in range(steps):
        future = loop.create_future()
        questions.put(future)
        await future
    time = perf_counter() - start
    await task
    return time


async def mpsc(steps):
    to_other, to_here = asyncio.Queue(16), asyncio.Queue(16)

    async def other():
        for _ in range(steps):
            await to_here.put(await to_other.get())

    task = asyncio.create_task(other())
    start = perf_counter()
    for message in range(steps):
        await to_other.put(message)
        assert await to_here.get() == message
    time = perf_counter() - start
    await task
    return time


async def queue(steps):
    items = asyncio.Queue(64)

    async def producer():
        for item in range(steps):
            await items.put(item)

    start = perf_counter()
    task = asyncio.create_task(producer())
    for item in range(steps):
        assert await items.get() == item
    time = perf_counter() - start
    await task
    return time


async def wake_storm(steps):
    board = Board(STORM_TASKS)

    async def wait():
        for number in range(1, steps + 2):
            await board.wait_for_round(number)

    tasks = [asyncio.create_task(wait()) for _ in range(STORM_TASKS)]
    await board.complete.take()
    start = perf_counter()
    for _ in range(steps):
        board.next_round()
        await board.complete.take()
    time = perf_counter() - start
    board.next_round()
    for task in tasks:
        await task
    return time


async def cross_thread(steps):
    loop, questions, answers = asyncio.get_running_loop(), queues.SimpleQueue(), Slot()

    def other():
        while (question := questions.get()) is not None:
            loop.call_soon_threadsafe(answers.put, question)

    thread = threading.Thread(target=other)
    thread.start()
    start = perf_counter()
    for question in range(steps):
        questions.put(question)
        assert await answers.take() == question
    time = perf_counter() - start
    questions.put(None)
    thread.join()
    return time


async def executor(steps):
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, abs, 0)
    start = perf_counter()
    for value in range(steps):
        assert await loop.run_in_executor(None, abs, -value) == value
    return perf_counter() - start


# Timers.


async def set_and_drop(steps, standing):
    loop = asyncio.get_running_loop()
    standing = loop.call_later(standing, lambda: None)
    start = perf_counter()
    while steps > 0:
        group = min(steps, TIMER_GROUP)
        steps -= group
        for _ in range(group):
            loop.call_later(LONG, lambda: None).cancel()
        await asyncio.sleep(0)
    time = perf_counter() - start
    standing.cancel()
    return time


async def timer_cancel(steps):
    return await set_and_drop(steps, LONG / 2)


async def timer_earliest(steps):
    return await set_and_drop(steps, LONG * 60)


async def sleepers_100k(steps):
    start = process_time()
    for _ in range(steps):
        sleeps = (asyncio.sleep(random.uniform(0.02, 0.12)) for _ in range(SLEEPERS))
        for task in [asyncio.create_task(sleep) for sleep in sleeps]:
            await task
    return process_time() - start


async def late_by(durations):
    late = []
    for duration in durations:
        deadline = perf_counter() + duration
        await asyncio.sleep(duration)
        late.append(perf_counter() - deadline)
    return late


# Waiting for several things, for a limited time, or for one's turn.


async def gather_1000(steps):
    start = perf_counter()
    for _ in range(steps):
        await asyncio.gather(*(asyncio.sleep(0) for _ in range(GATHERED)))
    return perf_counter() - start


async def select(steps):
    loop = asyncio.get_running_loop()
    start = perf_counter()
    for _ in range(steps):
        one, other = asyncio.create_task(asyncio.sleep(0)), loop.create_future()
        await asyncio.wait((one, other), return_when=asyncio.FIRST_COMPLETED)
        other.cancel()
    return perf_counter() - start


async def timeout_ready(steps):
    start = perf_counter()
    for _ in range(steps):
        await asyncio.wait_for(nothing(), LONG)
    return perf_counter() - start


async def timeout_pending(steps):
    start = perf_counter()
    for _ in range(steps):
        await asyncio.wait_for(asyncio.sleep(0), LONG)
    return perf_counter() - start


async def cancel_catch(steps):
    loop, running = asyncio.get_running_loop(), Slot()

    async def wait():
        running.put(None)
        await loop.create_future()

    start = perf_counter()
    for _ in range(steps):
        task = asyncio.create_task(wait())
        await running.take()
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            pass
        assert task.cancelled()
    return perf_counter() - start


async def semaphore(steps):
    permits = asyncio.Semaphore(1)

    async def take_turns(turns):
        for _ in range(turns):
            async with permits:
                await asyncio.sleep(0)

    start = perf_counter()
    other = asyncio.create_task(take_turns(steps // 2))
    await asyncio.create_task(take_turns(steps - steps // 2))
    await other
    return perf_counter() - start


# TCP over loopback, by streams.


def listening():
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener, listener.getsockname()


async def echo(reader, writer):
    while message := await reader.read(BUFFER):
        writer.write(message)
        await writer.drain()
    writer.close()


async def echo_server(listener):
    async with await asyncio.start_server(echo, sock=listener) as server:
        await server.serve_forever()


def end_with_input():
    """A server shall not outlive who started it."""
    sys.stdin.read()
    os._exit(0)


async def pair():
    """A connection: the streams that connected, and those that were accepted, with what keeps them."""
    listener, address = listening()
    accepted = Slot()

    async def accept(*streams):
        accepted.put(streams)

    server = await asyncio.start_server(accept, sock=listener)
    client = await asyncio.open_connection(*address)
    return client, await accepted.take(), server


async def echo_1(steps):
    (reader, writer), accepted, server = await pair()
    other = asyncio.create_task(echo(*accepted))
    message = bytes(MESSAGE)
    start = perf_counter()
    for _ in range(steps):
        writer.write(message)
        await writer.drain()
        assert len(await reader.readexactly(MESSAGE)) == MESSAGE
    time = perf_counter() - start
    writer.close()
    await other
    server.close()
    return time


async def bulk(steps):
    (_, writer), (reader, accepted), server = await pair()
    start = perf_counter()

    async def send():
        piece = bytes(PIECE)
        for _ in range(steps):
            writer.write(piece)
            await writer.drain()

    other = asyncio.create_task(send())
    left = steps * PIECE
    while left > 0:
        left -= len(await reader.read(PIECE))
    time = perf_counter() - start
    await other
    writer.close()
    accepted.close()
    server.close()
    return time


async def accept_close(steps):
    loop = asyncio.get_running_loop()
    listener, address = listening()
    listener.setblocking(False)
    start = perf_counter()
    for _ in range(steps):
        client = socket.create_connection(address)
        # It ends by a reset, or connections that linger would use up the ports.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        accepted, _ = await loop.sock_accept(listener)
        accepted.close()
        client.close()
    time = perf_counter() - start
    listener.close()
    return time


# Bytes of what is idle.


def resident_bytes():
    with open("/proc/self/smaps_rollup") as rollup:
        for line in rollup:
            if line.startswith("Rss:"):
                return int(line.split()[1]) * 1024
    return 0


async def task_bytes():
    board = Board(IDLE_TASKS)
    before = resident_bytes()
    tasks = [asyncio.create_task(board.wait_for_round(1)) for _ in range(IDLE_TASKS)]
    await board.complete.take()
    after = resident_bytes()
    board.next_round()
    for task in tasks:
        await task
    return (after - before) / IDLE_TASKS


async def conn_bytes():
    limit = 2 * IDLE_CONNECTIONS + 100
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < limit:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(limit, hard) if hard > 0 else limit, hard))
    listener, address = listening()
    server = await asyncio.start_server(echo, sock=listener)
    clients = [socket.create_connection(address)]
    await asyncio.sleep(0.1)
    before = resident_bytes()
    for _ in range(IDLE_CONNECTIONS):
        clients.append(socket.create_connection(address))
        await asyncio.sleep(0)
    await asyncio.sleep(0.1)
    after = resident_bytes()
    for client in clients:
        client.close()
    await asyncio.sleep(0.1)
    server.close()
    return (after - before) / IDLE_CONNECTIONS


TIMED = [spawn_join, spawn_await, spawn_detached, yield_self, yield_1000, yield_now, pingpong, oneshot, mpsc, queue]
TIMED += [wake_storm, cross_thread, executor, timer_cancel, timer_earliest, sleepers_100k, gather_1000, select]
TIMED += [timeout_ready, timeout_pending, cancel_catch, semaphore, echo_1, bulk, accept_close]
TIMED = {scenario.__name__: scenario for scenario in TIMED}
BYTES = {"task_bytes": task_bytes, "conn_bytes": conn_bytes}
LATE = {
    "sleep_1ms": lambda: [0.001] * 40,
    "sleep_10ms": lambda: [0.010] * 10,
    "sleep_random": lambda: [random.uniform(0.001, 0.002) for _ in range(40)],
}


def turns(name, run):
    """What one turn is of a scenario: a function that gives its samples."""
    if name in LATE:
        return lambda: [late * 1e6 for late in run(late_by(LATE[name]()))]
    if name in BYTES:
        return lambda: [run(BYTES[name]())]
    scenario, steps = TIMED[name], 1
    # The shortest of three: one pause of the machine would make a few steps look like enough.
    while name != "sleepers_100k" and min(run(scenario(steps)) for _ in range(3)) < TURN:
        steps *= 2

    def turn():
        if steps > 8:
            run(scenario(steps // 8))
        return [run(scenario(steps)) * 1e9 / (steps * PER_STEP.get(name, 1))]

    return turn


def main():
    peer, name, mode, processor = sys.argv[1:]
    factory = None
    if peer == "uvloop":
        import uvloop

        factory = uvloop.new_event_loop

    def run(coroutine):
        # Each on a new loop, like those of the other peers.
        with asyncio.Runner(loop_factory=factory) as runner:
            return runner.run(coroutine)

    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {int(processor)})
    if mode == "serve" and name == "echo_100":
        listener, address = listening()
        threading.Thread(target=end_with_input, daemon=True).start()
        print(address[1], flush=True)
        run(echo_server(listener))
    elif mode == "turns" and (name in TIMED or name in LATE or name in BYTES):
        turn = turns(name, run)
        print("ready", flush=True)
        for _ in sys.stdin:
            print(*turn(), flush=True)
    else:
        print("Python has nothing to do it with")
        sys.exit(CANNOT)


if __name__ == "__main__":
    main()
