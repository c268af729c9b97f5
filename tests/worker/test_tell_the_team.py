"""Who is told of what, among the notices and by email: once per event, and only who may see the thing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.mail import EmailMessage
from django.db import connection, transaction
from django.utils import timezone
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.bands.models import Band
from bandstand.enquiries.job_kinds import TELL_OF_MESSAGE, TellOfMessage
from bandstand.enquiries.models import Enquiry
from bandstand.enquiries.submitting import enquiry_release, enquiry_submit
from bandstand.imports.importing import import_begin
from bandstand.imports.job_kinds import IMPORT_SPREADSHEET, TELL_OF_FAILURE
from bandstand.jobs.controlling import retry
from bandstand.jobs.enqueueing import enqueue
from bandstand.jobs.job_kinds import MEASURE_USAGE, MeasureUsage
from bandstand.jobs.models import Job, State
from bandstand.mail.bouncing import Fate, origin_of, record_fate
from bandstand.mail.models import OutgoingMessage, SuppressedAddress
from bandstand.notices import telling
from bandstand.notices.models import KEPT, EmailChoice, NearLimit, Notice
from bandstand.portals.models import PortalSettings
from bandstand.teams.invitations import invitation_create, invitation_resend, invitation_withdraw
from bandstand.teams.membership import member_remove, role_change
from bandstand_worker import registry
from bandstand_worker.handlers.tidy_accounts import _tidy
from bandstand_worker.sweeping import return_expired
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.plans import put_on_plan
from tests.worker.conftest import WorkOff
from tests.worker.test_mail import Server, server

__all__ = ["server"]

STRANGERS_WORDS = "Cheap roubles"


@pytest.fixture(autouse=True)
def _handlers() -> None:
    registry.load_handlers()


@pytest.fixture
def portal(in_alice_portal: Portal) -> Portal:
    return in_alice_portal


@pytest.fixture
def finish(work_off: WorkOff) -> Callable[[], None]:
    """Run what waits until nothing is left that isn't put off."""

    def work() -> None:
        for _round in range(5):
            work_off()

    return work


def notices(person: User) -> list[str]:
    return [each.sentence for each in Notice.objects.of(person.pk)]


def mailed(person: User) -> list[OutgoingMessage]:
    """Return the emails about notices that were written to the person."""
    return list(OutgoingMessage.objects.filter(key__startswith="notice:", recipients=[person.email]))


def arrived(outbox: list[EmailMessage], person: User) -> str:
    """Return the one email that reached the person: subject, text and HTML."""
    (mail,) = [each for each in outbox if each.to == [person.email]]
    (html, _kind) = mail.alternatives[0]  # type: ignore[attr-defined]
    return "\n".join([mail.subject, str(mail.body), str(html)])


def dying_after_the_first(call: Callable[..., Any]) -> Callable[..., Any]:
    """Return `call` as a worker makes it that is killed at the second time."""
    calls: list[object] = []

    def made(*arguments: Any, **named: Any) -> Any:
        calls.append(named)
        if len(calls) > 1:
            raise KeyboardInterrupt
        return call(*arguments, **named)

    return made


def write_to(band: Band, **values: Any) -> Enquiry:
    return enquiry_submit(band=band, subject=STRANGERS_WORDS, message="Hi!", sender_email="bob@example.com", **values)


def choose(person: User, **values: Any) -> EmailChoice:
    bands = values.pop("bands", [])
    choice, _created = EmailChoice.objects.update_or_create(person=person, defaults=values)
    choice.bands.set(bands)
    return choice


class TestMessages:
    def test_who_never_chose_is_mailed_as_before(self, portal: Portal, finish: Callable[[], None]) -> None:
        owner, editor = portal.user(), portal.user(roles.EDITOR)

        write_to(BandFactory(name="The Tubas"))
        finish()

        (mail,) = OutgoingMessage.objects.all()
        assert (mail.recipients, mail.key) == ([owner.email], "")
        assert notices(owner) == ["A new message for The Tubas."]
        assert notices(editor) == []

    def test_who_chose_a_band_gets_an_email_that_says_nothing_of_the_sender(
        self, portal: Portal, finish: Callable[[], None], mailoutbox: list[EmailMessage]
    ) -> None:
        tubas, horns = BandFactory(name="The Tubas", contact_email="t@example.org"), BandFactory(name="Horns")
        one, all_of_them = portal.user(roles.MEMBER), portal.user(roles.EDITOR)
        choose(one, messages="chosen", bands=[tubas])
        choose(all_of_them, messages="all")

        enquiry = write_to(tubas, sender_name="Bob")
        write_to(horns)
        finish()

        assert notices(one) == ["A new message for The Tubas."]
        assert notices(all_of_them) == ["A new message for Horns.", "A new message for The Tubas."]
        text = arrived(mailoutbox, one)
        assert text.startswith("A new message for The Tubas.\n")
        assert STRANGERS_WORDS not in text
        assert "bob@" not in text
        for path in (f"/backstage/enquiries/{enquiry.pk}/", "/backstage/notices/emails/"):
            assert text.count(portal.organization.team_url(path)) == 2, "text and HTML"
        (mail,) = mailed(one)
        assert not mail.is_essential
        assert Job.objects.get(kind="mail.send", payload__message_id=mail.pk).queue == "default"

    def test_an_owner_who_chose_otherwise_isnt_mailed_and_finds_it_in_the_backstage(
        self, portal: Portal, finish: Callable[[], None]
    ) -> None:
        owner, other = portal.user(), portal.user(roles.OWNER, "second@example.org")
        choose(owner, messages="none")

        write_to(BandFactory(name="The Tubas"))
        finish()

        assert [mail.recipients for mail in OutgoingMessage.objects.exclude(key__startswith="owner")] == [[other.email]]
        assert notices(owner) == ["A new message for The Tubas."]

    def test_nobody_is_mailed_where_all_owners_chose_so(self, portal: Portal, finish: Callable[[], None]) -> None:
        choose(portal.user(), messages="chosen", bands=[BandFactory()])

        write_to(BandFactory())
        finish()

        assert not OutgoingMessage.objects.exists()
        assert Enquiry.objects.waiting().count() == 1

    def test_a_contact_address_gets_its_messages_whatever_its_person_chose(
        self, portal: Portal, finish: Callable[[], None]
    ) -> None:
        owner = portal.user()
        settings = PortalSettings.objects.current()
        settings.contact_email = owner.email.title()
        settings.save()
        choose(owner, messages="none")

        write_to(BandFactory(name="The Tubas"))
        finish()

        assert OutgoingMessage.objects.get().recipients == [settings.contact_email]
        assert notices(owner) == ["A new message for The Tubas."]

    def test_nobody_gets_two_emails_about_one_message(self, portal: Portal, finish: Callable[[], None]) -> None:
        owner = portal.user()
        choose(owner, messages="all")

        enquiry = write_to(BandFactory())
        enqueue(TELL_OF_MESSAGE, TellOfMessage(enquiry.pk), organization=portal.organization)
        finish()

        assert OutgoingMessage.objects.count() == 1
        assert len(notices(owner)) == 1

    def test_a_worker_that_dies_half_way_leaves_nothing_and_the_next_tells_everybody_once(
        self, portal: Portal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        people = [portal.user(role) for role in (roles.EDITOR, roles.MEMBER)]
        for person in people:
            choose(person, messages="all")
        band = BandFactory()
        given = {"number": write_to(band).pk, "band": band, "usual": [], "mailed_to": []}

        with monkeypatch.context() as patching:
            patching.setattr(telling, "send_template", dying_after_the_first(telling.send_template))
            with pytest.raises(KeyboardInterrupt):
                telling.message_tell(**given)
        assert not Notice.objects.exists()
        assert not any(mailed(person) for person in people)

        assert [telling.message_tell(**given), telling.message_tell(**given)] == [2, 0]
        assert [len(mailed(person)) for person in people] == [1, 1]

    def test_spam_is_told_of_once_it_is_released(self, portal: Portal, finish: Callable[[], None]) -> None:
        owner = portal.user()
        spam = write_to(BandFactory(), sender_name="www.example.com")
        finish()
        assert (spam.state, notices(owner)) == (Enquiry.State.SPAM, [])

        enquiry_release(enquiry=spam)
        finish()

        assert len(notices(owner)) == 1

    def test_a_band_in_the_trash_keeps_its_name_to_itself(self, portal: Portal, finish: Callable[[], None]) -> None:
        band = BandFactory(name="The Tubas")
        write_to(band)
        finish()

        band.move_to_trash()

        assert notices(portal.user()) == ["A new message for a band in the trash."]


class TestFailedImports:
    def begin(self, person: User, **values: Any) -> Job:
        """Begin an import whose file will be gone."""
        begun = import_begin(subject="bands", file=ContentFile(b"name\n", name="our bands.csv"), uploaded_by=person)
        default_storage.delete(begun.path)
        type(begun).objects.filter(pk=begun.pk).update(**values)
        return Job.objects.get(pk=begun.job_id)

    def test_whoever_began_it_is_told_in_their_language(
        self, portal: Portal, finish: Callable[[], None], mailoutbox: list[EmailMessage]
    ) -> None:
        editor = portal.user(roles.EDITOR)
        job = self.begin(editor, language="de")
        finish()

        job.refresh_from_db()
        assert job.state == State.FAILED
        assert notices(editor) == ["Your import of our bands.csv failed. Nothing was imported."]
        assert notices(portal.user()) == []
        text = arrived(mailoutbox, editor)
        assert text.startswith("Ihr Import von our bands.csv ist fehlgeschlagen. Es wurde nichts importiert.\n")
        assert "View it" not in text
        assert portal.organization.team_url(f"/backstage/imports/{job.payload['import_id']}/") in text

    def test_their_choice_of_language_wins(self, portal: Portal, finish: Callable[[], None]) -> None:
        editor = portal.user(roles.EDITOR)
        choose(editor, language="en")
        self.begin(editor, language="de")
        finish()

        assert mailed(editor)[0].language == "en"

    def test_who_wants_no_email_finds_it_in_the_backstage_alone(
        self, portal: Portal, finish: Callable[[], None]
    ) -> None:
        editor = portal.user(roles.EDITOR)
        choose(editor, failed_imports=False)
        self.begin(editor)
        finish()

        assert len(notices(editor)) == 1
        assert mailed(editor) == []

    def test_an_import_that_killed_its_workers_is_told_of_too(self, portal: Portal, finish: Callable[[], None]) -> None:
        editor = portal.user(roles.EDITOR)
        job = self.begin(editor)
        long_ago = timezone.now() - timedelta(hours=1)
        Job.objects.filter(pk=job.pk).update(state=State.RUNNING, lease_until=long_ago, deaths=2)

        return_expired(connection.connection)
        finish()

        job.refresh_from_db()
        assert (job.state, job.error_class) == (State.FAILED, "WorkerDied")
        assert len(notices(editor)) == len(mailed(editor)) == 1

    def test_it_is_told_in_the_transaction_that_lets_it_fail(self, portal: Portal) -> None:
        job = self.begin(portal.user(roles.EDITOR))
        told = Job.objects.of_kind(TELL_OF_FAILURE)

        with pytest.raises(KeyboardInterrupt), transaction.atomic():
            Job.objects.filter(pk=job.pk).update(state=State.FAILED, finished_at=timezone.now())
            assert told.count() == 1
            raise KeyboardInterrupt
        assert told.count() == 0

        Job.objects.filter(pk=job.pk).update(state=State.FAILED, finished_at=timezone.now())
        Job.objects.filter(pk=job.pk).update(state=State.FAILED, error="again")
        assert [each.payload for each in told] == [{"job_id": job.pk, "fence": 0}]

    def test_each_failure_is_told_of_and_a_stopped_import_isnt(
        self, portal: Portal, finish: Callable[[], None]
    ) -> None:
        editor = portal.user(roles.EDITOR)
        job = self.begin(editor)
        finish()
        assert retry(Job.objects.filter(pk=job.pk)) == 1
        finish()
        assert len(notices(editor)) == len(mailed(editor)) == 2

        stopped = self.begin(editor)
        Job.objects.filter(pk=stopped.pk).update(state=State.CANCELLED, finished_at=timezone.now())
        finish()
        assert len(notices(editor)) == 2

    def test_another_kind_of_job_fails_untold(self, portal: Portal) -> None:
        other = enqueue(MEASURE_USAGE, MeasureUsage(), organization=portal.organization)
        Job.objects.filter(pk=other.pk).update(state=State.FAILED, finished_at=timezone.now())
        assert not Job.objects.of_kind(TELL_OF_FAILURE).exists()

    @pytest.mark.usefixtures("db")
    def test_the_trigger_knows_the_kinds_by_their_names(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = 'jobs_tell'")
            (trigger,) = cursor.fetchone()
            cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'bandstand_jobs_tell'")
            (function,) = cursor.fetchone()
        assert f"'{IMPORT_SPREADSHEET.name}'" in trigger
        assert f"'{TELL_OF_FAILURE.name}'" in function


class TestLimits:
    def measure(self, portal: Portal, finish: Callable[[], None]) -> None:
        enqueue(MEASURE_USAGE, MeasureUsage(), organization=portal.organization)
        finish()

    def test_owners_and_managers_are_told_once_until_it_fell(
        self, portal: Portal, finish: Callable[[], None], mailoutbox: list[EmailMessage]
    ) -> None:
        owner, manager, editor = (portal.user(role) for role in (roles.OWNER, roles.MANAGER, roles.EDITOR))
        put_on_plan(portal.organization, bands=5)
        bands = [BandFactory() for _number in range(3)]
        self.measure(portal, finish)
        assert notices(owner) == []

        bands.append(BandFactory())
        for _night in range(2):
            self.measure(portal, finish)
        assert notices(owner) == ["At least 80% of a limit of your plan is used. Bands: 4 of 5."]
        assert notices(manager) == notices(owner)
        assert notices(editor) == []
        assert len(mailed(owner)) == len(mailed(manager)) == 1
        assert portal.organization.team_url("/backstage/plan/") in arrived(mailoutbox, owner)

        bands.pop().delete()
        self.measure(portal, finish)
        assert not NearLimit.objects.exists()
        for _number in range(2):
            BandFactory()
        self.measure(portal, finish)
        assert notices(owner)[0] == "A limit of your plan is reached. Bands: 5 of 5."
        assert len(mailed(owner)) == 2

    def test_a_suspended_portal_is_told_when_it_is_active_again(
        self, portal: Portal, finish: Callable[[], None]
    ) -> None:
        put_on_plan(portal.organization, bands=1)
        BandFactory()
        type(portal.organization).objects.filter(pk=portal.organization.pk).update(state="suspended")
        self.measure(portal, finish)
        assert not Notice.objects.exists()

        type(portal.organization).objects.filter(pk=portal.organization.pk).update(state="active")
        self.measure(portal, finish)
        assert len(notices(portal.user())) == 1

    def test_whose_choice_is_otherwise_gets_no_email(self, portal: Portal, finish: Callable[[], None]) -> None:
        put_on_plan(portal.organization, bands=1)
        BandFactory()
        choose(portal.user(), quotas=False)
        self.measure(portal, finish)

        assert len(notices(portal.user())) == 1
        assert mailed(portal.user()) == []


class TestBouncedInvitations:
    def invite(self, portal: Portal, email: str = "typo@example.org") -> tuple[Any, OutgoingMessage]:
        invitation = invitation_create(
            email=email, role=roles.EDITOR, invited_by=portal.user(), address=lambda token: f"https://x.example/{token}"
        )
        return invitation, OutgoingMessage.objects.latest("pk")

    def bounce(self, message: OutgoingMessage) -> None:
        schema = connection.schema_name
        assert record_fate(origin=origin_of(message, schema), email=message.recipients[0], fate=Fate.BOUNCED)

    def test_whoever_invited_is_told_once(self, portal: Portal, finish: Callable[[], None]) -> None:
        other = portal.user(roles.OWNER, "second@example.org")
        _invitation, message = self.invite(portal)

        for _time in range(2):  # as providers say it
            self.bounce(message)
            finish()

        assert notices(portal.user()) == ["Your invitation to typo@example.org couldn't be delivered."]
        assert len(mailed(portal.user())) == 1
        assert notices(other) == []

    def test_each_email_that_comes_back_is_told_of(self, portal: Portal, finish: Callable[[], None]) -> None:
        invitation, message = self.invite(portal)
        self.bounce(message)
        SuppressedAddress.objects.all().delete()
        invitation_resend(invitation=invitation, address=lambda token: f"https://x.example/{token}")
        again = OutgoingMessage.objects.filter(recipients=["typo@example.org"]).latest("pk")
        assert again.pk != message.pk
        self.bounce(again)
        finish()

        assert len(notices(portal.user())) == 2

    def test_an_address_that_bounced_before_is_told_of_too(self, portal: Portal, finish: Callable[[], None]) -> None:
        SuppressedAddress.objects.create(email="typo@example.org", reason=SuppressedAddress.Reason.BOUNCED)
        _invitation, message = self.invite(portal)
        finish()

        message.refresh_from_db()
        assert message.state == OutgoingMessage.State.SUPPRESSED
        assert len(notices(portal.user())) == 1

    def test_a_server_that_refuses_the_address_or_the_email_is_told_of(
        self, portal: Portal, server: Server, finish: Callable[[], None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def refuse(*_arguments: object) -> str:
            return "550 No such user"

        choose(portal.user(), bounced_invitations=False)
        server.refusals["typo@example.org"] = "550 No such user"
        for email in ("typo@example.org", "other@example.org"):
            self.invite(portal, email)
            finish()
            monkeypatch.setattr(server, "handle_DATA", refuse)

        assert notices(portal.user()) == [
            "Your invitation to other@example.org couldn't be delivered.",
            "Your invitation to typo@example.org couldn't be delivered.",
        ]

    def test_a_withdrawn_invitation_and_other_emails_are_no_news(
        self, portal: Portal, finish: Callable[[], None]
    ) -> None:
        invitation, message = self.invite(portal)
        invitation_withdraw(invitation=invitation)
        self.bounce(message)
        write_to(BandFactory(contact_email="gone@example.org"))
        self.bounce(OutgoingMessage.objects.latest("pk"))
        finish()

        assert not Notice.objects.filter(kind=Notice.Kind.INVITATION).exists()


class TestPeople:
    @pytest.fixture
    def editor(self, portal: Portal) -> User:
        editor = portal.user(roles.EDITOR)
        choose(editor, messages="all")
        return editor

    def test_whoever_was_removed_before_gets_nothing(
        self, portal: Portal, editor: User, finish: Callable[[], None]
    ) -> None:
        begun = TestFailedImports().begin(editor)
        write_to(BandFactory(contact_email="t@example.org"))
        member_remove(user=editor)
        finish()

        begun.refresh_from_db()
        assert begun.state == State.FAILED
        assert notices(editor) == []
        assert mailed(editor) == []

    @pytest.mark.parametrize("leave", ["removed", "locked", "demoted"])
    def test_an_email_on_its_way_doesnt_reach_who_may_not_see_it_any_more(
        self, portal: Portal, editor: User, work_off: WorkOff, finish: Callable[[], None], leave: str
    ) -> None:
        TestFailedImports().begin(editor)
        while not mailed(editor):
            assert work_off()
        assert mailed(editor)[0].state == OutgoingMessage.State.WAITING

        if leave == "removed":
            member_remove(user=editor)
        elif leave == "locked":
            User.objects.filter(pk=editor.pk).update(is_active=False)
        else:
            role_change(user=editor, role=roles.MEMBER)
        finish()

        assert mailed(editor)[0].state == OutgoingMessage.State.SUPPRESSED
        assert mailed(editor)[0].text == ""

    def test_a_deleted_person_leaves_nothing(self, portal: Portal, editor: User, finish: Callable[[], None]) -> None:
        choose(editor, messages="chosen", bands=[BandFactory()])
        TestFailedImports().begin(editor)
        finish()
        assert notices(editor)

        editor.delete()

        assert not Notice.objects.exists()
        assert not EmailChoice.objects.exists()
        assert not EmailChoice.bands.through.objects.exists()

    def test_notices_end_in_the_night(self, portal: Portal, editor: User, finish: Callable[[], None]) -> None:
        for _number in range(2):
            TestFailedImports().begin(editor)
        finish()
        old = Notice.objects.latest("pk")
        Notice.objects.filter(pk=old.pk).update(created_at=timezone.now() - KEPT - timedelta(hours=1))

        with tenant_context(portal.organization):
            _tidy(portal.organization)

        assert [each.pk == old.pk for each in Notice.objects.of(editor.pk)] == [False]

    def test_another_portal_hears_nothing(
        self, portal: Portal, charlie_portal: Portal, finish: Callable[[], None]
    ) -> None:
        write_to(BandFactory())
        finish()

        assert Notice.objects.exists()
        with tenant_context(charlie_portal.organization):
            assert not Notice.objects.exists()
            assert not OutgoingMessage.objects.exists()
