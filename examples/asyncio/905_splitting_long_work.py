# Point: long work that yields between its parts lets a ticker be on time; in one step it makes the ticker late.
import asyncio
import time


async def ticker(late):
    """Wants to tick every 20 ms, and notes how late it was at most."""
    while True:
        wanted = time.monotonic() + 0.02
        await asyncio.sleep(0.02)
        late[0] = max(late[0], time.monotonic() - wanted)


async def work(split):
    for _ in range(40):
        time.sleep(0.01)
        if split:
            await asyncio.sleep(0)


async def main():
    for split in False, True:
        late = [0.0]
        task = asyncio.create_task(ticker(late))
        await asyncio.sleep(0)
        await asyncio.create_task(work(split))
        await asyncio.sleep(0.05)
        task.cancel()
        how = "in parts" if split else "in one step"
        print(how + ":", "late" if late[0] > 0.2 else "on time")


asyncio.run(main())
