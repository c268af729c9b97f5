"""Makes forms idempotent: a form that is submitted again leads to the object that it created the first time.

The table exists in every portal's schema and in `public`. Rows are kept for a day; the nightly clean-up deletes them.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.db import connection, models
from django.db.models.functions import Now
from django.utils import timezone

KEPT = timedelta(days=1)

# A concurrent second submission waits here until the first one's transaction ends. Source: PostgreSQL, INSERT.
_CLAIM = """
INSERT INTO submissions_submission AS held (key, answer, made_at) VALUES (%s, '{}', now())
ON CONFLICT (key) DO UPDATE SET answer = '{}', made_at = now() WHERE held.made_at < %s
"""


class SubmissionQuerySet(models.QuerySet["Submission"]):
    """Claims keys, looks up answers and prunes."""

    def claim(self, key: uuid.UUID, *, within: timedelta = KEPT) -> bool:
        """Return whether this is the first submission with `key` in that time. Call it in a transaction."""
        with connection.cursor() as cursor:
            cursor.execute(_CLAIM, [key, timezone.now() - within])
            return bool(cursor.rowcount)

    def answer_to(self, key: uuid.UUID) -> dict[str, Any]:
        """Return the answer to the first submission."""
        answer: dict[str, Any] = self.values_list("answer", flat=True).get(key=key)
        return answer

    def prune(self) -> int:
        """Delete what is older than a day; return how many rows."""
        return self.filter(made_at__lt=timezone.now() - KEPT).delete()[0]


class Submission(models.Model):
    """A submitted form. `answer` says where it led; the submitted data isn't stored."""

    key = models.UUIDField(primary_key=True, editable=False)
    answer = models.JSONField()
    made_at = models.DateTimeField(db_default=Now())

    objects = SubmissionQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.key)
