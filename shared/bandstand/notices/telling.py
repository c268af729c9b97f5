"""Writes notices, and emails about them to those who want them: once per person and event, however often it is called.

Callers are jobs, so visitors and the people who cause something don't wait for it. Notice and email are written in one
transaction, under a key that the database keeps unique.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import Q, QuerySet

from bandstand.accounts.models import User
from bandstand.bands.band_roles import BandRole
from bandstand.bands.models import Band
from bandstand.content.whole_numbers import whole_number
from bandstand.mail.models import OutgoingMessage
from bandstand.mail.sending import send_template
from bandstand.notices.models import CHOICE_PATH, PERMISSIONS, TO_ORGANIZATION, EmailChoice, NearLimit, Notice
from bandstand.organizations.current import current_organization
from bandstand.organizations.models import Organization
from bandstand.organizations.quotas import measured_standings

_MAIL = "notice"


def people_who_may_see(kind: str, band: Band | None = None) -> QuerySet[User]:
    """Return the active people of the current schema who may see what notices of this kind are about.

    By their role at the portal, or in `band`, if it is about one.
    """
    app, _dot, codename = PERMISSIONS[kind].partition(".")
    able = Q(groups__permissions__content_type__app_label=app, groups__permissions__codename=codename)
    if band is not None:
        in_bands: Any = getattr(apps.get_app_config(app), "band_actions", {})
        kinds_of_role = [role for role, actions in in_bands.items() if codename.partition("_")[0] in actions]
        able |= Q(pk__in=BandRole.objects.filter(band=band, role__in=kinds_of_role).values("user"))
    return User.objects.filter(able, is_active=True, groups__isnull=False).distinct()


@transaction.atomic
def message_tell(
    *, number: int, band: Band | None, usual: Collection[str], mailed_to: Collection[str], reply: int | None = None
) -> int:
    """Tell of a message to `band`, or to the organization, or of a reply in its thread; return how many people.

    It was itself mailed to the addresses `mailed_to`, those of `usual` that didn't choose otherwise. All of these find
    it among their notices, without a second email; who chose messages of the band gets an email about it.
    """
    wanting = set(EmailChoice.objects.with_messages_of(band).values_list("person", flat=True))
    addresses, mailed_already = ({address.lower() for address in group} for group in (usual, mailed_to))
    able = people_who_may_see(Notice.Kind.MESSAGE, band)
    people = [each for each in able if each.pk in wanting or each.email in addresses]
    event = f"message:{number}" if reply is None else f"message:{number}:{reply}"
    detail = {} if band else {"to": TO_ORGANIZATION}
    notice = Notice(kind=Notice.Kind.MESSAGE, event=event, number=number, band=band, detail=detail)
    return _tell(notice, people, mailed={each.pk for each in people if each.email not in mailed_already} & wanting)


@transaction.atomic
def failed_import_tell(*, number: int, attempt: str, file_name: str, person: User | None, language: str) -> int:
    """Tell who began an import that `attempt`, which tells failures of one import apart, failed; return how many."""
    notice = Notice(
        kind=Notice.Kind.IMPORT, event=f"import:{number}:{attempt}", number=number, detail={"file": file_name}
    )
    return _tell(notice, _seeing(notice, person), language=language)


@transaction.atomic
def calendar_off_tell(
    *, number: int, band: Band | None, name: str, since: datetime, person: User | None, language: str
) -> int:
    """Tell that a calendar was switched off, as it couldn't be read: who added it, or else all who look after such."""
    notice = Notice(
        kind=Notice.Kind.CALENDAR,
        event=f"calendar:{number}:{since.isoformat()}",
        number=number,
        band=band,
        detail={"name": name},
    )
    return _tell(notice, _seeing(notice, person) or people_who_may_see(notice.kind, band), language=language)


@transaction.atomic
def bounced_invitation_tell(*, number: int, message: int, email: str, person: User | None) -> int:
    """Tell who invited `email` that their invitation, the outgoing `message`, came back; return how many."""
    notice = Notice(
        kind=Notice.Kind.INVITATION, event=f"invitation:{number}:{message}", number=number, detail={"email": email}
    )
    return _tell(notice, _seeing(notice, person))


@transaction.atomic
def listing_tell(*, number: int, event: str, detail: dict[str, str]) -> int:
    """Tell what became of a listing, an agreement with another portal; return how many people."""
    notice = Notice(kind=Notice.Kind.LISTING, event=f"listing:{number}:{event}", number=number, detail=detail)
    return _tell(notice, people_who_may_see(notice.kind))


@transaction.atomic
def near_limits_tell(organization: Organization) -> int:
    """Tell of limits whose use, as last measured, has risen to 80 % since the last call; return how many notices.

    A limit is told of once, and again only after its use was measured to be lower.
    """
    near = [standing for standing in measured_standings(organization) if standing.is_near and standing.used]
    NearLimit.objects.exclude(limit__in=[standing.limit for standing in near]).delete()
    told = 0
    for standing in near:
        crossing, is_new = NearLimit.objects.get_or_create(limit=standing.limit)
        if is_new:
            notice = Notice(
                kind=Notice.Kind.QUOTA,
                event=f"quota:{standing.limit}:{crossing.since.isoformat()}",
                detail={"limit": standing.limit, "used": standing.used, "most": standing.most},
            )
            told += _tell(notice, people_who_may_see(notice.kind))
    return told


def is_still_due(message: OutgoingMessage) -> bool:
    """Whether an email may still go out: one about a notice only to somebody on the team who may see the thing."""
    origin, _colon, rest = message.key.partition(":")
    if origin != _MAIL:
        return True
    kind, _colon, rest = rest.partition(":")
    event, _colon, last = rest.rpartition(":")
    person = whole_number(last)
    if kind not in PERMISSIONS or person is None:
        return False
    about = Notice.objects.filter(event=f"{kind}:{event}", person=person).select_related("band").first()
    return people_who_may_see(kind, about.band if about else None).filter(pk=person).exists()


def _seeing(notice: Notice, person: User | None) -> QuerySet[User]:
    return people_who_may_see(notice.kind, notice.band).filter(pk__in=[person.pk] if person else [])


def _tell(
    notice: Notice,
    people: Collection[User] | QuerySet[User],
    *,
    mailed: Collection[int] | None = None,
    language: str = "",
) -> int:
    """Write the notice for those of `people` who don't have it, and email those who want it; return how many are new.

    `mailed` are the numbers of people to email, without it those who didn't choose otherwise. `language` is for people
    who chose none.
    """
    told = set(Notice.objects.filter(event=notice.event).values_list("person", flat=True))
    new = [person for person in people if person.pk not in told]
    choices = EmailChoice.objects.in_bulk([person.pk for person in new])
    Notice.objects.bulk_create(_copy(notice, person) for person in new)
    for person in new:
        choice = choices.get(person.pk) or EmailChoice(person=person)
        if person.pk in mailed if mailed is not None else choice.wants(notice.kind):
            _mail(notice, person, choice.language or language)
    return len(new)


def _copy(notice: Notice, person: User) -> Notice:
    values: dict[str, Any] = {"number": notice.number, "band": notice.band, "detail": notice.detail}
    return Notice(person=person, kind=notice.kind, event=notice.event, **values)


def _mail(notice: Notice, person: User, language: str) -> None:
    organization = current_organization()
    send_template(
        _MAIL,
        to=person.email,
        context={
            "notice": notice,
            "link": organization.team_url(notice.path),
            "choice_url": organization.team_url(CHOICE_PATH),
        },
        language=language or organization.language,
        key=f"{_MAIL}:{notice.event}:{person.pk}",
    )
