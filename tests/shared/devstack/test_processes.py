"""Ports for servers of one's own: free, and left alone until they listen."""

from __future__ import annotations

import socket
from contextlib import ExitStack

import pytest

from bandstand.devstack import processes
from bandstand.devstack.processes import StackError, free_port


def test_no_outgoing_connection_is_given_such_a_port() -> None:
    with socket.socket() as given:
        given.bind(("127.0.0.1", 0))

        assert free_port() < given.getsockname()[1]


def test_ports_in_use_are_passed_by(monkeypatch: pytest.MonkeyPatch) -> None:
    ports = list({free_port() for _each in range(20)})[:3]
    monkeypatch.setattr(processes, "_PORTS", ports)
    monkeypatch.setattr(processes, "_TRIES", len(ports))

    with ExitStack() as stack:
        for port in ports[1:]:
            stack.enter_context(socket.create_server(("127.0.0.1", port)))
        assert free_port() == ports[0]
        stack.enter_context(socket.create_server(("127.0.0.1", ports[0])))
        with pytest.raises(StackError, match="None of 3 ports"):
            free_port()
