"""Tours are found by the words of their texts too. Entries of those without one stay as they are."""

from django.db import migrations

from bandstand.content.search_sources import SearchSources, renew_search_triggers

BEFORE = SearchSources("tours.tour", "tours_tour", {"name": "A"})
AFTER = SearchSources("tours.tour", "tours_tour", {"name": "A", "text": "D"})


class Migration(migrations.Migration):
    dependencies = [
        ("tours", "0002_recorded_and_searched"),
        ("organizations", "0032_search_texts"),
    ]

    operations = [renew_search_triggers(BEFORE, AFTER, changed="found.text <> ''")]
