from django.db import migrations

from bandstand.content.search_sources import SearchSources, keep_search_entries


class Migration(migrations.Migration):
    dependencies = [
        ("content", "0003_search_entries"),
        ("venues", "0001_initial"),
    ]

    operations = [
        keep_search_entries(
            SearchSources("venues.venue", "venues_venue", {"name": "A", "town": "B", "street": "C"}),
        ),
    ]
