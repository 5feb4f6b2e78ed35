# The twin of queue_workers.rs.
import asyncio

TICK = 0.05


async def work(name, ticks, parcels):
    delivered = 0
    try:
        while True:  # Since Python 3.13 a queue has `shutdown`, and `get` raises QueueShutDown.
            number = await parcels.get()
            await asyncio.sleep(ticks * TICK)
            print(f"{name} delivers parcel {number}")
            delivered += 1
            parcels.task_done()
    except asyncio.CancelledError:
        return delivered


async def main():
    parcels = asyncio.Queue(3)
    # Bob takes his time, so Ann takes the parcels.
    ticks = {"Ann": 1, "Bob": 12}
    workers = [asyncio.create_task(work(name, ticks[name], parcels)) for name in ticks]
    for number in range(1, 8):
        if parcels.full():
            print(f"parcel {number} has to wait for a place")
        await parcels.put(number)
        print(f"parcel {number} is in the queue")
    await parcels.join()
    print("all parcels are delivered")

    for worker in workers:
        worker.cancel()
    for worker, name in zip(workers, ticks):
        print(f"{name} goes home, with {await worker} delivered")


asyncio.run(main())
