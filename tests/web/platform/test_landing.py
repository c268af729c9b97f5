"""The platform's first page."""

from __future__ import annotations

import re

from django.contrib.staticfiles import finders
from django.test import Client
from pytest_django import DjangoAssertNumQueries


def test_it_explains_the_product_and_leads_to_the_sign_up(
    db: None, platform_client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    platform_client.get("/")  # the connection may stand in another schema
    with django_assert_num_queries(1):  # which documents the footer links
        text = platform_client.get("/").content.decode()

    assert "Every band deserves a poster" in text
    assert 'href="/signup/"' in text


def test_it_has_every_file_that_it_shows(db: None, platform_client: Client) -> None:
    text = platform_client.get("/").content.decode()

    named = re.findall(r'(?:src|href|srcset)="/static/([^"]+)"', text)
    assert named
    assert [name for name in named if finders.find(name) is None] == []
