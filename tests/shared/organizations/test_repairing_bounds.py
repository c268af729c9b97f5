"""Rows that stand outside of all bounds today are repaired by the migration; their portal stays open."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.migrations.loader import MigrationLoader

BOUNDS = (("bands", "0005_bounds"), ("gigs", "0003_bounds"), ("polls", "0004_bounds"))
GIG = """
INSERT INTO gigs_gig (slug, starts_at, doors_at, time_zone, venue, town, title, address, status, ticket_url, price,
    notes, is_published, created_at, updated_at)
VALUES (%s, %s, %s, 'Europe/Berlin', 'SO36', 'Berlin', '', '', 'scheduled', '', '', '', true, now(), now())
"""
QUESTION = "INSERT INTO polls_question (text, published_at, closes_at, created_at) VALUES (%s, %s, %s, now())"
CHOICES = "INSERT INTO polls_choice (question_id, text, position) SELECT id, 'Yes', 32767 FROM polls_question"
BAND = """
INSERT INTO bands_band (name, slug, formed, ended, can_rock, biography, town, country, contact_email, is_published,
    created_at, updated_at)
VALUES ('Old', 'old', 7, 1990, true, '', '', '', '', true, now(), now())
"""
MEMBER = """
INSERT INTO bands_member (band_id, name, role, since, until, position)
SELECT id, 'A', '', 1, 32767, 32767 FROM bands_band
"""
YEARS_OF_GIGS = """
SELECT slug, extract(year FROM starts_at)::int, extract(year FROM doors_at)::int FROM gigs_gig ORDER BY id
"""
YEARS_OF_POLLS = """
SELECT text, extract(year FROM published_at)::int, extract(year FROM closes_at)::int FROM polls_question ORDER BY id
"""
YEARS_OF_BANDS = """
SELECT formed, ended, since, until, m.position FROM bands_band JOIN bands_member m ON band_id = bands_band.id
"""
BOUNDS_THERE = """
SELECT conrelid::regclass, conname FROM pg_constraint
WHERE conname LIKE '%_in_bounds' AND connamespace = current_schema()::regnamespace
"""


@pytest.mark.usefixtures("in_alice_portal")
def test_it_repairs_what_stands_outside_of_the_bounds() -> None:
    with connection.cursor() as cursor:
        # Releases that other tests rehearse leave polls of their own.
        cursor.execute("DELETE FROM polls_vote; DELETE FROM polls_choice; DELETE FROM polls_question")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        _take_the_bounds_away(cursor)
        for slug, starts, doors in (
            ("first", "0001-01-01 00:00+00:53:28", "0001-01-01 00:00+00:53:28"),
            ("last", "9999-12-31 23:59-05", "2200-06-01 20:00+00"),
            ("never", "infinity", None),
            ("before-christ", "4000-01-01 00:00+00 BC", "-infinity"),
            ("fine", "2027-01-01 20:00+00", "2027-01-01 19:00+00"),
            ("doors", "2027-01-01 20:00+00", "0900-01-01 19:00+00"),
            ("just before", "1899-12-30 23:59:59+00", None),
            ("just after", "2201-01-02 00:00+00", None),
            ("the first", "1899-12-31 00:00+00", None),
        ):
            cursor.execute(GIG, [slug, starts, doors])
        for text, published, closes in (
            ("long ago", "0001-01-01 00:00+00", "0001-01-02 00:00+00"),
            ("ever", "2026-01-01 00:00+00", "9999-12-31 00:00+00"),
            ("one day", "9999-01-01 00:00+00", "9999-12-31 00:00+00"),
            ("fine", "2026-01-01 00:00+00", "2026-02-01 00:00+00"),
        ):
            cursor.execute(QUESTION, [text, published, closes])
        cursor.execute(CHOICES)
        cursor.execute(BAND)
        cursor.execute(MEMBER)

    _bring_the_bounds_back()

    with connection.cursor() as cursor:
        cursor.execute(YEARS_OF_GIGS)
        assert cursor.fetchall() == [
            *(("first", 1900, None), ("last", 2200, None), ("never", 2200, None), ("before-christ", 1900, None)),
            *(("fine", 2027, 2027), ("doors", 2027, None)),
            *(("just before", 1900, None), ("just after", 2200, None), ("the first", 1899, None)),
        ]
        cursor.execute(YEARS_OF_POLLS)
        assert cursor.fetchall() == [
            ("long ago", 1900, 1900),
            ("ever", 2026, None),
            ("one day", 2200, None),
            ("fine", 2026, 2026),
        ]
        cursor.execute(YEARS_OF_BANDS)
        assert cursor.fetchall() == [(None, 1990, None, None, 10_000)]
        with pytest.raises(IntegrityError), transaction.atomic():
            cursor.execute(GIG, ["again", "9999-12-31 23:59-05", None])


def _take_the_bounds_away(cursor: object) -> None:
    cursor.execute(BOUNDS_THERE)
    for table, name in cursor.fetchall():
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")


def _bring_the_bounds_back() -> None:
    """Apply the migrations to the tables as they stand, in one transaction, as in a portal."""
    loader = MigrationLoader(None)
    for key in BOUNDS:
        migration = loader.get_migration(*key)
        with connection.schema_editor() as editor:
            migration.apply(loader.project_state(key, at_end=False), editor)
