"""Of the release after that, which takes the column away."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    contract = "nothing has read polls_question.closes_at since the next release"
    since = ("polls", "m9998_unused")
    dependencies = [("polls", "m9998_unused")]
    operations = [migrations.RemoveField("question", "closes_at")]
