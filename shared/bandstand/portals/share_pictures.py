"""The pictures that show where links to the portal's pages are shared: when they are made anew, and where they stand.

The worker makes them of what visitors read, in the portal's colours. Each stands in a folder of a random name, which is
what changes in its address; the row keeps the path, and a mark of what it was made of. A kind whose rows have a page
has them by being an `Appearing` one, and says otherwise by `draw_as()`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django.apps import apps
from django.core.files.storage import default_storage
from django.db import models, transaction

from bandstand.content.appearing import Appearing
from bandstand.content.kinds import kinds_of
from bandstand.content.plain_text import one_line
from bandstand.content.sharing import ShownWhenShared
from bandstand.jobs.enqueueing import enqueue
from bandstand.media.models import Picture
from bandstand.organizations.current import NoOrganizationError, current_organization
from bandstand.organizations.models import Organization
from bandstand.portals.job_kinds import MAKE_SHARE_PICTURES, MakeSharePictures
from bandstand.portals.models import PortalSettings
from bandstand.portals.prints import Setting, on_paper, settable

# Of each kind, the newest alone: files count in the plan.
MOST = 300
_TOGETHER = timedelta(seconds=5)  # saves that follow each other need one job
_PICTURES = ("photo", "picture")  # what kinds call the key of a picture that may be cut; logos may not


@dataclass(frozen=True)
class Drawing:
    """Of which rows of a kind pictures are made, and what is on them."""

    rows: Callable[[], models.QuerySet[Any]]
    setting: Callable[[Any, Organization, PortalSettings], Setting]


_own: dict[type[models.Model], Drawing] = {}


def draw_as(model: type[ShownWhenShared], drawing: Drawing) -> None:
    """Let the pictures of a kind be others than a page's."""
    _own[model] = drawing


def kinds_shared() -> tuple[type[ShownWhenShared], ...]:
    """Return the kinds whose rows have pages, and the portal itself."""
    found = kinds_of(ShownWhenShared)
    return tuple(model for model in found if model is PortalSettings or hasattr(model, "get_absolute_url"))


def share_pictures_request(organization: Organization, kind: str = "") -> None:
    """Have the worker look which pictures are to be made, of one kind ("app.model") or of all."""
    key = f"share-pictures {kind}".strip()
    enqueue(MAKE_SHARE_PICTURES, MakeSharePictures(kind), organization=organization, delay=_TOGETHER, key=key)


def share_pictures_due(organization: Organization, kind: str = "") -> Iterator[tuple[Any, Setting]]:
    """Yield each row whose picture is to be made, and of what."""
    settings = PortalSettings.objects.current()
    for model in _asked(kind):
        drawing = _own.get(model) or Drawing(partial(_newest, model), page_setting)
        for row in drawing.rows()[:MOST]:
            setting = settable(drawing.setting(row, organization, settings))
            if setting is None:
                share_picture_keep(row, path="", mark="")
            elif setting.mark != row.share_picture_of:
                yield row, setting


def share_picture_keep(row: Any, *, path: str, mark: str) -> None:
    """Keep that the picture of `row` is at `path`, and delete the one before; of two jobs, the later one's stays."""
    if path == row.share_picture:
        return
    rows = type(row)._base_manager.filter(pk=row.pk, share_picture=row.share_picture)  # noqa: SLF001 - Django documents it
    kept = rows.update(share_picture=path, share_picture_of=mark)
    former = row.share_picture if kept else path
    if former:
        default_storage.delete(former)


def share_pictures_withdraw(kind: str = "") -> None:
    """Delete the pictures of rows that visitors no longer find."""
    for model in _asked(kind):
        if issubclass(model, Appearing):
            found = model._default_manager.published().order_by().values("pk")  # type: ignore[attr-defined]  # noqa: SLF001
            for row in model._base_manager.exclude(share_picture="").exclude(pk__in=found):  # noqa: SLF001
                share_picture_keep(row, path="", mark="")


def page_setting(row: Any, organization: Organization, settings: PortalSettings) -> Setting:
    """Return the picture of a page: its title, whose it is and where, and its picture."""
    keys = (getattr(row, key, None) for key in _PICTURES)
    picture = next((key for key in keys if isinstance(key, Picture) and key.is_ready), None)
    return _setting(str(row), one_line(organization.name), picture, organization, settings)


def portal_setting(settings: PortalSettings, organization: Organization, _settings: PortalSettings) -> Setting:
    """Return the picture of the portal itself: its name, its tagline and the home page's picture."""
    picture = settings.picture if settings.picture and settings.picture.is_ready else None
    return _setting(organization.name, one_line(settings.tagline), picture, organization, settings)


draw_as(
    PortalSettings,
    Drawing(lambda: PortalSettings.objects.select_related("picture").order_by("pk"), portal_setting),
)


def row_saved(sender: type[ShownWhenShared], instance: Any, created: bool, **_kwargs: Any) -> None:
    """Have its picture made. Receives `post_save` of all kinds."""
    if isinstance(instance, PortalSettings):
        if not created:  # by whoever looked first
            _request("")  # whose colours may be others now
    elif instance.is_visible or instance.share_picture:
        _request(sender._meta.label_lower)  # noqa: SLF001


def rows_appeared(sender: type[ShownWhenShared], **_kwargs: Any) -> None:
    """Have their pictures made. Receives `appeared`."""
    if sender in kinds_shared():
        _request(sender._meta.label_lower)  # noqa: SLF001


def row_deleted(instance: ShownWhenShared, **_kwargs: Any) -> None:
    """Delete its picture. Receives `post_delete` of all kinds."""
    if instance.share_picture:
        transaction.on_commit(partial(default_storage.delete, instance.share_picture))


def _asked(kind: str) -> tuple[type[ShownWhenShared], ...]:
    return tuple(model for model in kinds_shared() if not kind or model is apps.get_model(kind))


def _newest(model: Any) -> models.QuerySet[Any]:
    keys = [field.name for field in model._meta.concrete_fields if field.name in _PICTURES]  # noqa: SLF001
    rows: models.QuerySet[Any] = model._default_manager.published().order_by("-pk")  # noqa: SLF001
    return rows.select_related(*keys) if keys else rows


def _setting(
    title: str, line: str, picture: Picture | None, organization: Organization, settings: PortalSettings
) -> Setting:
    colours, second = settings.palette, settings.design.second_palette
    data = {
        **on_paper(),
        "fill": colours.fill,
        "lettering": colours.lettering,
        "second": second.fill if second else colours.lettering,
        "title": one_line(title),
        "line": line,
        "place": organization.url("").partition("://")[2].rstrip("/"),
        "picture": bool(picture),
    }
    return Setting("share_page", data, picture)


def _request(kind: str) -> None:
    try:
        share_pictures_request(current_organization(), kind)
    except NoOrganizationError:  # the template's schema, which has no visitors
        return
