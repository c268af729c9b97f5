from django.db import migrations

from bandstand.content.recording import record_changes
from bandstand.content.search_sources import RelatedWords, SearchSources, keep_search_entries


class Migration(migrations.Migration):
    dependencies = [
        ("content", "0003_search_entries"),
        ("news", "0001_initial"),
    ]

    operations = [
        record_changes("news_post", kind="news.post", unrecorded=("preview_secret", "preview_until", "published_at")),
        record_changes("news_post_bands", kind="news.post", part="news.post_bands", column="post_id"),
        record_changes("news_post_gigs", kind="news.post", part="news.post_gigs", column="post_id"),
        keep_search_entries(
            SearchSources(
                "news.post",
                "news_post",
                {"title": "A", "summary": "C"},
                (RelatedWords("bands_band", {"name": "B"}, "post_id", "news_post_bands", "band_id", has_trash=True),),
            )
        ),
    ]
