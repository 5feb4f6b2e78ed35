# The twin of pipeline.rs.
import asyncio
import os
from asyncio.subprocess import PIPE


async def main():
    print("-- a conversation, line by line")
    await conversation()
    print("-- one process writes what the next one reads")
    await in_a_row()
    print("-- four jobs, two at a time, 500 ms for each")
    await jobs()


# A process that doubles numbers, slowly.
CALCULATOR = "while read n; do sleep 0.1; echo $((n * 2)); done"


async def conversation():
    async def tick():
        await asyncio.sleep(0.06)
        print("(the loop ticks meanwhile)")

    ticker = asyncio.create_task(tick())
    child = await asyncio.create_subprocess_shell(CALCULATOR, stdin=PIPE, stdout=PIPE)
    for number in (21, 42):
        child.stdin.write(f"{number}\n".encode())
        answer = await child.stdout.readline()
        print(f"twice {number} is {answer.decode().strip()}")
    child.stdin.close()  # The end of its input, after which it ends itself.
    print(f"it ended well: {str(await child.wait() == 0).lower()}")
    await ticker


async def in_a_row():
    read, write = os.pipe()  # asyncio's own pipes can't be handed on.
    list_ = await asyncio.create_subprocess_shell("echo pears; echo apples; echo figs", stdout=write)
    os.close(write)
    sort = await asyncio.create_subprocess_exec("sort", stdin=read, stdout=PIPE)
    os.close(read)
    sorted_, _ = await sort.communicate()
    await list_.wait()
    print(", ".join(sorted_.decode().split()))


async def jobs():
    places = asyncio.Semaphore(2)

    async def job(name, line):
        async with places:
            child = await asyncio.create_subprocess_shell(line, stdout=PIPE, stderr=PIPE)
            try:
                await asyncio.wait_for(child.communicate(), 0.5)
            except asyncio.TimeoutError:
                child.kill()  # asyncio leaves it running.
                await child.wait()
                return f"{name}: took too long"
            return f"{name}: done" if child.returncode == 0 else f"{name}: exit status: {child.returncode}"

    for line in await asyncio.gather(
        job("resize", "sleep 0.1"),
        job("upload", "exec sleep 1000"),
        job("verify", "exit 1"),
        job("notify", "true"),
    ):
        print(line)


asyncio.run(main())
