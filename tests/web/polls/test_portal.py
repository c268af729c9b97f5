"""Polls: one vote of each browser."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from bandstand.polls.models import Vote
from tests.conftest import Portal
from tests.factories.polls import QuestionFactory


def test_it_lists_recent_questions(in_alice_portal: Portal) -> None:
    QuestionFactory(text="Who plays next?")
    QuestionFactory(text="Not yet", published_at=timezone.now() + timedelta(days=1))

    text = in_alice_portal.client().get("/polls/").content.decode()

    assert "Who plays next?" in text
    assert "Not yet" not in text


def test_it_counts_one_vote_of_a_browser(in_alice_portal: Portal) -> None:
    question = QuestionFactory()
    yes, no = question.choices.all()
    client = in_alice_portal.client()
    client.get(question.get_absolute_url())

    first = client.post(question.get_absolute_url(), {"choice": yes.pk}, follow=True).content.decode()
    second = client.post(question.get_absolute_url(), {"choice": no.pk}, follow=True).content.decode()

    assert "Your vote counts" in first
    assert "You&#x27;ve already voted" in second
    assert Vote.objects.get().choice == yes


def test_it_counts_each_browser(in_alice_portal: Portal) -> None:
    question = QuestionFactory()
    for _browser in range(2):
        client = in_alice_portal.client()
        client.get(question.get_absolute_url())
        client.post(question.get_absolute_url(), {"choice": question.choices.first().pk})

    assert Vote.objects.count() == 2


def test_it_counts_nobody_without_a_cookie_or_with_a_forged_one(in_alice_portal: Portal) -> None:
    question = QuestionFactory()
    client = in_alice_portal.client()
    client.cookies["voter"] = "forged:by:me"

    answer = client.post(question.get_absolute_url(), {"choice": question.choices.first().pk})

    assert answer.status_code == 422
    assert "cookie" in answer.content.decode()
    assert not Vote.objects.exists()


def test_it_refuses_a_choice_of_another_question(in_alice_portal: Portal) -> None:
    question, other = QuestionFactory(), QuestionFactory()
    client = in_alice_portal.client()
    client.get(question.get_absolute_url())

    answer = client.post(question.get_absolute_url(), {"choice": other.choices.first().pk})

    assert answer.status_code == 422
    assert not Vote.objects.exists()


def test_it_shows_results_of_a_closed_poll_and_takes_no_vote(in_alice_portal: Portal) -> None:
    question = QuestionFactory(
        published_at=timezone.now() - timedelta(days=2), closes_at=timezone.now() - timedelta(days=1)
    )
    client = in_alice_portal.client()

    answer = client.post(question.get_absolute_url(), {"choice": question.choices.first().pk}, follow=True)

    assert answer.redirect_chain == [(f"/polls/{question.pk}/results/", 302)]
    assert "0 votes so far." in answer.content.decode()
    assert not Vote.objects.exists()
