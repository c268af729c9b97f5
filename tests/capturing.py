"""What would leave for Sentry, kept here instead."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import sentry_sdk
from django.conf import settings
from django.core.signals import got_request_exception
from django.db import connection, transaction
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from bandstand.settings.reporting import report_errors, report_page

# Pieces that no source line may spell out: an event shows the lines of code around the place.
WORDS = ["Bob", "Dear"]
LETTER = f"{WORDS[1]} {WORDS[0]}"


class Capturing(Transport):
    """Keeps events."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[dict[str, Any]] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        event = envelope.get_event()
        if event is not None:
            self.events.append(json.loads(json.dumps(event, default=str)))


@contextmanager
def capturing(service: str) -> Iterator[Capturing]:
    """Report errors of `service` to the list that is yielded."""
    transport = Capturing()
    environment = replace(
        settings.ENVIRONMENT, sentry_dsn="https://key@sentry.example.org/1", release="1.2.3", sentry_environment="stage"
    )
    with sentry_sdk.isolation_scope():
        report_errors(environment, service=service, transport=transport)
        try:
            yield transport
        finally:
            got_request_exception.disconnect(report_page)
            sentry_sdk.get_client().close()
            sentry_sdk.get_global_scope().set_client(None)


def break_down(*_arguments: object, **_more: object) -> None:
    """Raise an error of the database that repeats what was written."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT %s::integer", [LETTER])
