# Point: a future is a place for a result: whoever awaits it goes on when another task has put one there.
import asyncio


async def set_after(future):
    await asyncio.sleep(0.02)
    future.set_result("666")
    print("it is set")


async def main():
    future = asyncio.get_running_loop().create_future()
    setter = asyncio.create_task(set_after(future))
    print("done before:", future.done())
    data = await future
    print(data)
    await setter


asyncio.run(main())
