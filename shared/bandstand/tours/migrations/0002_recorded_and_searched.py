from django.db import migrations

from bandstand.content.recording import record_changes
from bandstand.content.search_sources import SearchSources, keep_search_entries


class Migration(migrations.Migration):
    dependencies = [
        ("content", "0003_search_entries"),
        ("tours", "0001_initial"),
    ]

    operations = [
        record_changes("tours_tour", kind="tours.tour", unrecorded=("preview_secret", "preview_until")),
        keep_search_entries(SearchSources("tours.tour", "tours_tour", {"name": "A"})),
    ]
