# Point: a task in the background runs while others wait: never, if nobody does; to its end, in a group that waits for it.
import asyncio


async def background(runs):
    for _ in range(10):
        runs.append(1)
        await asyncio.sleep(0.1)


async def main():
    runs = []
    task = asyncio.create_task(background(runs))
    print("without time:", len(runs))
    task.cancel()

    runs = []
    task = asyncio.create_task(background(runs))
    await asyncio.sleep(0.35)
    print("with some time:", len(runs))
    task.cancel()

    runs = []
    async with asyncio.TaskGroup() as group:
        group.create_task(background(runs))
        print("in a group:", len(runs))
    print("at the end of the group:", len(runs))


asyncio.run(main())
