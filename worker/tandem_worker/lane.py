"""The queue of one model: takes turns among requests, runs what waits together as one batch, and never blocks the event loop.

A batch is whatever arrived while the one before it ran, so a lone request waits for nothing. Each request gives a batch at most its
share, so that a long one does not hold up a short one. Deadlines are kept while waiting and while running. A canary goes first: it
tells a hung model from a busy one.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Any

from tandem_worker.errors import unavailable

# Runs items of requests with equal options; returns one result an item.
Work = Callable[[Sequence[Any], Any], Sequence[Any]]


class _Call:
    def __init__(self, items: Sequence[Any], options: Any, answered: "asyncio.Future[list[Any]]") -> None:
        self.items, self.options, self.answered = items, options, answered
        self.results: list[Any] = []
        self.given = 0


class Lane:
    """A bounded queue before one model."""

    def __init__(self, name: str, work: Work, executor: Executor, *, max_items: int, batch_items: int) -> None:
        self.name, self.waiting_items, self.served, self.batches = name, 0, 0, 0
        self._work, self._executor, self._max_items, self._batch_items = work, executor, max_items, batch_items
        self._calls: deque[_Call] = deque()
        self._runner: asyncio.Task[None] | None = None

    async def run(self, items: Sequence[Any], options: Any, *, deadline: float | None = None, canary: bool = False) -> list[Any]:
        """Results of the items, in order.

        options: hashable; only calls with equal ones share a batch. deadline: on the clock of time.monotonic.
        Raises RequestError 503 when the queue is full or the deadline passes; whatever the model raises.
        """
        if not items:
            return []
        if not canary and self.waiting_items > 0 and self.waiting_items + len(items) > self._max_items:
            raise unavailable(
                f"{self.waiting_items} items wait for {self.name!r} and {len(items)} more do not fit into its queue of "
                f"{self._max_items}. Try again, or start another worker.",
                retry_after_s=1,
            )
        call = _Call(items, options, asyncio.get_running_loop().create_future())
        if canary:
            self._calls.appendleft(call)
        else:
            self._calls.append(call)
        self.waiting_items += len(items)
        if self._runner is None or self._runner.done():
            self._runner = asyncio.create_task(self._run_all())
        try:
            timeout = None if deadline is None else deadline - time.monotonic()
            return await asyncio.wait_for(call.answered, timeout)
        except TimeoutError as error:
            raise unavailable(
                f"The deadline passed before {self.name!r} answered: {len(call.results)} of {len(items)} done.", retry_after_s=1
            ) from error
        finally:
            # Gone callers give their place back; what already runs is thrown away when it comes.
            if call.answered.cancelled():
                self._forget(call)

    async def _run_all(self) -> None:
        while self._calls:
            await self._run_parts(self._take_batch())

    async def _run_parts(self, parts: list[tuple[_Call, int, int]]) -> None:
        items = [item for call, low, high in parts for item in call.items[low:high]]
        try:
            results = await asyncio.get_running_loop().run_in_executor(self._executor, self._work, items, parts[0][0].options)
        except Exception as error:
            if len(parts) == 1:
                self._fail(parts[0][0], error)
                return
            # One caller's items must not fail those of the others.
            for part in parts:
                await self._run_parts([part])
            return
        self.batches += 1
        offset = 0
        for call, low, high in parts:
            call.results.extend(results[offset : offset + high - low])
            offset += high - low
            if len(call.results) == len(call.items) and not call.answered.done():
                self.served += len(call.items)
                call.answered.set_result(call.results)

    def _take_batch(self) -> list[tuple[_Call, int, int]]:
        options = self._calls[0].options
        mates = [call for call in self._calls if call.options == options]
        share = max(1, self._batch_items // len(mates))
        parts, left = [], self._batch_items
        for call in mates:
            if left == 0:
                break
            low = call.given
            call.given = min(len(call.items), low + min(share, left))
            left -= call.given - low
            self.waiting_items -= call.given - low
            parts.append((call, low, call.given))
            self._calls.remove(call)
            if call.given < len(call.items):
                self._calls.append(call)
        return parts

    def _fail(self, call: _Call, error: Exception) -> None:
        self._forget(call)
        if not call.answered.done():
            call.answered.set_exception(error)

    def _forget(self, call: _Call) -> None:
        if call in self._calls:
            self._calls.remove(call)
        self.waiting_items -= len(call.items) - call.given
        call.given = len(call.items)
