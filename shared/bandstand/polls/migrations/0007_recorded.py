from django.db import migrations

from bandstand.content.recording import record_changes


class Migration(migrations.Migration):
    dependencies = [
        ("polls", "0006_trash"),
        ("content", "0002_changes"),
        ("organizations", "0022_content_changes"),
    ]

    operations = [
        record_changes("polls_choice", kind="polls.question", part="polls.choice", column="question_id"),
        record_changes("polls_question", kind="polls.question"),
    ]
