"""Posts are found by their texts, and by the names of their bands, in all languages. There are none yet."""

from django.db import migrations

from bandstand.content.search_sources import RelatedWords, SearchSources, renew_search_triggers

BANDS = ("bands_band", {"name": "B"}, "post_id", "news_post_bands", "band_id")
POST = ("news.post", "news_post", {"title": "A", "summary": "C", "text": "D"})
BEFORE = SearchSources(*POST, (RelatedWords(*BANDS, has_trash=True, shown_if="is_published"),))
AFTER = SearchSources(
    *POST,
    (RelatedWords(*BANDS, has_trash=True, shown_if="is_published", translated=("name",)),),
    translated=("summary", "text", "title"),
)


class Migration(migrations.Migration):
    dependencies = [
        ("bands", "0022_translations"),
        ("news", "0005_translations"),
    ]

    operations = [renew_search_triggers(BEFORE, AFTER)]
