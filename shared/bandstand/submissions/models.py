"""Forms that were sent and made something: sent once more, they lead to it instead of making another.

In every portal's schema and in `public`. Rows are kept for a day, and pruned by the nightly tidy.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.db import connection, models
from django.db.models.functions import Now
from django.utils import timezone

KEPT = timedelta(days=1)

# Of two with the same key the second waits here for the end of the first one's transaction. Source: PostgreSQL, INSERT.
_CLAIM = """
INSERT INTO submissions_submission AS held (key, answer, made_at) VALUES (%s, '{}', now())
ON CONFLICT (key) DO UPDATE SET answer = '{}', made_at = now() WHERE held.made_at < %s
"""


class SubmissionQuerySet(models.QuerySet["Submission"]):
    """Claims, finds and forgets."""

    def claim(self, key: uuid.UUID, *, within: timedelta = KEPT) -> bool:
        """Return whether this is the first with `key` in that time. In a transaction, which holds the claim."""
        with connection.cursor() as cursor:
            cursor.execute(_CLAIM, [key, timezone.now() - within])
            return bool(cursor.rowcount)

    def answer_to(self, key: uuid.UUID) -> dict[str, Any]:
        """Return what the first one was answered."""
        answer: dict[str, Any] = self.values_list("answer", flat=True).get(key=key)
        return answer

    def prune(self) -> int:
        """Delete what is older than a day; return how many rows."""
        return self.filter(made_at__lt=timezone.now() - KEPT).delete()[0]


class Submission(models.Model):
    """One form that was sent. `answer` says where it led; what was sent isn't kept."""

    key = models.UUIDField(primary_key=True, editable=False)
    answer = models.JSONField()
    made_at = models.DateTimeField(db_default=Now())

    objects = SubmissionQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.key)
