"""Casting a vote."""

from __future__ import annotations

import hashlib

from django.db import transaction

from bandstand.database.connection import connection
from bandstand.polls.models import Choice, Question, Vote


class PollClosedError(Exception):
    """The question takes no votes (yet, or any more)."""


class AlreadyVotedError(Exception):
    """This browser's vote was counted before."""


class ForeignChoiceError(Exception):
    """The choice belongs to another question."""


def voter_hash(token: str) -> str:
    """Return what is stored of a browser's `token`; the same token gives another hash in another portal."""
    return hashlib.sha256(f"{connection.schema_name}:{token}".encode()).hexdigest()


def vote_cast(*, question: Question, choice: Choice, voter: str) -> Vote:
    """Return the vote of the browser with the token `voter`.

    Raises PollClosedError, AlreadyVotedError or ForeignChoiceError; then nothing is counted. Safe under any number of
    votes at once: each is a row of its own, and the database refuses a second one of the same browser.
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
