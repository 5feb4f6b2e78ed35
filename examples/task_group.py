# The twin of task_group.rs.
import asyncio

TICK = 0.05


async def weigh(name, ticks):
    await asyncio.sleep(ticks * TICK)
    print(f"{name}: weighed")
    return ticks


async def crash(why, ticks):
    await asyncio.sleep(ticks * TICK)
    raise OSError(why)


async def copy(name, ticks, trouble):
    try:
        await asyncio.sleep(ticks * TICK)
    finally:
        print(f"{name}: closes its file")
        await asyncio.sleep(TICK)
        if trouble:
            raise OSError(f"{name}: {trouble}")
        print(f"{name}: has closed it")


class Enough(Exception):
    pass


async def main():
    print("-- all succeed: the block has their values")
    async with asyncio.TaskGroup() as group:
        one = group.create_task(weigh("apple", 2))
        two = group.create_task(weigh("pear", 1))
    print(f"together: {one.result() + two.result()} ticks")

    print("-- one fails: all end, and every error is told")
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(copy("photos", 9, "the disk is full"))
            group.create_task(crash("the plug was pulled", 2))
    except* OSError as failed:
        errors = [str(error) for error in failed.exceptions]
        print(f"{len(errors)} tasks of the group failed: {'; '.join(errors)}")

    print("-- nothing left to do: the group is ended early")
    found = None
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(copy("music", 9, ""))
            await asyncio.sleep(TICK)
            found = "found it"
            raise Enough  # A group has no `cancel` before Python 3.15.
    except* Enough:
        print(found)


asyncio.run(main())
