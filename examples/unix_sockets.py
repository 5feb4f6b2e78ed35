# The twin of unix_sockets.rs.
import asyncio
import os
import shutil
import socket
import tempfile


async def shout(reader, writer):
    """Answers one line, in capital letters."""
    writer.write((await reader.readline()).upper())
    writer.close()


def hand_over(path):
    """Hands an open file from one end of a connection to the other: to another program, in earnest."""
    one, other = socket.socketpair()
    with open(path, "w+") as file:
        file.write("written before it was passed")
        file.flush()
        file.seek(0)
        socket.send_fds(one, [b"a letter"], [file.fileno()])
    message, descriptors, _, _ = socket.recv_fds(other, 100, 253)
    with os.fdopen(descriptors[0]) as file:
        print(message.decode(), "came:", file.read())
    one.close()
    other.close()


async def main(folder):
    path = os.path.join(folder, "server")
    # As a server that was killed leaves it.
    left = socket.socket(socket.AF_UNIX)
    left.bind(path)
    left.close()
    server = await asyncio.start_unix_server(shout, path)
    for word in ["hello", "goodbye"]:
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(f"{word}\n".encode())
        print(f"{word}:", (await reader.readline()).decode().rstrip())
        writer.close()
    server.close()
    await server.wait_closed()
    if os.path.exists(path):
        os.remove(path)  # Python does it from 3.13 on.
    print("the file is there:", str(os.path.exists(path)).lower())
    hand_over(os.path.join(folder, "letter"))


folder = tempfile.mkdtemp()
asyncio.run(main(folder))
shutil.rmtree(folder)
