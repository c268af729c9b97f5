"""Posts are found by the words of their texts too, and by visitors not by bands that are drafts."""

from django.db import migrations

from bandstand.content.search_sources import RelatedWords, SearchSources, renew_search_triggers

BANDS = ("bands_band", {"name": "B"}, "post_id", "news_post_bands", "band_id")
BEFORE = SearchSources(
    "news.post", "news_post", {"title": "A", "summary": "C"}, (RelatedWords(*BANDS, has_trash=True),)
)
AFTER = SearchSources(
    "news.post",
    "news_post",
    {"title": "A", "summary": "C", "text": "D"},
    (RelatedWords(*BANDS, has_trash=True, shown_if="is_published"),),
)


class Migration(migrations.Migration):
    dependencies = [
        ("news", "0003_languages"),
        ("organizations", "0032_search_texts"),
    ]

    operations = [renew_search_triggers(BEFORE, AFTER, changed="true")]
