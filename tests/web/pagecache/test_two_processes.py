"""Two web processes count for one portal, and nothing is lost when they are told to end."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bandstand.numbers import tallies
from tests.attacks.serving import served
from tests.conftest import Portal

pytestmark = pytest.mark.long
BROWSER = b"Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


def test_what_two_processes_counted_is_there_once_they_have_ended(alice: Portal) -> None:
    tallies.client().flushdb()
    zone = ZoneInfo(alice.organization.time_zone)
    days = {datetime.now(zone).date().isoformat()}
    with ExitStack() as stack:
        processes = [stack.enter_context(served()) for _process in range(2)]
        for process in processes:
            for _visit in range(3):
                lines = (b"GET /bands/cats/ HTTP/1.1", b"Host: " + alice.host.encode(), b"User-Agent: " + BROWSER)
                answer = process.send(b"\r\n".join((*lines, b"Connection: close", b"", b"")))
                assert answer.status == 200

    days.add(datetime.now(zone).date().isoformat())  # in case it was midnight
    batches = [tallies.tally_take(alice.organization.schema_name, day) for day in days]
    assert sum(batch.counts.get(("page", "/bands/cats/"), 0) for batch in batches if batch) == 6
