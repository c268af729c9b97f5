"""The registry of job handlers.

    @handles(SHRINK_PICTURE)
    def shrink_picture(payload: ShrinkPicture, run: Run) -> None: ...

A handler is called inside its organization's schema (in `public` for the platform's jobs) and must be idempotent: it
may be called again for the same job after a crash. It may return a JSON value, the job's result. It raises `JobFailed`
to give up with a message for people, `RetryLater` to be called again; any other exception follows the retry policy.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from bandstand.jobs.kinds import Kind, kinds
from bandstand_worker import handlers
from bandstand_worker.run import Run

Payload = TypeVar("Payload")
Handler = Callable[[Any, Run], Any]
_HANDLERS: dict[str, Handler] = {}


class ContractError(RuntimeError):
    """The declared kinds and the handlers don't match."""


def handles(kind: Kind[Payload]) -> Callable[[Callable[[Payload, Run], Any]], Callable[[Payload, Run], Any]]:
    """Register the decorated function as the handler of `kind`. Raises ContractError if there is one already."""

    def register(function: Callable[[Payload, Run], Any]) -> Callable[[Payload, Run], Any]:
        if kind.name in _HANDLERS:
            raise ContractError(f"{kind.name} has two handlers.")
        _HANDLERS[kind.name] = function
        return function

    return register


def load_handlers() -> Mapping[str, Handler]:
    """Import every module of `bandstand_worker.handlers` and return the handlers by the name of their kind."""
    for module in pkgutil.iter_modules(handlers.__path__):
        importlib.import_module(f"{handlers.__name__}.{module.name}")
    return MappingProxyType(_HANDLERS)


def check_contract() -> None:
    """Raise ContractError unless every declared kind has its handler, and every handler its kind."""
    found, declared = set(load_handlers()), set(kinds())
    problems = [f"{name} has no handler" for name in sorted(declared - found)]
    problems += [f"{name} is handled, but not declared" for name in sorted(found - declared)]
    if problems:
        raise ContractError("Kinds of jobs and handlers don't match: " + "; ".join(problems) + ".")
