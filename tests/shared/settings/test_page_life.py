"""Pages live long where they have a store of their own, as they would push out what guards, or fill the other one."""

from __future__ import annotations

import os

import pytest

from tests import prepared

ASKED = "from django.conf import settings; print(settings.PAGE_CACHE_SECONDS, settings.PAGE_CACHE_URL)"


@pytest.mark.parametrize(
    ("given", "seconds", "url"),
    [
        ({}, 60, None),
        ({"PAGE_CACHE_URL": "redis://pages/0"}, 86_400, "redis://pages/0"),
        ({"PAGE_CACHE_URL": "redis://pages/0", "BANDSTAND_PAGE_CACHE_SECONDS": "300"}, 300, "redis://pages/0"),
        ({"BANDSTAND_PAGE_CACHE_SECONDS": "0"}, 0, None),
    ],
)
def test_a_page_lives_for_a_day_in_a_store_of_its_own(given: dict[str, str], seconds: int, url: str | None) -> None:
    plain = {name: value for name, value in os.environ.items() if "PAGE_CACHE" not in name}
    done = prepared.run("-c", ASKED, environment={**plain, "DJANGO_SETTINGS_MODULE": "bandstand_web.settings", **given})
    assert done.stdout.split() == [str(seconds), url or os.environ["REDIS_URL"]]
