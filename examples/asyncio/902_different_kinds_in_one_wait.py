# Point: one wait may hold tasks of different kinds, here a plain sleep beside two that give something.
import asyncio


async def number():
    await asyncio.sleep(0.02)
    return 42


async def word():
    await asyncio.sleep(0.04)
    return "a word"


def show(value):
    if value is None:
        print("nothing")
    elif isinstance(value, int):
        print("the number", value)
    else:
        print("the text", value)


async def main():
    works = [asyncio.sleep(0.06), number(), word()]
    tasks = [asyncio.create_task(work) for work in works]
    done, pending = await asyncio.wait(tasks)
    print(len(done), "done,", len(pending), "pending")
    for task in tasks:
        show(task.result())
    nothing, answer, text = await asyncio.gather(asyncio.sleep(0.06), number(), word())
    for value in nothing, answer, text:
        show(value)


asyncio.run(main())
