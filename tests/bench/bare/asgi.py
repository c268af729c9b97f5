"""Gives out, whatever is asked, what stands at the key BENCH_KEY, after one MGET on a thread, as web's threads do."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import redis

_KEYS = [os.environ["BENCH_KEY"], "version", "word"]
_STORE = redis.Redis.from_url(os.environ["PAGE_CACHE_URL"])
_THREADS = ThreadPoolExecutor(2)


async def application(
    scope: dict[str, Any], _receive: Callable[[], Awaitable[Any]], send: Callable[[dict[str, Any]], Awaitable[None]]
) -> None:
    """Answer a request."""
    assert scope["type"] == "http"
    found: Any = await asyncio.get_running_loop().run_in_executor(_THREADS, _STORE.mget, _KEYS)
    body = found[0] or b""
    headers = [(b"content-type", b"text/html"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
