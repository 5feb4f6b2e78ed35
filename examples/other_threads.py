# The twin of other_threads.rs.
import asyncio
import threading
import time

TICK = 0.05


def name():
    current = threading.current_thread()
    return "main" if current is threading.main_thread() else current.name


async def six_times_seven():
    print(f"a task:  runs on {name()}")
    await asyncio.sleep(TICK)
    return 6 * 7


def errands(loop, letter):
    print(f"errands: run on {name()}")
    loop.call_soon_threadsafe(lambda: print(f"a call:  runs on {name()}"))
    time.sleep(TICK)

    loop.call_soon_threadsafe(letter.set_result, "greetings")
    time.sleep(TICK)

    task = asyncio.run_coroutine_threadsafe(six_times_seven(), loop)
    print(f"errands: the task's answer is {task.result()}")

    task = asyncio.run_coroutine_threadsafe(asyncio.sleep(3600), loop)
    task.cancel()
    try:
        task.result()
    except BaseException:
        print("errands: the task was cancelled")


async def read(letter):
    print("reader:  waits for a letter")
    print(f'reader:  got "{await letter}"')


async def main():
    loop = asyncio.get_running_loop()
    letter = loop.create_future()
    reader = asyncio.create_task(read(letter))
    await asyncio.sleep(0)
    print(f"loop:    runs on {name()}")
    other = threading.Thread(target=errands, args=(loop, letter), name="another thread")
    other.start()
    await reader
    while other.is_alive():
        await asyncio.sleep(TICK)
    print("loop:    the other thread has ended")


asyncio.run(main())
