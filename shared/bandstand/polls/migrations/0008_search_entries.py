from django.db import migrations

from bandstand.content.search_sources import RelatedWords, SearchSources, keep_search_entries


class Migration(migrations.Migration):
    dependencies = [
        ("content", "0003_search_entries"),
        ("polls", "0007_recorded"),
    ]

    operations = [
        keep_search_entries(
            SearchSources(
                "polls.question",
                "polls_question",
                {"text": "A"},
                (RelatedWords("polls_choice", {"text": "B"}, "question_id"),),
            )
        ),
    ]
