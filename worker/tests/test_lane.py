"""The queue before a model: batches, shares, bounds, deadlines, canaries."""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tandem_worker.errors import RequestError
from tandem_worker.lane import Lane


class Doubling:
    """A model whose first batch waits until it is let go."""

    def __init__(self) -> None:
        self.batches: list[list[Any]] = []
        self.begun, self.go = threading.Event(), threading.Event()

    def __call__(self, items: Sequence[Any], _options: Any) -> list[Any]:
        self.batches.append(list(items))
        self.begun.set()
        self.go.wait(120)
        if "bad" in items:
            raise ValueError("bad item")
        return [item * 2 for item in items]


def in_lane(work: Callable[[Lane, Doubling], Any], **limits: int) -> Any:
    async def run() -> Any:
        with ThreadPoolExecutor(1) as executor:
            model = Doubling()
            lane = Lane("model", model, executor, **({"max_items": 100, "batch_items": 4} | limits))
            try:
                return await work(lane, model)
            finally:
                model.go.set()

    return asyncio.run(run())


async def first_running(lane: Lane, model: Doubling) -> "asyncio.Task[list[Any]]":
    task = asyncio.create_task(lane.run([1], None))
    await asyncio.to_thread(model.begun.wait, 120)
    return task


def test_runs_what_arrived_meanwhile_as_one_batch() -> None:
    async def work(lane: Lane, model: Doubling) -> None:
        first = await first_running(lane, model)
        others = [asyncio.create_task(lane.run([item], None)) for item in (2, 3, 4)]
        await asyncio.sleep(0)
        model.go.set()
        assert [await first, *[await other for other in others]] == [[2], [4], [6], [8]]
        assert model.batches == [[1], [2, 3, 4]]

    in_lane(work)


def test_gives_a_short_call_a_place_beside_a_long_one() -> None:
    async def work(lane: Lane, model: Doubling) -> None:
        await first_running(lane, model)
        long = asyncio.create_task(lane.run(list(range(10, 30)), None))
        short = asyncio.create_task(lane.run([99], None))
        await asyncio.sleep(0)
        model.go.set()
        assert await short == [198]
        assert await long == [item * 2 for item in range(10, 30)]
        assert 99 in model.batches[1]
        assert all(len(batch) <= 4 for batch in model.batches)

    in_lane(work)


def test_refuses_what_does_not_fit_and_forgets_nothing_else() -> None:
    async def work(lane: Lane, model: Doubling) -> None:
        first = await first_running(lane, model)
        waiting = asyncio.create_task(lane.run([2, 3], None))
        await asyncio.sleep(0)
        with pytest.raises(RequestError, match="do not fit into its queue of 3") as refused:
            await lane.run([4, 5], None)
        assert (refused.value.status, refused.value.retry_after_s) == (503, 1)
        model.go.set()
        assert (await first, await waiting, lane.waiting_items) == ([2], [4, 6], 0)

    in_lane(work, max_items=3)


def test_keeps_deadlines_and_gives_places_back() -> None:
    async def work(lane: Lane, model: Doubling) -> None:
        first = await first_running(lane, model)
        with pytest.raises(RequestError, match="deadline passed") as late:
            await lane.run([2, 3], None, deadline=time.monotonic() + 0.01)
        assert (late.value.status, lane.waiting_items) == (503, 0)
        model.go.set()
        assert await first == [2]
        assert model.batches == [[1]]

    in_lane(work)


def test_asks_a_canary_first_though_the_queue_is_full() -> None:
    async def work(lane: Lane, model: Doubling) -> None:
        await first_running(lane, model)
        waiting = asyncio.create_task(lane.run([2, 3, 4, 5, 6], "other"))
        await asyncio.sleep(0)
        canary = asyncio.create_task(lane.run([100], None, canary=True))
        await asyncio.sleep(0)
        model.go.set()
        assert await canary == [200]
        assert model.batches[1] == [100]
        assert await waiting == [4, 6, 8, 10, 12]

    in_lane(work, max_items=5)


def test_fails_only_the_call_whose_item_is_bad() -> None:
    async def work(lane: Lane, model: Doubling) -> None:
        await first_running(lane, model)
        bad = asyncio.create_task(lane.run(["bad"], None))
        good = asyncio.create_task(lane.run([3], None))
        await asyncio.sleep(0)
        model.go.set()
        with pytest.raises(ValueError, match="bad item"):
            await bad
        assert (await good, lane.waiting_items) == ([6], 0)

    in_lane(work)


def test_never_mixes_calls_of_other_options() -> None:
    async def work(lane: Lane, model: Doubling) -> None:
        await first_running(lane, model)
        calls = [asyncio.create_task(lane.run([item], item % 2)) for item in range(2, 8)]
        await asyncio.sleep(0)
        model.go.set()
        await asyncio.gather(*calls)
        assert [sorted({item % 2 for item in batch}) for batch in model.batches[1:]] in ([[0], [1]], [[0], [1], [0], [1]])

    in_lane(work)
