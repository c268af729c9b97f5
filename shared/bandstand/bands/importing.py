"""Bands as rows of a table that somebody hands in."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bandstand.bands.band_links import BandLink
from bandstand.bands.members_cell import NamedMember, join_links, join_members, read_links, read_members
from bandstand.bands.models import Band, Genre, Instrument, Member
from bandstand.bands.naming import named_rows, read_names
from bandstand.content.countries import read_country
from bandstand.content.moments import Unreadable
from bandstand.content.names import name_key
from bandstand.content.slugs import UnusedSlugs
from bandstand.content.values import join_names, read_year
from bandstand.organizations.current import current_organization
from bandstand.organizations.spelling import portal_slug
from bandstand.spreadsheets import publication
from bandstand.spreadsheets.columns import column
from bandstand.spreadsheets.importing import Action, ChangedCell, Importer, RowPlan, rows_update, store, yes_no
from bandstand.spreadsheets.tables import Cell, text_of

MOST_PHOTOS = 20  # of one row
_ADDRESS = re.compile(r"https?://[^\s;]+", re.IGNORECASE)


class BandImporter(Importer[Band]):
    """Bands with genres, members and links. What `photos` names is fetched afterwards, by somebody else."""

    model = Band
    columns = (
        column(
            "slug",
            gettext_lazy("page address"),
            "address, page address, page url, url slug, adresse, seitenadresse",
        ),
        column(
            "name",
            gettext_lazy("name"),
            "band, band name, bandname, act, artist, group, künstler, gruppe, ensemble",
        ),
        column(
            "can_rock",
            gettext_lazy("can rock"),
            "rocks, kann rocken, rockt",
        ),
        column(
            "formed",
            gettext_lazy("formed in"),
            "formed in, founded, year formed, since, gegründet, gründung, gründungsjahr, seit",
        ),
        column(
            "ended",
            gettext_lazy("split up in"),
            "ended in, disbanded, until, aufgelöst, auflösung, ende, bis",
        ),
        column(
            "town",
            gettext_lazy("town"),
            "city, home town, hometown, from, ort, stadt, wohnort, heimatort, aus",
        ),
        column(
            "country",
            gettext_lazy("country"),
            "land, staat",
        ),
        column(
            "genres",
            gettext_lazy("genres"),
            "genre, style, styles, music, stil, stile, musikrichtung, musikrichtungen",
        ),
        column(
            "contact_email",
            gettext_lazy("contact email"),
            "contact email, contact e mail, email, e mail, mail, contact, kontakt, kontakt e mail, kontakt",
            "email",
        ),
        column(
            "biography",
            gettext_lazy("biography"),
            "bio, description, about, text, biografie, biographie, beschreibung, über",
        ),
        column(
            "members",
            gettext_lazy("members"),
            "member, musicians, line up, lineup, mitglieder, mitglied, besetzung, musiker",
        ),
        column(
            "links",
            gettext_lazy("links"),
            "link, website, websites, web, url, homepage, web address, webseite, internet",
        ),
        column(
            "photos",
            gettext_lazy("photos"),
            "photo, picture, pictures, image, images, photo url, foto, fotos, bild, bilder",
        ),
        *publication.COLUMNS,
    )
    fields: ClassVar[dict[str, str]] = publication.FIELDS
    kept_when_empty = frozenset({"slug", "can_rock", "published", "publish_at", "members", "links", "photos"})
    trashed = gettext_lazy(
        "This band is in the trash. Restore it to import this row, or delete it for good to add it anew."
    )

    def prepare(self) -> None:
        """Load names and addresses of all bands."""
        self._by_slug: dict[str, int] = {}
        self._by_key: dict[str, list[tuple[int, str, str, str]]] = defaultdict(list)
        self._in_trash: dict[str, set[str]] = {"slug": set(), "name": set()}
        slugs: list[str] = []
        columns = ("pk", "slug", "name", "town", "trashed_at")
        for number, slug, name, town, trashed_at in Band.with_trash().values_list(*columns).order_by("pk"):
            slugs.append(slug)
            if trashed_at is not None:
                self._in_trash["slug"].add(slug)
                self._in_trash["name"].add(name_key(name))
                continue
            self._by_slug[slug] = number
            self._by_key[name_key(name)].append((number, name, town, slug))
        self._slugs = UnusedSlugs([*slugs, *self.moved])
        self._zone = ZoneInfo(current_organization().time_zone)
        self._genres: dict[str, int] = {}
        self._instruments: dict[str, int] = {}

    def read(self, plan: RowPlan[Band], name: str, cell: Cell) -> None:
        """Take one cell in."""
        text = text_of(cell)
        if name == "can_rock":
            yes_no(plan, name, cell)
        elif name in {publication.PUBLISHED, publication.PUBLISH_AT}:
            publication.read_publication(plan, name, cell, zone=self._zone)
        elif name in {"formed", "ended"}:
            plan.values[name] = read_year(text) if text else None
        elif name == "country":
            plan.values[name] = read_country(text)
        elif name in _READ:
            plan.related[name] = _READ[name](text)
        elif name == "slug":
            plan.values[name] = text.lower()
        else:
            plan.values[name] = text

    def candidates(self, plan: RowPlan[Band]) -> list[tuple[int, str]]:
        """Return the band with the row's address, else those with its name."""
        slug = plan.values.get("slug")
        if slug:
            return [(self._by_slug[slug], slug)] if slug in self._by_slug else []
        known = self._by_key.get(name_key(plan.values.get("name", "")), [])
        return [
            (number, ", ".join(filter(None, [name, town, Band(slug=slug).get_absolute_url()])))
            for number, name, town, slug in known
        ]

    def is_in_trash(self, plan: RowPlan[Band]) -> bool:
        if slug := plan.values.get("slug"):
            return slug in self._in_trash["slug"]
        return name_key(plan.values.get("name", "")) in self._in_trash["name"]

    def identity(self, plan: RowPlan[Band]) -> Any:
        """Return the address, or else the name."""
        return plan.values.get("slug") or name_key(plan.values.get("name", "")) or None

    def fetch(self, keys: Sequence[int]) -> dict[int, Band]:
        """Return the bands with genres, members and links."""
        bands, members = Band.objects.filter(pk__in=keys), Member.objects.all()
        if self.for_writing:
            bands, members = bands.select_for_update(), members.select_for_update()
        # As plain lists: a related manager costs more than the rest of the comparison, and there are several per row.
        listed = (
            Prefetch("genres", to_attr="listed_genres"),
            Prefetch("links", to_attr="listed_links"),
            Prefetch("members", members, to_attr="listed_members"),
            Prefetch("listed_members__instruments", to_attr="listed_instruments"),
        )
        return {band.pk: band for band in bands.prefetch_related(*listed)}

    def check(self, row: Band) -> None:
        """Compare the years."""
        if row.formed and row.ended and row.ended < row.formed:
            raise ValidationError(_("A band can't split up before it was formed."))

    def complete(self, plan: RowPlan[Band], present: Band | None) -> None:
        """Check what members and links say, as their own forms do."""
        publication.complete_publication(plan, present)
        for member in plan.related.get("members", []):
            self._check_related(plan, "members", Member(name=member.name, since=member.since, until=member.until))
            if member.since and member.until and member.until < member.since:
                self.refuse_cell(plan, "members", _("The end year can't be before the start year."))
        for label, url in plan.related.get("links", []):
            self._check_related(plan, "links", BandLink(label=label, url=url))

    def compare_related(self, plan: RowPlan[Band], present: Band | None) -> list[ChangedCell]:
        """Return which of genres, members, links and photos are others than before."""
        if "photos" in plan.related and present is not None:
            links = plan.related["photos"]
            plan.related["photos"] = [link for link in links if not self.is_known_photo(present.pk, link)]
        before = _shown_of(present) if present else {}
        after = {name: _SHOWN[name](value) for name, value in plan.related.items()}
        return [
            ChangedCell(self.labels[name], before.get(name, ""), text)
            for name, text in after.items()
            if name_key(text) != name_key(before.get(name, ""))
        ]

    def write(self, plans: Sequence[RowPlan[Band]]) -> None:
        """Store bands and what belongs to them."""
        for plan in plans:
            if plan.action is Action.ADD and plan.row is not None and not plan.values.get("slug"):
                plan.row.slug = self._slugs.take(portal_slug(plan.row.name, fallback="band"))
        store(Band, plans)
        self._write_genres(plans)
        self._write_members(plans)
        self._write_links(plans)

    def _check_related(self, plan: RowPlan[Band], name: str, row: Member | BandLink) -> None:
        try:
            row.clean_fields(exclude=_UNTOLD[type(row)])
        except ValidationError as problem:
            for text in problem.messages:
                self.refuse_cell(plan, name, text)

    def _write_genres(self, plans: Sequence[RowPlan[Band]]) -> None:
        told = _telling("genres", plans)
        self._know(Genre, self._genres, [name for plan in told for name in plan.related["genres"]])
        through: Any = Band.genres.through
        through.objects.filter(band_id__in=[_row(plan).pk for plan in told if plan.key]).delete()
        pairs = {
            (_row(plan).pk, self._genres[name_key(name)]): None for plan in told for name in plan.related["genres"]
        }
        through.objects.bulk_create(through(band_id=band, genre_id=genre) for band, genre in pairs)

    def _write_members(self, plans: Sequence[RowPlan[Band]]) -> None:
        """Members who are known by name keep their role; those that aren't named any more go."""
        told = _telling("members", plans)
        written: list[tuple[Member, NamedMember]] = []
        added: list[Member] = []
        changed: list[Member] = []
        gone: list[int] = []
        for plan in told:
            present = _by_name(_row(plan)) if plan.key else {}
            for position, named in enumerate(plan.related["members"], start=1):
                member = present.pop(name_key(named.name), None) or Member(band_id=_row(plan).pk)
                is_changed = _describe(member, named, position)
                if member.pk is None:
                    added.append(member)
                elif is_changed:
                    changed.append(member)
                written.append((member, named))
            gone += [member.pk for member in present.values()]
        Member.objects.filter(pk__in=gone).delete()
        Member.objects.bulk_create(added)
        rows_update(Member, changed)
        self._write_instruments(written)

    def _write_instruments(self, written: Sequence[tuple[Member, NamedMember]]) -> None:
        self._know(Instrument, self._instruments, [name for _member, named in written for name in named.instruments])
        through: Any = Member.instruments.through
        through.objects.filter(member_id__in=[member.pk for member, _named in written]).delete()
        pairs = {
            (member.pk, self._instruments[name_key(name)]): None
            for member, named in written
            for name in named.instruments
        }
        through.objects.bulk_create(through(member_id=member, instrument_id=played) for member, played in pairs)

    def _write_links(self, plans: Sequence[RowPlan[Band]]) -> None:
        told = _telling("links", plans)
        BandLink.objects.filter(band_id__in=[_row(plan).pk for plan in told if plan.key]).delete()
        BandLink.objects.bulk_create(
            BandLink(band_id=_row(plan).pk, label=label, url=url, position=position)
            for plan in told
            for position, (label, url) in enumerate(plan.related["links"], start=1)
        )

    def _know(self, model: type[Genre | Instrument], known: dict[str, int], names: Sequence[str]) -> None:
        """Make sure that `known` has the key of a row for each of these names; missing rows are made."""
        missing = {name_key(name): name for name in names if name_key(name) not in known}
        rows = named_rows(model, list(missing.values()))
        known.update(zip(missing, [row.pk for row in rows], strict=True))


# What a row doesn't say of its members and links: there are several for each, and defaults are in order.
_UNTOLD: dict[type[Member | BandLink], set[str]] = {
    model: {field.name for field in model._meta.fields} - told  # noqa: SLF001 - Django documents it
    for model, told in ((Member, {"name", "since", "until"}), (BandLink, {"label", "url"}))
}


def _read_photos(text: str) -> list[str]:
    links = list(dict.fromkeys(_ADDRESS.findall(text)))
    if not links and text:
        raise Unreadable(_("Write photos as web addresses that begin with https://."))
    if len(links) > MOST_PHOTOS:
        raise Unreadable(_("Please name at most %(most)s photos in one row.") % {"most": MOST_PHOTOS})
    return links


def _shown_members(members: Sequence[NamedMember]) -> str:
    """Return the cell of these members, with the instruments sorted: their order isn't stored."""
    return join_members([replace(member, instruments=sorted(member.instruments, key=name_key)) for member in members])


_READ: dict[str, Callable[[str], Any]] = {
    "genres": read_names,
    "members": read_members,
    "links": read_links,
    "photos": _read_photos,
}
_SHOWN: dict[str, Callable[[Any], str]] = {
    "genres": lambda names: join_names(sorted(names, key=name_key)),
    "members": _shown_members,
    "links": join_links,
    "photos": "\n".join,
}


def member_of(member: Member) -> NamedMember:
    """Return the member as a cell says it."""
    return NamedMember(member.name, [each.name for each in member.instruments.all()], member.since, member.until)


def _shown_of(band: Any) -> dict[str, str]:
    """Return what the cells of a band that `fetch` found would say."""
    members = [
        NamedMember(member.name, [each.name for each in member.listed_instruments], member.since, member.until)
        for member in band.listed_members
    ]
    return {
        "genres": _SHOWN["genres"]([genre.name for genre in band.listed_genres]),
        "members": _SHOWN["members"](members),
        "links": join_links([(link.label, link.url) for link in band.listed_links]),
    }


def _telling(name: str, plans: Sequence[RowPlan[Band]]) -> list[RowPlan[Band]]:
    return [plan for plan in plans if plan.row is not None and name in plan.related]


def _row(plan: RowPlan[Band]) -> Band:
    if plan.row is None:
        raise LookupError(f"Row {plan.number} wasn't planned.")
    return plan.row


def _by_name(band: Any) -> dict[str, Member]:
    return {name_key(member.name): member for member in band.listed_members}


def _describe(member: Member, named: NamedMember, position: int) -> bool:
    """Take over what the cell says about a member; return whether that is new."""
    after = {"name": named.name, "since": named.since, "until": named.until, "position": position}
    before = {name: getattr(member, name) for name in after}
    for name, value in after.items():
        setattr(member, name, value)
    return before != after
