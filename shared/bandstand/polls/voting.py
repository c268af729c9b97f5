"""Casts votes."""

from __future__ import annotations

import hashlib

from django.db import transaction

from bandstand.database.connection import connection
from bandstand.polls.models import Choice, Question, Vote


class PollClosedError(Exception):
    """The question isn't open for votes (yet or any more)."""


class AlreadyVotedError(Exception):
    """This browser has already voted."""


class ForeignChoiceError(Exception):
    """The choice belongs to another question."""


def voter_hash(token: str) -> str:
    """Return the hash to store for a browser's `token`; it differs between portals."""
    return hashlib.sha256(f"{connection.schema_name}:{token}".encode()).hexdigest()


def vote_cast(*, question: Question, choice: Choice, voter: str) -> Vote:
    """Record and return the vote of the browser with the token `voter`.

    Raises PollClosedError, AlreadyVotedError or ForeignChoiceError. Safe under concurrency: each vote is a row, and a
    unique constraint refuses a second one from the same browser.
    """
    if choice.question_id != question.pk:
        raise ForeignChoiceError
    if not question.is_open:
        raise PollClosedError
    with transaction.atomic():
        vote, is_new = Vote.objects.get_or_create(
            question=question, voter=voter_hash(voter), defaults={"choice": choice}
        )
    if not is_new:
        raise AlreadyVotedError
    return vote
