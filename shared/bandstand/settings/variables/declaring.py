"""How one variable is declared, and how django-environ reads its value: from the environment or a secret's file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field
from pathlib import Path
from typing import Any, Literal

from django.core.exceptions import ImproperlyConfigured

Profile = Literal["development", "test", "production"]
PROFILES: tuple[Profile, ...] = ("development", "test", "production")


def variable(
    default: Any = MISSING, *, about: str, development: Any = MISSING, secret: bool = False, name: str | None = None
) -> Any:
    """Declare one environment variable.

    `default` applies to every profile, `development` replaces it in development and test; without either the variable
    is required. A `secret` may come from a file and is never printed.
    """
    metadata = {"about": about, "development": development, "secret": secret, "default": default, "name": name}
    return field(metadata=metadata, repr=not secret)


@dataclass(frozen=True, kw_only=True)
class Variables:
    """What every subject's variables stand on: the profile, which says how strict the others are."""

    profile: str = variable(
        "production", name="BANDSTAND_PROFILE", about="development, test or production; production refuses guesses."
    )

    def problems(self) -> list[str]:
        """Return the inconsistencies between values, one sentence each."""
        return []

    @property
    def is_production(self) -> bool:
        """Whether the strict production profile is active."""
        return self.profile == "production"


def value(reader: Any, metadata: Mapping[str, Any], type_name: str, *, development: bool) -> Any:
    """Return one variable's value. Raises ImproperlyConfigured with its name and what it is about."""
    name = metadata["name"]
    default = metadata["default"]
    if development and metadata["development"] is not MISSING:
        default = metadata["development"]
    if metadata["secret"] and name not in reader.ENVIRON and f"{name}_FILE" in reader.ENVIRON:
        reader.ENVIRON[name] = _secret_from_file(name, reader.ENVIRON[f"{name}_FILE"])
    if not reader.ENVIRON.get(name, ""):
        if default is MISSING:
            also = f" (or {name}_FILE)" if metadata["secret"] else ""
            raise ImproperlyConfigured(f"{name}{also} is not set: {metadata['about']}")
        return default
    casts = {
        "int": reader.int,
        "float": lambda key: float(reader.str(key)),  # its own leaves out what it can't read
        "bool": reader.bool,
        "list[str]": reader.list,
        "Path": lambda key: Path(reader.str(key)),
    }
    try:
        return casts.get(type_name, reader.str)(name)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is not a valid {type_name}: {metadata['about']}") from None


def _secret_from_file(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as problem:
        raise ImproperlyConfigured(f"{name}_FILE can't be read: {problem.strerror}.") from None
