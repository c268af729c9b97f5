"""The guarded client at servers that try each trick: real sockets, real TLS, a real name server, all on loopback."""

from __future__ import annotations

import gzip
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Event

import pytest
import trustme

from bandstand.outgoing.fetching import fetch
from bandstand.outgoing.links import LinkError
from bandstand.outgoing.policy import Opening, Policy
from bandstand.outgoing.problems import FetchError, PrivateAddressError, TooLargeError, TooSlowError
from tests.shared.outgoing.hostile_server import Behaviour, Conversation, HostileServer, hostile_server
from tests.worker.name_server import NameServer, name_server

HOST = "files.example"
AUTHORITY = trustme.CA()
RIGHT, WRONG = AUTHORITY.issue_cert(HOST), AUTHORITY.issue_cert("other.example")
Start = Callable[..., HostileServer]


def welcome(visitor: Conversation) -> None:
    visitor.answer("200 OK", b"name\nMo\n", Content_Type="text/csv")


@pytest.fixture
def start() -> Iterator[Start]:
    """Start servers that end with the test."""
    with ExitStack() as stack:

        def begin(behaviour: Behaviour, **more: object) -> HostileServer:
            options: dict[str, object] = {"certificate": RIGHT, **more}
            return stack.enter_context(hostile_server(behaviour, **options))  # type: ignore[arg-type]

        yield begin


@pytest.fixture
def names() -> Iterator[NameServer]:
    """A name server that knows where the files are."""
    with name_server({(HOST, "A"): ["127.0.0.1"], ("inner.example", "A"): ["192.168.0.1"]}) as server:
        yield server


@pytest.fixture
def policy_for(names: NameServer, tmp_path: Path) -> Callable[..., Policy]:
    """Return a policy that opens 127.0.0.1 at the port of each of these servers, and nothing else inside."""
    AUTHORITY.cert_pem.write_to_path(tmp_path / "authority.pem")
    resolver = ("127.0.0.1", int(names.address.rpartition(":")[2]))

    def build(*servers: HostileServer, **more: object) -> Policy:
        defaults: dict[str, object] = {
            "openings": tuple(Opening.parse(f"127.0.0.1:{server.port}") for server in servers),
            "resolver": resolver,
            "authorities": str(tmp_path / "authority.pem"),
            "seconds": 30.0,
            **more,
        }
        return Policy(**defaults)  # type: ignore[arg-type]

    return build


PolicyFor = Callable[..., Policy]


def test_it_fetches_by_the_name_that_was_typed(start: Start, policy_for: PolicyFor) -> None:
    server = start(welcome)
    seen: list[int] = []

    fetched = fetch(f"https://{HOST}:{server.port}/a.csv?b=c", policy=policy_for(server), step=seen.append)

    assert (fetched.content, fetched.content_type) == (b"name\nMo\n", "text/csv")
    assert server.requests[0].startswith("GET /a.csv?b=c HTTP/1.1\r\n")
    assert f"\r\nHost: {HOST}:{server.port}\r\n" in server.requests[0]
    assert "cookie" not in server.requests[0].lower()
    assert seen == [8]


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "169.254.169.254", "100.64.0.1", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "fd00::1"],
)
def test_it_goes_to_no_private_address(start: Start, names: NameServer, policy_for: PolicyFor, address: str) -> None:
    names.records[HOST, "AAAA" if ":" in address else "A"] = [address]
    if ":" in address:
        names.records[HOST, "A"] = ["93.184.215.14"]  # one good address doesn't vouch for the others

    with pytest.raises(PrivateAddressError, match="can't be reached from the internet"):
        fetch(f"https://{HOST}/", policy=policy_for())


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:7f00:1]", "１２７.0.0.1", "127.0.0.1."])  # noqa: RUF001
def test_it_goes_to_no_private_address_that_is_typed(policy_for: PolicyFor, host: str) -> None:
    with pytest.raises(PrivateAddressError):
        fetch(f"https://{host}/", policy=policy_for())


def test_an_alias_of_an_inner_name_helps_nobody(names: NameServer, policy_for: PolicyFor) -> None:
    names.records["innocent.example", "CNAME"] = ["inner.example"]
    names.records["inner.example", "A"] = ["10.0.0.1"]

    with pytest.raises(PrivateAddressError):
        fetch("https://innocent.example/", policy=policy_for())


def test_it_connects_to_the_address_that_it_checked(start: Start, names: NameServer, policy_for: PolicyFor) -> None:
    server = start(welcome)
    trap = start(lambda visitor: visitor.answer("200 OK", b"stolen"), address="127.0.0.2")
    names.turns[HOST, "A"] = [["127.0.0.1"]]  # once; from then on the name leads to the trap
    names.records[HOST, "A"] = ["127.0.0.2"]

    fetched = fetch(f"https://{HOST}:{server.port}/", policy=policy_for(server))

    assert fetched.content == b"name\nMo\n"
    with pytest.raises(PrivateAddressError):
        fetch(f"https://{HOST}:{server.port}/", policy=policy_for(server))
    assert trap.connections == 0


def test_it_tries_the_next_address_of_a_name(start: Start, names: NameServer, policy_for: PolicyFor) -> None:
    server = start(welcome)
    names.records[HOST, "A"] = ["127.0.0.3", "127.0.0.1"]  # nobody listens at the first
    policy = policy_for(server, openings=(Opening.parse(f"127.0.0.0/8:{server.port}"),))

    assert fetch(f"https://{HOST}:{server.port}/", policy=policy).content == b"name\nMo\n"


@pytest.mark.parametrize("certificate", [WRONG, trustme.CA().issue_cert(HOST)], ids=["other name", "other authority"])
def test_it_checks_the_certificate_against_the_name(
    start: Start, policy_for: PolicyFor, certificate: trustme.LeafCert
) -> None:
    server = start(welcome, certificate=certificate)

    with pytest.raises(FetchError, match="can't prove that it is the right one"):
        fetch(f"https://{HOST}:{server.port}/", policy=policy_for(server))

    assert server.requests == []


def test_it_ignores_proxies_of_the_environment(
    start: Start, policy_for: PolicyFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, proxy = start(welcome), start(welcome, certificate=None)
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")

    fetch(f"https://{HOST}:{server.port}/", policy=policy_for(server))

    assert proxy.connections == 0


def leading_to(location: str, status: str = "302 Found") -> Behaviour:
    return lambda visitor: visitor.answer(status, Location=location, Set_Cookie="id=1")


def test_it_follows_a_redirect_without_cookies(start: Start, policy_for: PolicyFor) -> None:
    server = start(welcome)
    first = start(leading_to(f"https://{HOST}:{server.port}/moved", "307 Temporary Redirect"))

    fetched = fetch(f"https://{HOST}:{first.port}/", policy=policy_for(server, first))

    assert fetched.url == f"https://{HOST}:{server.port}/moved"
    assert "Cookie" not in server.requests[0]


@pytest.mark.parametrize(
    ("location", "problem", "sentence"),
    [
        ("https://127.0.0.1/", PrivateAddressError, "can't be reached from the internet"),
        ("https://inner.example/", PrivateAddressError, "can't be reached from the internet"),
        ("//[::1]/", PrivateAddressError, "can't be reached from the internet"),
        ("http://files.example/", FetchError, "starts with https://"),
        ("file:///etc/passwd", FetchError, "starts with https://"),
        ("https://user:pw@files.example/", FetchError, "user name and password"),
        ("https://files.example:6379/", FetchError, "without “:6379”"),
        ("https://2130706433/", FetchError, "not the name of a server"),
        ("https://[::1/", FetchError, "an address we can't use"),
    ],
)
def test_it_checks_where_a_redirect_leads(
    start: Start, policy_for: PolicyFor, location: str, problem: type[Exception], sentence: str
) -> None:
    server = start(leading_to(location))

    with pytest.raises(problem, match=sentence):
        fetch(f"https://{HOST}:{server.port}/", policy=policy_for(server))

    assert server.connections == 1


def test_encryption_isn_t_given_up_on_the_way(start: Start, policy_for: PolicyFor) -> None:
    plain = start(welcome, certificate=None)
    server = start(leading_to(f"http://{HOST}:{plain.port}/"))
    policy = policy_for(plain, server, schemes=frozenset({"http", "https"}))

    with pytest.raises(FetchError, match="without encryption"):
        fetch(f"https://{HOST}:{server.port}/", policy=policy)

    assert plain.connections == 0
    assert fetch(f"http://{HOST}:{plain.port}/", policy=policy).content == b"name\nMo\n"
    with pytest.raises(LinkError, match="starts with https"):
        fetch(f"http://{HOST}:{plain.port}/", policy=policy_for(plain))


def test_it_follows_a_few_redirects_and_no_more(start: Start, policy_for: PolicyFor) -> None:
    server = start(leading_to("/again"))

    with pytest.raises(FetchError, match="keeps redirecting"):
        fetch(f"https://{HOST}:{server.port}/", policy=policy_for(server))

    assert server.connections == 6


def one_byte_at_a_time(visitor: Conversation, head: bytes, over: Event) -> None:
    visitor.send(head)
    while not over.wait(0.05):
        visitor.send(b"x")


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nX-Long: ",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",
    ],
    ids=["status line", "header", "body", "body of a known length"],
)
def test_it_ends_in_time_though_every_byte_is(start: Start, policy_for: PolicyFor, head: bytes) -> None:
    over = Event()
    server = start(lambda visitor: one_byte_at_a_time(visitor, head, over))
    began = time.monotonic()

    with pytest.raises(TooSlowError, match="too long"):
        fetch(f"https://{HOST}:{server.port}/", policy=policy_for(server, seconds=0.6))

    over.set()
    assert time.monotonic() - began < 30  # the bytes would go on for hours


def test_it_ends_in_time_though_the_handshake_doesn_t(start: Start, policy_for: PolicyFor) -> None:
    over = Event()
    server = start(lambda visitor: one_byte_at_a_time(visitor, b"", over), certificate=None)

    with pytest.raises(FetchError):
        fetch(f"https://{HOST}:{server.port}/", policy=policy_for(server, seconds=0.6))

    over.set()


def test_redirects_share_the_time(start: Start, policy_for: PolicyFor) -> None:
    def dawdle(visitor: Conversation) -> None:
        time.sleep(0.4)
        visitor.answer("302 Found", Location="/again")

    server = start(dawdle)

    with pytest.raises(TooSlowError):
        fetch(f"https://{HOST}:{server.port}/", policy=policy_for(server, seconds=0.7))

    assert server.connections <= 2


def test_a_name_server_that_says_nothing_costs_no_more_time(names: NameServer, policy_for: PolicyFor) -> None:
    names.mute = True

    with pytest.raises(FetchError, match="can't be reached from the internet"):
        fetch(f"https://{HOST}/", policy=policy_for(seconds=0.5))


def chunked_without_end(visitor: Conversation) -> None:
    visitor.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        visitor.send(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")


def packed(data: bytes, coding: str) -> Behaviour:
    return lambda visitor: visitor.answer("200 OK", data, Content_Encoding=coding)


def empty_members(visitor: Conversation) -> None:
    visitor.send(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n")
    while True:
        visitor.send(gzip.compress(b"") * 1000)


BOMB = gzip.compress(b"\0" * 50_000_000)


@pytest.mark.parametrize(
    "behaviour",
    [
        lambda visitor: visitor.answer("200 OK", b"x" * 10, Content_Length="99999999999"),
        lambda visitor: visitor.answer("200 OK", b"x" * 100_001),
        chunked_without_end,
        packed(BOMB, "gzip"),
        packed(zlib.compress(b"\0" * 50_000_000), "deflate"),
        lambda visitor: visitor.answer("200 OK", **{f"X-{number}": "y" * 1000 for number in range(60)}),
    ],
    ids=["said to be large", "large", "without end", "gzip bomb", "deflate bomb", "headers"],
)
def test_it_takes_no_more_than_it_may(start: Start, policy_for: PolicyFor, behaviour: Behaviour) -> None:
    server = start(behaviour)
    seen: list[int] = [0]

    with pytest.raises(TooLargeError):
        fetch(f"https://{HOST}:{server.port}/", policy=policy_for(server, most_bytes=100_000), step=seen.append)

    assert max(seen) <= 100_000


def test_it_ends_in_time_though_what_it_unpacks_is_nothing(start: Start, policy_for: PolicyFor) -> None:
    server = start(empty_members)

    with pytest.raises((TooSlowError, TooLargeError)):
        fetch(f"https://{HOST}:{server.port}/", policy=policy_for(server, seconds=0.8))


@pytest.mark.parametrize(
    ("behaviour", "sentence"),
    [
        (lambda visitor: visitor.answer("404 Not Found"), "has nothing at this address"),
        (lambda visitor: visitor.answer("403 Forbidden"), "with anyone who has the link"),
        (lambda visitor: visitor.answer("503 Service Unavailable"), r"an error \(503\)"),
        (lambda visitor: visitor.answer("302 Found"), r"an error \(302\)"),
        (packed(b"x", "gzip, gzip, gzip"), "We can't read the response"),
        (packed(b"no gzip", "gzip"), "doesn't respond as it should"),
        (lambda visitor: visitor.send(b"SSH-2.0-OpenSSH\r\n"), "doesn't respond as it should"),
        (lambda visitor: visitor.send(b""), "doesn't respond as it should"),
        (lambda visitor: visitor.answer("200 OK", b"half", Content_Length="8"), "doesn't respond as it should"),
    ],
)
def test_it_says_what_went_wrong(start: Start, policy_for: PolicyFor, behaviour: Behaviour, sentence: str) -> None:
    server = start(behaviour)

    with pytest.raises(FetchError, match=sentence):
        fetch(f"https://{HOST}:{server.port}/", policy=policy_for(server))


def test_it_says_that_there_is_no_such_server(names: NameServer, policy_for: PolicyFor) -> None:
    with pytest.raises(FetchError, match="can't be reached from the internet"):
        fetch("https://nowhere.example/", policy=policy_for())


def test_it_unpacks_what_is_small_enough(start: Start, policy_for: PolicyFor) -> None:
    server = start(packed(gzip.compress(b"name\nMo\n"), "gzip"))

    assert fetch(f"https://{HOST}:{server.port}/", policy=policy_for(server)).content == b"name\nMo\n"


def test_it_stops_where_the_caller_wants_to(start: Start, policy_for: PolicyFor) -> None:
    server = start(welcome)

    def stop(_bytes: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(f"https://{HOST}:{server.port}/", policy=policy_for(server), step=stop)
