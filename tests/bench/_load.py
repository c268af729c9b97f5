"""Load on one HTTP server: wrk where it is installed, else a few threads that speak HTTP over plain sockets."""

from __future__ import annotations

import json
import random
import re
import shutil
import socket
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_SCRIPT = """
local hosts = {{ {hosts} }}
local headers = {{ {headers} }}
math.randomseed(1)
request = function()
  headers["Host"] = hosts[math.random(#hosts)]
  return wrk.format("GET", {path}, headers)
end
"""
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


@dataclass(frozen=True)
class Load:
    """What a server made of it: requests a second, milliseconds of half and of 99 % of the answers."""

    rate: float
    p50: float
    p99: float
    failed: int


def tool() -> str:
    """Say what puts the load on."""
    return "wrk" if shutil.which("wrk") else "a client in Python (install wrk for less noise)"


def put(port: int, hosts: Sequence[str], path: str, headers: dict[str, str], *, clients: int, seconds: float) -> Load:
    """Ask over and over on `clients` connections, a host at random each time."""
    with_tool = _wrk if shutil.which("wrk") else _python
    return with_tool(port=port, hosts=hosts, path=path, headers=headers, clients=clients, seconds=seconds)


def _wrk(*, port: int, hosts: Sequence[str], path: str, headers: dict[str, str], clients: int, seconds: float) -> Load:
    script = _SCRIPT.format(
        hosts=", ".join(map(json.dumps, hosts)),
        headers=", ".join(f"[{json.dumps(name)}] = {json.dumps(value)}" for name, value in headers.items()),
        path=json.dumps(path),
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "load.lua"
        file.write_text(script)
        command = ["wrk", "-t1", f"-c{clients}", f"-d{max(1, round(seconds))}s", "--timeout", "30s", "--latency"]
        command += ["-s", str(file), f"http://127.0.0.1:{port}"]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    failed = [int(number) for number in re.findall(r"Non-2xx or 3xx responses: (\d+)", said)]
    failed += [int(number) for line in re.findall(r"Socket errors: (.*)", said) for number in re.findall(r"\d+", line)]
    return Load(float(_found(r"Requests/sec:\s+(\S+)", said)), _time("50%", said), _time("99%", said), sum(failed))


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    if match is None:
        raise SystemExit(f"wrk said something unexpected:\n{text}")
    return match[1]


def _time(share: str, text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(\w+)", _found(rf"\s{share}\s+(\S+)", text)).groups()  # type: ignore[union-attr]
    return float(number) * _UNITS[unit]


def _python(
    *, port: int, hosts: Sequence[str], path: str, headers: dict[str, str], clients: int, seconds: float
) -> Load:
    taken: list[float] = []
    failed: list[int] = []
    end = time.monotonic() + seconds
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())

    def client(number: int) -> None:
        dice = random.Random(number)  # noqa: S311
        with socket.create_connection(("127.0.0.1", port), timeout=30) as server, server.makefile("rb") as answers:
            while time.monotonic() < end:
                began = time.perf_counter()
                server.sendall(f"GET {path} HTTP/1.1\r\nHost: {dice.choice(hosts)}\r\n{lines}\r\n".encode())
                if not _read_answer(answers):
                    failed.append(1)
                taken.append((time.perf_counter() - began) * 1000)

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(taken) < clients:
        raise SystemExit("the clients of the benchmark failed")
    shares = statistics.quantiles(taken, n=100)
    return Load(len(taken) / seconds, shares[49], shares[98], sum(failed))


def _read_answer(answers: object) -> bool:
    """Read one whole answer; return whether it was a good one."""
    read = answers.readline  # type: ignore[attr-defined]
    status, length = int(read().split()[1]), 0
    while (line := read().strip()) != b"":
        name, _colon, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    answers.read(length)  # type: ignore[attr-defined]
    return 200 <= status < 400
