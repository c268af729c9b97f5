"""The trash: out of sight, brought back as it was, deleted for good after a month."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import Count
from django.utils import timezone

from bandstand.bands.models import Band, BandPhoto, Genre, Member
from bandstand.content import trashed
from bandstand.content.searching import best_matches
from bandstand.content.trashed import KEPT, living, paths_to_trash, purge, trash_empty, trashed_models
from bandstand.enquiries.models import Enquiry
from bandstand.gigs.appearances import Appearance
from bandstand.gigs.line_up import line_up_set
from bandstand.gigs.models import Gig
from bandstand.media.models import Picture
from bandstand.organizations.plans import Limit
from bandstand.organizations.quotas import LimitReachedError, measure
from bandstand.polls.models import Question
from tests.conftest import Portal
from tests.factories.bands import BandFactory, BandLinkFactory, BandPhotoFactory, MemberFactory
from tests.factories.enquiries import EnquiryFactory
from tests.factories.gigs import GigFactory
from tests.factories.media import ReadyPictureFactory
from tests.factories.polls import QuestionFactory
from tests.plans import put_on_plan

pytestmark = pytest.mark.usefixtures("in_alice_portal")


def test_these_kinds_have_a_trash_and_these_rows_go_with_them() -> None:
    assert {model._meta.label for model in trashed_models()} >= {"bands.Band", "gigs.Gig", "polls.Question"}
    parts = {model for model in apps.get_models() if paths_to_trash(model) and model not in trashed_models()}
    assert {model._meta.object_name for model in parts} >= {
        *("Member", "BandLink", "BandPhoto", "Appearance", "Choice", "Vote", "PhotoLink")
    }


def test_a_manager_that_would_show_the_trash_is_a_failing_check(monkeypatch: pytest.MonkeyPatch) -> None:
    assert trashed.check_managers() == []

    monkeypatch.setitem(Member._meta.__dict__, "default_manager", Member._base_manager)

    assert [(problem.id, problem.obj) for problem in trashed.check_managers()] == [("content.E001", Member)]


def full_band() -> Band:
    band = BandFactory(name="The Tubas", slug="tubas", genres=["Polka"])
    MemberFactory(band=band, name="Anna", instruments=["Tuba"])
    BandLinkFactory(band=band)
    photo = BandPhotoFactory(band=band).picture
    Band.objects.filter(pk=band.pk).update(photo=photo)
    return Band.objects.get(pk=band.pk)


def test_a_row_in_the_trash_is_out_of_sight_with_all_that_belongs_to_it() -> None:
    band, other = full_band(), BandFactory()
    gig = GigFactory(bands=[band, other])
    updated_at = band.updated_at

    band.move_to_trash()

    assert list(Band.objects.all()) == [other]
    for part in (Member, BandPhoto, Appearance):
        assert not part._default_manager.filter(band=band).exists(), part
    assert Gig.objects.for_listing().get().line_up == [other]
    assert list(gig.bands.all()) == [other]
    assert not Genre.objects.get(name="Polka").bands.exists()
    counted = Genre.objects.annotate(count=Count("bands", filter=living(Band, through="bands")))
    assert counted.get(name="Polka").count == 0
    assert not best_matches(Band.objects.all(), "Tubas").exists()
    assert list(Band.in_trash()) == [band]
    assert Band.with_trash().get(pk=band.pk).updated_at == updated_at


def test_what_is_brought_back_is_as_it_was() -> None:
    band, other = full_band(), BandFactory()
    gig = GigFactory(bands=[band, other])
    before = Band.objects.filter(pk=band.pk).values().get()
    Band.objects.filter(pk=band.pk).move_to_trash()
    line_up_set(gig=gig, bands=[other])  # somebody edits the gig meanwhile

    assert Band.in_trash().filter(pk=band.pk).bring_back() == 1

    assert Band.objects.filter(pk=band.pk).values().get() == before
    back = Band.objects.for_page().get(pk=band.pk)
    assert [member.name for member in back.members.all()] == ["Anna"]
    assert [instrument.name for member in back.members.all() for instrument in member.instruments.all()] == ["Tuba"]
    assert back.links.count() == back.gallery.count() == 1
    assert set(Gig.objects.for_listing().get().line_up) == {band, other}
    assert best_matches(Band.objects.all(), "Tubas").get() == band


@pytest.mark.parametrize(
    ("factory", "words"),
    [(BandFactory, "A band in the trash has this URL."), (GigFactory, "A gig in the trash has this")],
)
def test_what_a_row_in_the_trash_holds_stays_taken(factory: Any, words: str) -> None:
    kept = factory(slug="same")
    kept.move_to_trash()
    row = factory.build(slug="same")

    with pytest.raises(ValidationError, match=words) as refused:
        row.validate_unique()
    assert list(refused.value.error_dict) == ["slug"]

    kept.trashed_at = None
    kept.save()
    with pytest.raises(ValidationError, match=r"Another \w+ already has this URL"):
        row.validate_unique()
    kept.validate_unique()


def test_a_name_in_the_trash_gives_the_next_band_another_address() -> None:
    BandFactory(name="The Tubas").move_to_trash()
    assert BandFactory(name="The Tubas").slug == "the-tubas-2"


def test_the_trash_counts_and_the_sentence_says_so(alice_portal: Portal) -> None:
    put_on_plan(alice_portal.organization, bands=1)
    BandFactory().move_to_trash()

    assert measure(Limit.BANDS) == 1
    with pytest.raises(LimitReachedError, match="you have 1, including those in the trash"):
        BandFactory()


def test_after_a_month_it_is_deleted_for_good_with_its_pictures_files() -> None:
    old, young = full_band(), full_band_of_another_name()
    shared = ReadyPictureFactory()
    for band in (old, young):
        BandPhotoFactory(band=band, picture=shared)
    enquiry = EnquiryFactory(band=old)
    picture = old.photo
    Band.objects.filter(pk=old.pk).update(trashed_at=timezone.now() - KEPT - timedelta(minutes=1))
    Band.objects.filter(pk=young.pk).update(trashed_at=timezone.now() - KEPT + timedelta(minutes=1))

    assert trash_empty() == 1

    assert list(Band.in_trash()) == [young]
    assert not Picture.objects.filter(pk=picture.pk).exists()
    assert Picture.objects.filter(pk=shared.pk).exists(), "another band shows it too"
    kept = Enquiry.objects.get(pk=enquiry.pk)
    assert (kept.band, kept.addressee) == (None, "The Tubas")
    assert trash_empty() == 0


def full_band_of_another_name() -> Band:
    band = BandFactory(name="The Flutes")
    MemberFactory(band=band)
    return band


def test_files_go_when_the_row_is_deleted_for_good_and_not_before(
    django_capture_on_commit_callbacks: Any,
) -> None:
    band = full_band()
    path = default_storage.save(band.photo.original, ContentFile(b"picture"))
    Picture.objects.filter(pk=band.photo_id).update(original=path)

    with django_capture_on_commit_callbacks(execute=True):
        band.move_to_trash()
    assert default_storage.exists(path)

    with django_capture_on_commit_callbacks(execute=True):
        assert purge(Band.in_trash().get())
    assert not default_storage.exists(path)


def test_deleting_for_good_needs_the_trash_and_takes_messages_only_if_asked() -> None:
    band = BandFactory()
    EnquiryFactory(band=band)

    assert not purge(band)
    assert Band.objects.filter(pk=band.pk).exists()

    band.move_to_trash()
    assert purge(band, with_kept=True)
    assert not Enquiry.objects.exists()


def test_a_poll_in_the_trash_is_out_of_sight_and_its_votes_are_kept() -> None:
    poll = QuestionFactory(choices=["Yes", "No"])
    poll.choices.first().votes.create(question=poll, voter="somebody")
    poll.move_to_trash()

    assert not Question.objects.with_vote_count().exists()
    assert not poll.votes.exists()

    Question.in_trash().bring_back()
    assert Question.objects.with_vote_count().get().vote_count == 1
