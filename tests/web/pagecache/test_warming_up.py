"""A process that warms up makes a portal's page, whether or not another process has kept it."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bandstand_web import warming
from tests.conftest import Portal


def test_a_page_that_another_process_has_kept_is_made_all_the_same(alice: Portal) -> None:
    django = get_wsgi_application()
    queries: list[int] = []

    def counted(environ: dict[str, Any], start: Any) -> Any:
        is_of_portal = environ["HTTP_HOST"] == alice.host
        with CaptureQueriesContext(connection) as seen:
            answer = django(environ, start)
        queries.extend([len(seen)] if is_of_portal else [])
        return answer

    with patch.object(warming.connections, "close_all"), patch.object(warming, "load"):
        for _process in range(3):
            warming.warmed(counted)

    assert len(queries) == 3
    assert min(queries) > 2, "more than whose the host is"
