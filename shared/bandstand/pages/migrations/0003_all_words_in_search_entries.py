"""Pages are found by all that they say, as running texts are."""

from django.db import migrations

from bandstand.content.search_sources import SearchSources, renew_search_triggers

BEFORE = SearchSources("pages.page", "pages_page", {"title": "A", "summary": "B", "words": "C"})
AFTER = SearchSources("pages.page", "pages_page", {"title": "A", "summary": "B", "words": "D"})


class Migration(migrations.Migration):
    dependencies = [
        ("organizations", "0032_search_texts"),
        ("pages", "0002_recorded_and_searched"),
    ]

    operations = [renew_search_triggers(BEFORE, AFTER, changed="true")]
