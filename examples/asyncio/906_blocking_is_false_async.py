# Point: a call that blocks inside a coroutine stops every task; on a thread it stops nobody.
import asyncio
import time


async def ticker(ticks):
    while True:
        ticks.append(1)
        await asyncio.sleep(0.02)


async def blocks():
    time.sleep(0.3)


async def offloads():
    await asyncio.to_thread(time.sleep, 0.3)


async def main():
    for work in blocks, offloads:
        ticks = []
        task = asyncio.create_task(ticker(ticks))
        await asyncio.sleep(0)
        before = len(ticks)
        await work()
        during = len(ticks) - before
        task.cancel()
        print(work.__name__ + ":", "the ticker went on" if during > 1 else "the ticker stood still")


asyncio.run(main())
