from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone
from django_tenants.utils import tenant_context
from pytest_django.plugin import DjangoDbBlocker

from bandstand.organizations.models import Organization
from bandstand.polls.models import Question, Vote
from bandstand.polls.voting import AlreadyVotedError, ForeignChoiceError, PollClosedError, vote_cast
from tests.conftest import Portal
from tests.factories.polls import QuestionFactory


def test_it_counts_a_vote(in_alice_portal: Portal) -> None:
    question = QuestionFactory(choices=["Vinyl", "Tape"])
    vote_cast(question=question, choice=question.choices.get(text="Tape"), voter="a browser")
    assert [(choice.text, choice.vote_count) for choice in question.results()] == [("Vinyl", 0), ("Tape", 1)]


def test_it_counts_a_browser_once(in_alice_portal: Portal) -> None:
    question = QuestionFactory()
    first, second = question.choices.all()
    vote_cast(question=question, choice=first, voter="a browser")
    with pytest.raises(AlreadyVotedError):
        vote_cast(question=question, choice=second, voter="a browser")
    assert Vote.objects.count() == 1


def test_it_stores_nothing_that_leads_to_the_browser(in_alice_portal: Portal) -> None:
    question = QuestionFactory()
    assert "a browser" not in vote_cast(question=question, choice=question.choices.all()[0], voter="a browser").voter


@pytest.mark.parametrize(("opens", "closes"), [(1, 2), (-2, -1)], ids=["not yet", "no more"])
def test_it_takes_votes_while_the_poll_is_open(in_alice_portal: Portal, opens: int, closes: int) -> None:
    now = timezone.now()
    question = QuestionFactory(published_at=now + timedelta(hours=opens), closes_at=now + timedelta(hours=closes))
    with pytest.raises(PollClosedError):
        vote_cast(question=question, choice=question.choices.all()[0], voter="a browser")


def test_it_refuses_another_questions_choice(in_alice_portal: Portal) -> None:
    one, other = QuestionFactory(), QuestionFactory()
    with pytest.raises(ForeignChoiceError):
        vote_cast(question=one, choice=other.choices.all()[0], voter="a browser")
    Vote.objects.create(question=one, choice=other.choices.all()[0], voter="x")
    with pytest.raises(IntegrityError):
        connection.check_constraints()


def test_it_shows_published_questions_with_choices_alone(in_alice_portal: Portal) -> None:
    shown = QuestionFactory()
    QuestionFactory(choices=[])
    QuestionFactory(published_at=timezone.now() + timedelta(days=1))
    closed = QuestionFactory(
        published_at=timezone.now() - timedelta(days=2), closes_at=timezone.now() - timedelta(days=1)
    )
    assert list(Question.objects.recent()) == [shown, closed]
    assert list(Question.objects.open()) == [shown]


@pytest.fixture
def committed_question(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Question]:
    """A question that other connections see, in Alice's portal."""
    with django_db_blocker.unblock(), tenant_context(Organization.objects.get(slug="alice")):
        question = QuestionFactory()
        yield question
        question.delete()


def test_it_loses_none_of_200_votes_at_once(committed_question: Question) -> None:
    organization = Organization.objects.get(slug="alice")
    choice = committed_question.choices.all()[0]

    def vote(number: int) -> bool:
        try:
            with tenant_context(organization):
                vote_cast(question=committed_question, choice=choice, voter=f"browser {number % 200}")
        except AlreadyVotedError:
            return False
        finally:
            connection.close()
        return True

    # Every browser votes twice, sixteen votes are under way at any time.
    with ThreadPoolExecutor(16) as pool:
        counted = list(pool.map(vote, range(400)))
    assert sum(counted) == 200
    with tenant_context(organization):
        assert committed_question.votes.count() == 200
