"""Fields that a model declares as private are for those alone whose role has a permission for them."""

from __future__ import annotations

from typing import Any

from bandstand.accounts.models import User
from bandstand.content.declaring import PRIVATE


def hidden_fields(user: User | None, model: Any) -> frozenset[str]:
    """Return the names of the private fields of `model` if the user may not see and change them."""
    private: tuple[str, ...] = getattr(model, "private", ())
    if not private:
        return frozenset()
    about = model._meta  # noqa: SLF001 - Django documents it
    permission = f"{about.app_label}.{PRIVATE}_{about.model_name}"
    return frozenset() if user is not None and user.has_perm(permission) else frozenset(private)
