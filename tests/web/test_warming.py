"""A process does what the first request would have to do before it takes any."""

from __future__ import annotations

import gc
import logging
import os
import socket
import subprocess
from typing import Any
from unittest.mock import patch

import pytest
from django.conf import settings
from django.db import DatabaseError
from django.template import engines
from django.urls import get_resolver

from bandstand.devstack.processes import free_port
from bandstand.devstack.product import parts
from bandstand.organizations.models import Organization
from bandstand.settings.workspace import ROOT
from bandstand_web import warming
from tests.conftest import Portal


def test_it_answers_a_page_of_the_platform_and_of_a_portal(
    alice_portal: Portal, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[str] = []

    def noted(environ: dict[str, Any], start: Any) -> Any:
        asked.append(environ["HTTP_HOST"])
        start("200 OK", [])
        return [b"a page"]

    with caplog.at_level(logging.INFO, "bandstand.web"), patch.object(warming.connections, "close_all"):
        assert warming.warmed(noted) is noted

    first = Organization.objects.filter(state=Organization.State.ACTIVE).order_by("pk").first()
    assert first is not None
    assert asked == [settings.BASE_DOMAIN, first.host]
    assert [each.getMessage().partition(" in ")[0] for each in caplog.records if each.name == "bandstand.web"] == [
        "warmed up"
    ]


def test_it_compiles_every_template_and_knows_every_address() -> None:
    warming.load()

    compiled = {name for loader in engines["django"].engine.template_loaders for name in loader.get_template_cache}  # type: ignore[attr-defined]
    assert {name for name in warming.templates() if name.endswith("list.html")} <= compiled
    assert get_resolver(settings.ROOT_URLCONF)._populated  # type: ignore[attr-defined]


def test_collections_of_garbage_leave_alone_what_is_loaded() -> None:
    loaded: list[list[str]] = []

    def loading(_environ: dict[str, Any], start: Any) -> Any:
        loaded.extend([] for _number in range(100))
        start("200 OK", [])
        return [b"a page"]

    frozen = gc.get_freeze_count()
    with patch.object(warming.connections, "close_all"):
        warming.warmed(loading)

    assert gc.get_freeze_count() >= frozen + len(loaded)


@pytest.mark.parametrize("problem", [DatabaseError("away"), RuntimeError("a bug")])
def test_what_fails_keeps_nothing_from_serving(problem: Exception, caplog: pytest.LogCaptureFixture) -> None:
    def broken(_environ: dict[str, Any], _start: Any) -> Any:
        raise problem

    with patch.object(warming.connections, "close_all"), patch.object(warming, "load"):
        assert warming.warmed(broken) is broken

    assert "the first requests will take longer" in caplog.text


def test_a_process_that_is_told_to_stop_while_it_warms_up_ends() -> None:
    (command,) = (part.command for part in parts(free_port()) if part.name == "web")
    with socket.create_server(("127.0.0.1", 0)) as database:  # that never answers
        database.settimeout(90)
        address = f"postgresql://nobody:none@127.0.0.1:{database.getsockname()[1]}/none"
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "bandstand_web.settings", "DATABASE_URL": address}
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
        connection, _address = database.accept()
        try:
            process.terminate()
            assert process.wait(20) == 0
        finally:
            connection.close()
            process.kill()
