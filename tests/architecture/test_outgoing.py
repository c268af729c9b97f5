"""Who may open connections: what people type is asked by `bandstand.outgoing` alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import ROOT

CODE = [ROOT / "shared" / "bandstand", ROOT / "services" / "web", ROOT / "services" / "worker", ROOT / "manage.py"]
# What opens connections, or is one import away from it.
CALLERS = (
    *("socket", "ssl", "http.client", "urllib.request", "smtplib", "ftplib", "imaplib", "poplib", "xmlrpc", "asyncio"),
    *("socketserver", "requests", "httpx", "httpcore", "aiohttp", "urllib3", "pycurl", "websocket", "websockets"),
    *("dns", "boto3", "botocore", "kubernetes", "paramiko", "feedparser", "celery.utils.dispatch"),
)
# Elsewhere a connection's end is the operator's word, in settings: nobody types it.
REASONS = {
    "shared/bandstand/outgoing/connections.py": "the guarded client",
    "shared/bandstand/outgoing/fetching.py": "the guarded client",
    "shared/bandstand/outgoing/looking_up.py": "the guarded client asks name servers",
    "shared/bandstand/media/object_storage.py": "names the store's errors; settings say where the store is",
    "shared/bandstand/settings/storages.py": "settings say where the store is",
    "shared/bandstand/settings/log_lines.py": "knows the mail server's errors, which repeat addresses",
    "shared/bandstand/devstack/processes.py": "looks for free ports of this machine, in development",
    "shared/bandstand/devstack/product.py": "waits for the servers that it started itself",
    "shared/bandstand/jobs/management/commands/prove_deployment.py": "asks the installation's own address",
    "shared/bandstand/organizations/proxy_check.py": "asks the address that an operator gives to a command",
    "shared/bandstand/moving/departing.py": "asks the cells that settings name whether they are ready",
    "services/web/bandstand_web/cells.py": "passes requests on to the cells that settings name",
    "services/web/bandstand_web/receiving.py": "listens, and calls nobody",
    "services/web/bandstand_web/compartments.py": "lets requests wait on the event loop",
    "services/worker/bandstand_worker/handlers/carry_owners.py": "tells the cells that settings name who owns portals",
    "services/worker/bandstand_worker/dns_looking.py": "asks resolvers by address; connects to nothing they name",
    "services/worker/bandstand_worker/dispatcher_process.py": "says this machine's name",
    "services/worker/bandstand_worker/processes.py": "says this machine's name",
    "services/worker/bandstand_worker/cluster/process.py": "says this machine's name",
    "services/worker/bandstand_worker/cluster/api.py": "the cluster that this worker runs in",
    "services/worker/bandstand_worker/handlers/send_mail.py": "names the mail server's errors; Django sends",
}


def imported(tree: ast.AST) -> Iterator[str]:
    """Give the full names of what a module imports, however far inside."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in {"import_module", "importlib.import_module"}:
            yield from (str(part.value) for part in node.args[:1] if isinstance(part, ast.Constant))


def calls_out(source: str) -> bool:
    """Return whether a module imports something that opens connections."""
    return any(
        name == caller or name.startswith(f"{caller}.") for name in imported(ast.parse(source)) for caller in CALLERS
    )


def modules() -> Iterator[Path]:
    for place in CODE:
        yield from [place] if place.suffix else sorted(place.rglob("*.py"))


def test_nothing_else_opens_connections() -> None:
    found = {str(path.relative_to(ROOT)) for path in modules() if calls_out(path.read_text(encoding="utf-8"))}

    assert found - REASONS.keys() == set(), "fetch by bandstand.outgoing, or give the reason in REASONS"
    assert REASONS.keys() - found == set(), "a reason for nothing"


@pytest.mark.parametrize(
    "source",
    [
        "import requests",
        "from urllib.request import urlopen",
        "from urllib import request",
        "def late():\n    import httpx as h",
        "import importlib\nimportlib.import_module('http.client')",
        "from dns import resolver",
    ],
)
def test_it_would_see_somebody_who_does(source: str) -> None:
    assert calls_out(source)


@pytest.mark.parametrize("source", ["from urllib.parse import urlsplit", "import socketless", "from . import requests"])
def test_it_lets_others_be(source: str) -> None:
    assert not calls_out(source)
