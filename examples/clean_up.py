# The twin of clean_up.rs.
import asyncio

TICK = 0.05


async def eat(what, ticks):
    print(f"{what} is served")
    await asyncio.sleep(ticks * TICK)
    print(f"{what} is eaten")


async def cancel_after(ticks, task, why):
    await asyncio.sleep(ticks * TICK)
    print(f"cancel: {why}")
    task.cancel(why)
    try:
        await task
        print("it ended by itself")
    except asyncio.CancelledError as error:
        print(f"the task was cancelled: {error}")


async def masked(coroutine):
    """asyncio has nothing for it: await on, whatever comes, and raise it afterward."""
    task = asyncio.ensure_future(coroutine)
    request = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as cancelled:
            request = cancelled
    if request is not None:
        raise request
    return task.result()


async def dinner():
    try:
        await eat("soup", 4)
    finally:
        print("the plates go into the kitchen")
        await asyncio.sleep(TICK)
        print("the table is clear")


async def guest():
    try:
        await eat("cake", 4)
    except asyncio.CancelledError as request:
        print(f"excuse me: {request.args[0]}?")
    await eat("coffee", 1)


async def pay():
    print("the card is in the reader")
    await asyncio.sleep(3 * TICK)
    print("the card is out again")


async def payment():
    await masked(pay())
    await asyncio.sleep(TICK)
    print("never said")


async def sauce():
    await asyncio.sleep(8 * TICK)
    print("the cook has finished the sauce")


async def wait_for_sauce(cook):
    await asyncio.shield(cook)


async def main():
    print("-- finally: the table is cleared, however dinner ends")
    await cancel_after(1, asyncio.create_task(dinner()), "time to go")

    print("-- catch: the request, as a value, and what one makes of it")
    await cancel_after(1, asyncio.create_task(guest()), "the bill")

    print("-- masked: paying is not interrupted in its middle")
    await cancel_after(1, asyncio.create_task(payment()), "hurry up")

    print("-- shield: who waits for the cook may go, the cook goes on")
    cook = asyncio.create_task(sauce())
    await cancel_after(1, asyncio.create_task(wait_for_sauce(cook)), "table 7")
    await cook


asyncio.run(main())
