"""The platform's own icons, which portals without any show too."""

from __future__ import annotations

import io
import json

from django.test import Client
from PIL import Image
from pytest_django import DjangoAssertNumQueries

from bandstand.portals.icon_files import ICON_FILES
from bandstand_web.house_icons import house_icon
from bandstand_web.icons import ICON_PATHS, house_version
from tests.conftest import Portal

FIELD, SHAPES = (0xD6, 0x40, 0x2B), (255, 255, 255)


def test_they_are_pictures_of_a_bandstand() -> None:
    for file, side in ICON_FILES.items():
        image = Image.open(io.BytesIO(house_icon(file)))
        image.load()
        assert image.format == ("ICO" if file.endswith(".ico") else "PNG")
        assert image.size == (side, side)
        assert image.convert("RGB").getpixel((0, 0)) == FIELD
    image = Image.open(io.BytesIO(house_icon("512.png")))
    at = [(256, 436), (256, 200), (120, 300), (170, 300)]  # floor, roof, left pillar, between two pillars
    assert [image.getpixel(point) for point in at] == [SHAPES, SHAPES, SHAPES, FIELD]


def test_the_platform_sends_them(
    db: None, platform_client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    page = platform_client.get("/").content.decode()
    assert f'href="/favicon.ico?v={house_version()}"' in page
    assert 'href="/site.webmanifest"' in page

    with django_assert_num_queries(0):
        for path, file in ICON_PATHS.items():
            answer = platform_client.get(f"/{path}?v={house_version()}")
            assert "immutable" in answer["Cache-Control"]
            assert "immutable" not in platform_client.get(f"/{path}?v=other")["Cache-Control"]
            assert answer["Content-Type"] == ("image/vnd.microsoft.icon" if file.endswith(".ico") else "image/png")
        told = json.loads(platform_client.get("/site.webmanifest").content)
    assert told["name"] == "Bandstand"
    assert all(platform_client.get(each["src"]).status_code == 200 for each in told["icons"])


def test_a_portal_without_icons_sends_them_for_the_moment(alice_portal: Portal) -> None:
    answer = alice_portal.client().get("/favicon.ico")

    assert answer.content == house_icon("favicon.ico")
    assert answer["Cache-Control"] == "no-cache"
