# The twin of rate_limit.rs.
import asyncio
import time

PERIOD = 0.1


class RateLimit:
    def __init__(self, count, period):
        self.permits = asyncio.Semaphore(count)
        self.period = period

    async def wait(self):
        await self.permits.acquire()
        asyncio.get_running_loop().call_later(self.period, self.permits.release)


async def main():
    print("-- at most two at once")
    permits = asyncio.Semaphore(2)
    running = 0

    async def request(number):
        nonlocal running
        async with permits:
            running += 1
            print(f"request {number} runs, one of {running}")
            await asyncio.sleep(PERIOD / 2)
            running -= 1

    await asyncio.gather(*(request(number) for number in range(1, 6)))

    print("-- at most two in each 100 ms")
    limit = RateLimit(2, PERIOD)
    start = time.monotonic()

    async def begin(number):
        await limit.wait()
        periods = int((time.monotonic() - start) / PERIOD)
        print(f"request {number} begins in period {periods}")

    await asyncio.gather(*(begin(number) for number in range(1, 7)))


asyncio.run(main())
