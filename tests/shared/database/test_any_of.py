from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from bandstand.bands.models import Band
from bandstand.database import any_of  # noqa: F401 # brings the lookup
from tests.factories.bands import BandFactory

pytestmark = pytest.mark.usefixtures("in_alice_portal")


def test_it_matches_what_stands_in_the_list(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    one, another = BandFactory(), BandFactory()
    BandFactory()

    assert set(Band.objects.filter(pk__any_of=[one.pk, another.pk, 2**40])) == {one, another}
    assert list(Band.objects.filter(pk__any_of=[])) == []
    assert list(Band.objects.filter(slug__any_of=(one.slug, "%", "\\"))) == [one]
    with django_assert_num_queries(1) as asked:
        list(Band.objects.filter(pk__any_of=range(500)).only("pk"))
    assert "= ANY" in asked[0]["sql"]
