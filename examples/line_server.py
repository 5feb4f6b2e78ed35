# The twin of line_server.rs.
import asyncio

TICK = 0.05


async def add_up(reader, writer):
    total = 0
    while line := await reader.readline():
        try:
            total += int(line)
        except ValueError:
            writer.write(b"that is no number, but ")
        writer.write(f"{total} so far\n".encode())
        await writer.drain()
    print(f"server: a client has left, at {total}")
    writer.close()


async def client(name, address, lines, pause):
    reader, writer = await asyncio.open_connection(*address)
    for line in lines:
        await asyncio.sleep(pause)
        writer.write(f"{line}\n".encode())
        answer = (await reader.readline()).decode().rstrip()
        print(f"{name}: sent {line}, got: {answer}")
    writer.close()


async def main():
    server = await asyncio.start_server(add_up, "127.0.0.1", 0)
    address = server.sockets[0].getsockname()
    slow = client("slow", address, ["1", "2", "3"], 5 * TICK)
    quick = client("quick", address, ["10", "20", "x"], TICK)
    await asyncio.gather(slow, quick)
    await asyncio.sleep(TICK)  # Until the servers of both have seen the end.
    server.close()
    await server.wait_closed()
    print("server: closed")


asyncio.run(main())
