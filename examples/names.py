# The twin of names.rs.
import asyncio
import socket
import time


def phone_book(host, port, *args, **kwargs):
    """What the system's resolver would do, in short: it takes its time."""
    time.sleep(0.2)
    if host != "server.example":
        raise socket.gaierror(socket.EAI_NONAME, "NotFound")
    hosts = ["127.0.0.2", "127.0.0.1"]
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port)) for host in hosts]


ticks = 0


async def tick():
    global ticks
    while True:
        await asyncio.sleep(0.01)
        ticks += 1


async def greet(reader, writer):
    writer.write(b"welcome\n")
    writer.close()


async def main():
    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    socket.getaddrinfo = phone_book

    ticker = asyncio.create_task(tick())
    found = await asyncio.get_running_loop().getaddrinfo("server.example", port)
    ticker.cancel()
    print("server.example is at", " and ".join(one[4][0] for one in found))
    print("the loop went on meanwhile:", str(ticks >= 3).lower())

    reader, writer = await asyncio.open_connection(
        "server.example", port, happy_eyeballs_delay=0.25
    )
    welcome = (await reader.readline()).decode().rstrip()
    print(writer.get_extra_info("peername")[0], "says", welcome)
    writer.close()

    try:
        await asyncio.open_connection("nobody.example", port)
    except socket.gaierror as error:
        print(f"nobody.example: {error.strerror}")
    server.close()


asyncio.run(main())
