# The twin of as_completed.rs. asyncio's gives awaitables that do not tell whose they are (before 3.13).
import asyncio

TICK = 0.05


async def weather(number, place, ticks):
    try:
        await asyncio.sleep(ticks * TICK)
    except asyncio.CancelledError:
        print(f"(nobody waits for {place} any more)")
        raise
    if not place:
        return f"question {number} failed: which place?"
    return f"question {number}: fine weather at {place}"


async def main():
    questions = [("the sea", 3), ("the desert", 1), ("the moon", 99), ("", 2)]
    tasks = [asyncio.create_task(weather(i, *question)) for i, question in enumerate(questions)]
    try:
        for answer in asyncio.as_completed(tasks, timeout=5 * TICK):
            print(await answer)
    except TimeoutError:
        return print("enough: the time was over before the result was there")
    print("that was the last answer")


asyncio.run(main())
