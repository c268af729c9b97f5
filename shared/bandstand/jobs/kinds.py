"""Kinds of jobs: the contract between the code that enqueues and the worker.

A kind is declared once, in `shared/bandstand/<app>/job_kinds.py`, and handled once, in the worker:

    @dataclass(frozen=True)
    class ShrinkPicture:
        picture_id: int

    SHRINK_PICTURE = Kind("media.shrink_picture", ShrinkPicture, title=_("Shrink a picture"))
"""

from __future__ import annotations

import dataclasses
import json
import random
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from typing import Any, Generic, TypeVar

from django.utils.functional import Promise

PAYLOAD_MAX_BYTES = 4096

Payload = TypeVar("Payload")
Upgrade = Callable[[dict[str, Any]], dict[str, Any]]


class PayloadError(ValueError):
    """The payload isn't what its kind declares, or is too big."""


class UnknownKindError(LookupError):
    """No kind has this name."""


class Queue(str, Enum):  # noqa: UP042 - StrEnum changes str() of members that are passed to Celery and SQL
    """The queues, most urgent first. Some of the workers' slots are kept free for the more urgent ones."""

    INTERACTIVE = "interactive"  # a person is waiting for the result
    DEFAULT = "default"
    BULK = "bulk"  # may come in thousands


class Scope(Enum):
    """Whether jobs of a kind belong to an organization or to the platform."""

    ORGANIZATION = "organization"
    PLATFORM = "platform"
    EITHER = "either"


@dataclass(frozen=True, kw_only=True)
class Retry:
    """How often a job is tried, and how long it waits in between."""

    attempts: int = 5
    first_delay: timedelta = timedelta(seconds=10)
    longest_delay: timedelta = timedelta(hours=1)

    def delay(self, attempts_made: int) -> timedelta:
        """Return the pause before the next attempt: exponential back-off with a random factor of 0.5 to 1.5.

        The jitter keeps jobs that failed together from being retried together.
        """
        exponent = min(max(attempts_made, 1) - 1, 30)
        pause: timedelta = min(self.first_delay * 2**exponent, self.longest_delay)
        return pause * random.uniform(0.5, 1.5)  # noqa: S311 # spreads load, guards nothing


NEVER_RETRY = Retry(attempts=1)
_REGISTRY: dict[str, Kind[Any]] = {}


@dataclass(frozen=True, eq=False)
class Kind(Generic[Payload]):
    """One kind of job. Creating an instance registers it.

    `payload` is a frozen dataclass of ids and other small JSON values, never personal data: payloads are stored in
    `public`. `brief` kinds take well under a second and may share a message. `visible_to` names the
    permission that lets a team member see such jobs in the backstage; None keeps them to the platform's staff.
    `works_in` are the states of an organization in which the job may run; in others it waits.
    Increment `version` when the payload changes; `upgrades[n]` converts a payload of version n to n + 1.
    """

    name: str
    payload: type[Payload]
    _: dataclasses.KW_ONLY
    title: str | Promise
    queue: Queue = Queue.DEFAULT
    time_limit: timedelta = timedelta(minutes=5)
    retry: Retry = Retry()
    scope: Scope = Scope.ORGANIZATION
    brief: bool = False
    visible_to: str | None = None
    works_in: frozenset[str] = frozenset({"active"})
    version: int = 1
    upgrades: Mapping[int, Upgrade] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.name in _REGISTRY:
            raise ValueError(f"Two kinds of jobs are called {self.name!r}.")
        if not dataclasses.is_dataclass(self.payload):
            raise TypeError(f"The payload of {self.name!r} must be a dataclass.")
        missing = [version for version in range(1, self.version) if version not in self.upgrades]
        if missing:
            raise ValueError(f"{self.name!r} can't read payloads of the versions {missing}.")
        _REGISTRY[self.name] = self

    def __repr__(self) -> str:
        return f"<Kind {self.name}>"

    def encode(self, payload: Payload) -> dict[str, Any]:
        """Return `payload` as JSON values. Raises PayloadError if it has the wrong type or is too big."""
        if type(payload) is not self.payload:
            raise PayloadError(f"{self.name} takes {self.payload.__name__}, not {type(payload).__name__}.")
        values = dataclasses.asdict(payload)  # type: ignore[call-overload]
        try:
            size = len(json.dumps(values, ensure_ascii=False).encode())
        except TypeError as problem:
            raise PayloadError(f"The payload of {self.name} is not JSON: {problem}.") from None
        if size > PAYLOAD_MAX_BYTES:
            raise PayloadError(
                f"The payload of {self.name} has {size} bytes; {PAYLOAD_MAX_BYTES} are allowed. "
                "Store the data in a table and pass its id."
            )
        _check_types(self, values)
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}

    def decode(self, values: Mapping[str, Any], version: int) -> Payload:
        """Return the payload in a row, upgraded to the current version. Raises PayloadError."""
        found = dict(values)
        if version > self.version:
            raise PayloadError(f"{self.name} has a payload of version {version}; this worker knows {self.version}.")
        for step in range(version, self.version):
            found = self.upgrades[step](found)
        hints = typing.get_type_hints(self.payload)
        found = {
            name: tuple(value) if typing.get_origin(hints.get(name)) is tuple and isinstance(value, list) else value
            for name, value in found.items()
        }
        _check_types(self, found)
        try:
            return self.payload(**found)
        except TypeError as problem:
            raise PayloadError(f"The payload of {self.name} doesn't fit: {problem}.") from None


def kinds() -> Mapping[str, Kind[Any]]:
    """Return all declared kinds by name."""
    return types.MappingProxyType(_REGISTRY)


def kind_named(name: str) -> Kind[Any]:
    """Return the kind with this name. Raises UnknownKindError."""
    try:
        return _REGISTRY[name]
    except KeyError:
        raise UnknownKindError(f"No kind of job is called {name!r}.") from None


def _check_types(kind: Kind[Any], values: Mapping[str, Any]) -> None:
    hints = typing.get_type_hints(kind.payload)
    for name, value in values.items():
        if name in hints and not _fits(value, hints[name]):
            raise PayloadError(f"{kind.name}: {name} is {type(value).__name__}, not {hints[name]}.")


def _fits(value: Any, hint: Any) -> bool:
    origin = typing.get_origin(hint)
    if origin in {typing.Union, types.UnionType}:
        return any(_fits(value, option) for option in typing.get_args(hint))
    if origin in {tuple, list}:
        inner = typing.get_args(hint)[0]
        return isinstance(value, list | tuple) and all(_fits(item, inner) for item in value)
    if isinstance(value, bool):
        return hint is bool
    return isinstance(value, hint)
