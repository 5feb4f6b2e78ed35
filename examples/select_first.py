# The twin of select_first.rs. asyncio has no select: this is what one writes with `wait`.
import asyncio

TICK = 0.05


async def first(*coroutines):
    """The first in the order of the arguments that is done; the others are cancelled and awaited."""
    tasks = [asyncio.ensure_future(coroutine) for coroutine in coroutines]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    winner = next(number for number, task in enumerate(tasks) if task in done)
    return winner, tasks[winner].result()


async def fetch(name, ticks):
    arrived = False
    try:
        print(f"{name}: asked")
        await asyncio.sleep(ticks * TICK)
        arrived = True
        return name
    finally:
        if not arrived:
            print(f"{name}: given up, hangs up")
            await asyncio.sleep(TICK)
        print(f"{name}: closed")


async def ready(value):
    return value


async def main():
    print("-- two mirrors and a limit: the quick one wins")
    winner, page = await first(fetch("near", 2), fetch("far", 9), asyncio.sleep(20 * TICK))
    print([f"we have {page}", f"we have {page}, of all things", "nobody answered"][winner])

    print("-- both are ready: the first in the text wins")
    for _ in range(3):
        winner, word = await first(ready(None), ready("never said"))
        print(["the first", word][winner])

    print("-- one that is kept: the others come and go")
    book = asyncio.get_running_loop().create_future()
    asked = 0
    while True:
        asked += 1
        nap = asyncio.ensure_future(asyncio.sleep(TICK))
        await asyncio.wait([book, nap], return_when=asyncio.FIRST_COMPLETED)
        if book.done():
            nap.cancel()
            print(f"we have {book.result()}")
            break
        print(f"asked {asked} times, not yet")
        if asked == 2:
            book.set_result("the book")


asyncio.run(main())
