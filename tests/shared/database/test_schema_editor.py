"""What our schema editor does otherwise than Django's."""

from __future__ import annotations

from copy import copy
from typing import Any

import pytest
from django.db import connection

from bandstand.bands.models import Band
from bandstand.media.models import Picture

pytestmark = pytest.mark.usefixtures("in_alice_portal")


def statements_of(model: Any, name: str, **before: Any) -> list[str]:
    """Return the statements that make of the field as it was `before` the one that it is."""
    now = model._meta.get_field(name)
    former = copy(now)
    for attribute, value in before.items():
        setattr(former, attribute, value)
    former.deconstruct = lambda: (*now.deconstruct()[:3], now.deconstruct()[3] | before)
    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        editor.alter_field(model, former, now)
    return [line for line in editor.collected_sql if not line.startswith("--")]


def test_losing_an_index_leaves_the_foreign_key_alone() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE INDEX media_by_uploader ON media_picture (uploaded_by_id)")

    assert statements_of(Picture, "uploaded_by", db_index=True) == ['DROP INDEX IF EXISTS "media_by_uploader";']


def test_a_table_of_links_gets_no_index_that_repeats_its_unique_one() -> None:
    links: Any = Band.genres.through

    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        made = [str(statement) for statement in editor._model_indexes_sql(links)]

    assert len(made) == 1
    assert '("genre_id")' in made[0]
