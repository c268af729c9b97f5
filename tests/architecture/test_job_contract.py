"""Web enqueues what the worker handles: the two lists are equal."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from bandstand.jobs import kinds as declared
from bandstand.jobs.kinds import Kind, kinds
from bandstand_worker import registry


def test_it_handles_every_declared_kind_and_no_other() -> None:
    registry.check_contract()
    assert set(registry.load_handlers()) == set(kinds())


def test_it_refuses_a_kind_without_a_handler(monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclass(frozen=True)
    class Nothing:
        pass

    monkeypatch.setattr(declared, "_REGISTRY", dict(declared._REGISTRY))
    Kind("test.nobody_does_it", Nothing, title="Nobody")

    with pytest.raises(registry.ContractError, match=r"test\.nobody_does_it has no handler"):
        registry.check_contract()


def test_it_refuses_a_handler_without_a_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry._HANDLERS, "test.nobody_asks_for_it", lambda _payload, _run: None)

    with pytest.raises(registry.ContractError, match=r"test\.nobody_asks_for_it is handled, but not declared"):
        registry.check_contract()


def test_it_says_which_kinds_the_team_may_see() -> None:
    for kind in kinds().values():
        assert kind.visible_to is None or kind.visible_to.count(".") == 1, f"{kind} names no permission"
