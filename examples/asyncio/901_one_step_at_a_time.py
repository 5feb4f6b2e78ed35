# Point: a task that never suspends holds up all others until it has ended; one that yields lets them in each time.
import asyncio


async def greedy():
    for part in range(3):
        print("greedy part", part)


async def polite():
    for part in range(3):
        print("polite part", part)
        await asyncio.sleep(0)


async def tick():
    for number in range(2):
        print("  tick", number)
        await asyncio.sleep(0)


async def main():
    for work in greedy, polite:
        worker, ticker = asyncio.create_task(work()), asyncio.create_task(tick())
        await worker
        await ticker


asyncio.run(main())
