"""What somebody may do with which rows: with all by a role of the portal, with those of a band by a role in it.

A role in a band opens nothing that doesn't ask here. A kind says on its AppConfig how its rows belong to bands
(`band_paths`) and what each role in a band may do with them (`band_actions`). To see a row, a right in one of its bands
is enough; to change or delete it one needs the right in each, also in those that are in the trash.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any, Self, TypeVar

from django.apps import apps
from django.contrib.auth import get_permission_codename
from django.core import checks
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models.constants import LOOKUP_SEP

from bandstand.content.declaring import BAND_ITSELF, OF_NO_BAND, Declarations, configs

Row = TypeVar("Row", bound=models.Model)
Bands = frozenset[int]  # by their keys


class OfBandsQuerySet(models.QuerySet[Row]):
    """Vocabulary for what a person may see and change."""

    def visible_to(self, user: Any) -> Self:
        """Those that the user may see."""
        seen: Self = rows_for(user, "view", self)
        return seen

    def editable_by(self, user: Any) -> Self:
        """Those that the user may change."""
        own: Self = rows_for(user, "change", self)
        return own


def permission_to(action: str, model: type[models.Model]) -> str:
    """Return the permission to "view", "add", "change" or "delete" rows of `model`."""
    meta = model._meta  # noqa: SLF001 - Django documents it
    return f"{meta.app_label}.{get_permission_codename(action, meta)}"


def may_with_all(user: Any, action: str, model: type[models.Model]) -> bool:
    """Whether the user's role at the portal allows `action` with all rows of `model`."""
    return bool(user.has_perm(permission_to(action, model)))


def may_with_some(user: Any, action: str, model: type[models.Model]) -> bool:
    """Whether some role, at the portal or in a band, allows `action` with some rows of `model`."""
    return may_with_all(user, action, model) or bool(bands_where(user, action, model))


def bands_where(user: Any, action: str, model: type[models.Model]) -> Bands:
    """Return the bands in which the user's role there allows `action` with rows of `model`."""
    if not path_to_bands(model):
        return frozenset()
    allowed = _config_of(model).band_actions
    return frozenset(band for band, role in _roles_in_bands(user) if action in allowed.get(role, ()))


def bands_seen(user: Any) -> Bands | None:
    """Return the bands that the user may see, None for all of them."""
    band: Any = apps.get_model("bands", "Band")
    return None if may_with_all(user, "view", band) else bands_where(user, "view", band)


def rows_for(user: Any, action: str, rows: models.QuerySet[Any]) -> Any:
    """Return those of `rows`, which may be in the trash, with which the user may do `action`."""
    model: Any = rows.model
    if may_with_all(user, action, model):
        return rows
    bands, path = bands_where(user, action, model), path_to_bands(model)
    if not bands:
        return rows.none()
    every: Any = model._base_manager  # noqa: SLF001 - joins don't ask managers, nor may this
    allowed = rows.filter(pk__in=every.filter(**{f"{path}__in": bands}).values("pk"))
    if action == "view":
        return allowed
    band = apps.get_model("bands", "Band")
    others = band._base_manager.exclude(pk__in=bands).values("pk")  # noqa: SLF001
    return allowed.exclude(pk__in=every.filter(**{f"{path}__in": others}).values("pk"))


@functools.cache
def path_to_bands(model: Any) -> str:
    """Return the lookup from rows of `model` to the keys of their bands; empty for what belongs to none."""
    under = getattr(model, "recorded_under", "")
    if under:
        above = path_to_bands(model._meta.get_field(under).related_model)  # noqa: SLF001
        return f"{under}{LOOKUP_SEP}{above}" if above else OF_NO_BAND
    paths: Mapping[str, str] = _config_of(model).band_paths
    return paths.get(model._meta.model_name, OF_NO_BAND)  # noqa: SLF001


def forget_roles(user: Any) -> None:
    """Read the user's roles in bands again when they are asked for next."""
    user.__dict__.pop("_roles_in_bands", None)


def _roles_in_bands(user: Any) -> list[tuple[int, str]]:
    """Return (band, role) of somebody on the team, read once for each object: web makes one for each request."""
    if not (user.is_authenticated and user.is_active):
        return []
    kept: list[tuple[int, str]] | None = user.__dict__.get("_roles_in_bands")
    if kept is None:
        held = apps.get_model("bands", "BandRole")._default_manager  # noqa: SLF001
        of_team = held.filter(user=user.pk, user__groups__isnull=False)
        kept = user.__dict__["_roles_in_bands"] = list(of_team.values_list("band", "role").distinct())
    return kept


def _config_of(model: type[models.Model]) -> Any:
    config = apps.get_app_config(model._meta.app_label)  # noqa: SLF001
    return config if isinstance(config, Declarations) else Declarations


@checks.register(checks.Tags.models)
def check_declarations(**_kwargs: Any) -> list[checks.CheckMessage]:
    """Report models whose rows may be asked for without anybody having said whose they are."""
    return [
        checks.Error(text, hint=f"Say it in {type(config).__name__}.band_paths.", obj=type(config), id="content.E002")
        for config in configs()
        for text in _problems_of(config)
    ]


def _problems_of(config: Any) -> Iterator[str]:
    guarded = {
        str(model._meta.model_name): model  # noqa: SLF001
        for model in config.get_models()
        if model._meta.default_permissions and not getattr(model, "recorded_under", "")  # noqa: SLF001
    }
    if config.actions:
        yield from (f"{name} doesn't say whose rows it has." for name in guarded.keys() - config.band_paths.keys())
    for name, path in config.band_paths.items():
        if name not in guarded:
            yield f"{name} is no model of this app that has permissions."
        elif path != OF_NO_BAND and not _leads_to_bands(guarded[name], path):
            yield f"{name} can't reach bands by {path!r}."


def _leads_to_bands(model: Any, path: str) -> bool:
    band = apps.get_model("bands", "Band")
    if path == BAND_ITSELF:
        return model is band
    at: Any = model
    try:
        for name in path.split(LOOKUP_SEP):
            at = at._meta.get_field(name).related_model  # noqa: SLF001
    except (AttributeError, FieldDoesNotExist):
        return False
    return at is band
