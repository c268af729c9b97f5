"""A small DNS server on loopback that says what a test tells it to, over UDP."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset


class NameServer:
    """Answers from `records`: (name, kind) -> values. `ill` names make it answer SERVFAIL; `mute` makes it silent.

    `turns` are what it says of a name and kind once each, in this order, before it goes by the records.
    """

    def __init__(self, records: dict[tuple[str, str], list[str]]) -> None:
        self.records = records
        self.ill: set[str] = set()
        self.turns: dict[tuple[str, str], list[list[str]]] = {}
        self.mute = False
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"

    def serve(self) -> None:
        """Answer until the socket is closed."""
        while True:
            try:
                data, asker = self._socket.recvfrom(4096)
            except OSError:
                return
            if not data:
                return
            try:
                query = dns.message.from_wire(data)
            except dns.exception.DNSException:
                continue
            if not self.mute:
                self._socket.sendto(self._answer(query).to_wire(), asker)

    def stop(self) -> None:
        """End `serve`."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bell:
            bell.sendto(b"", self._socket.getsockname())
        self._socket.close()

    def _answer(self, query: dns.message.Message) -> dns.message.Message:
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        if name in self.ill:
            response.set_rcode(dns.rcode.SERVFAIL)
            return response
        while target := self.records.get((name, "CNAME")):
            response.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", "CNAME", f"{target[0]}."))
            name = target[0]
        turns = self.turns.get((name, kind))
        if values := turns.pop(0) if turns else self.records.get((name, kind)):
            response.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", kind, *values))
        elif not any(known == name for known, _kind in self.records):
            response.set_rcode(dns.rcode.NXDOMAIN)
        return response


@contextmanager
def name_server(records: dict[tuple[str, str], list[str]]) -> Iterator[NameServer]:
    """Run a server with these records."""
    server = NameServer(records)
    thread = Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join(timeout=5)
