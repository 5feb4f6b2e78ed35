# The twin of udp_echo.rs.
import asyncio


class Serve(asyncio.DatagramProtocol):
    """Answers everything but what is lost on its way, as it were."""

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        if data != b"lose me":
            self.transport.sendto(data, address)


class Ask(asyncio.DatagramProtocol):
    def __init__(self):
        self.answer = asyncio.get_running_loop().create_future()

    def datagram_received(self, data, address):
        self.answer.set_result(data)


async def client(name, server, text):
    loop = asyncio.get_running_loop()
    transport, ask = await loop.create_datagram_endpoint(Ask, remote_addr=server)
    transport.sendto(text.encode())
    try:
        async with asyncio.timeout(0.1):
            print(f"{name}: got {(await ask.answer).decode()}")
    except TimeoutError:
        print(f"{name}: no answer")
    transport.close()


async def main():
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Serve, local_addr=("127.0.0.1", 0))
    address = transport.get_extra_info("sockname")
    await client("one", address, "hello")
    await client("two", address, "lose me")
    await client("three", address, "and once more")
    transport.close()


asyncio.run(main())
