from django.db import migrations

from bandstand.content.recording import record_changes
from bandstand.content.search_sources import SearchSources, keep_search_entries


class Migration(migrations.Migration):
    dependencies = [
        ("content", "0003_search_entries"),
        ("pages", "0001_initial"),
    ]

    operations = [
        record_changes(
            "pages_page", kind="pages.page", unrecorded=("password", "preview_secret", "preview_until", "words")
        ),
        keep_search_entries(SearchSources("pages.page", "pages_page", {"title": "A", "summary": "B", "words": "C"})),
    ]
