"""What it costs to get in."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from bandstand.gigs.models import Gig
from bandstand.gigs.showing_prices import minimum_age, shown_price
from tests.conftest import Portal
from tests.factories.gigs import GigFactory


@pytest.mark.parametrize(
    ("values", "english", "german"),
    [
        ({"price_from": "12", "currency": "EUR"}, "€12", "12 €"),
        ({"price_from": "12.5", "price_to": "18", "currency": "GBP"}, "£12.50-18.00", "12,50-18,00 £"),
        ({"price_from": "1200", "price_to": "1200", "currency": "CHF"}, "CHF 1,200", "1.200 CHF"),
        ({"price_from": "3500", "currency": "JPY"}, "¥3,500", "3.500 ¥"),
        ({"is_free": True}, "Free entry", "Eintritt frei"),
        ({"price": "12 €, members free", "price_from": "12", "currency": "EUR"}, *["12 €, members free"] * 2),
        ({}, "", ""),
    ],
)
def test_it_is_told_as_people_write_it(values: dict[str, Any], english: str, german: str) -> None:
    amounts = {name: Decimal(value) if name in {"price_from", "price_to"} else value for name, value in values.items()}
    gig = Gig(**amounts)
    for language, words in (("en", english), ("de", german)):
        with translation.override(language):
            assert shown_price(gig).replace("\N{EN DASH}", "-") == words


def test_it_says_who_gets_in() -> None:
    assert (minimum_age(Gig(age_limit=16)), minimum_age(Gig())) == ("From age 16", "")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"price_from": 10, "price_to": 5, "currency": "EUR"}, "price_to"),
        ({"price_to": 5, "currency": "EUR"}, "price_from"),
        ({"price_from": 10}, "currency"),
        ({"price_from": 10, "currency": "EUR", "is_free": True}, "is_free"),
    ],
)
def test_prices_that_contradict_each_other_are_refused(
    values: dict[str, Any], field: str, in_alice_portal: Portal
) -> None:
    gig = GigFactory()
    for name, value in values.items():
        setattr(gig, name, value)

    with pytest.raises(ValidationError) as refused:
        gig.full_clean()
    assert list(refused.value.message_dict) == [field]
    if field != "is_free":
        with pytest.raises(IntegrityError), transaction.atomic():
            gig.save()


def test_the_link_to_tickets_appears_when_they_are_sold(in_alice_portal: Portal) -> None:
    link = "https://tickets.example/"
    later = GigFactory(town="Ulm", ticket_url=link, on_sale_at=timezone.now() + timedelta(hours=1))
    now = GigFactory(ticket_url=link, on_sale_at=timezone.now() - timedelta(hours=1))
    client = in_alice_portal.client()

    pages = [client.get(gig.get_absolute_url()).content.decode() for gig in (later, now)]

    assert [f'href="{link}"' in page for page in pages] == [False, True]
    assert ["on sale from" in page for page in pages] == [True, False]
