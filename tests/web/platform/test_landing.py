"""The platform's first page."""

from __future__ import annotations

import re

from django.contrib.staticfiles import finders
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings


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

    named = re.findall(r'/static/([^"\s]+)', text)
    assert named
    assert [name for name in named if finders.find(name) is None] == []


def test_it_says_of_the_operator_what_is_set(db: None, platform_client: Client, settings: Settings) -> None:
    settings.PRICE, settings.PRICE_DE = "From 5 € a month", "Ab 5 € im Monat"
    settings.PRICES_URL, settings.LEGAL_NOTICE_URL = "https://example.org/prices", "https://example.org/legal"
    settings.DEMO_URL, settings.SUPPORT_CONTACT = "https://demo.example.org", "mailto:help@example.org"

    text = platform_client.get("/").content.decode()
    german = platform_client.get("/", headers={"Accept-Language": "de"}).content.decode()

    for link in ("https://example.org/prices", "https://example.org/legal", "https://demo.example.org"):
        assert f'href="{link}"' in text
    assert 'href="mailto:help@example.org"' in text
    assert "From 5 € a month" in text
    assert "Ab 5 € im Monat" in german
    assert "From 5 €" not in german
    assert 'href="https://example.org/legal"' in platform_client.get("/signup/").content.decode()


def test_it_says_nothing_that_is_not_set(db: None, platform_client: Client, settings: Settings) -> None:
    text = platform_client.get("/").content.decode()
    for words in ("What it costs<", "Plans and prices", "See a demo portal", "Legal notice", "Contact<"):
        assert words not in text

    settings.PRICE = "free"
    assert "Bandstand is free here" in platform_client.get("/").content.decode()
