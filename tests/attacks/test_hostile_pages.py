"""Pages, menus and designs by people who mean harm: values of every kind of block, entries, colours, cookies, bodies.

What no value can be is refused by the form; what reaches the database past every form is shown to nobody, and breaks no
page. In `make test` each field gets some of the values, in `make security` all of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.content.plain_text import clean_text
from bandstand.content.rendering import render_markdown
from bandstand.enquiries.models import Enquiry
from bandstand.media.models import Picture
from bandstand.pages.kinds import KINDS
from bandstand.pages.models import Page
from bandstand.pages.values import TextValue
from bandstand.portals.menus import read_entries
from bandstand.portals.models import PortalSettings
from bandstand_web.pagecache.pages import UNLOCKED_COOKIE
from tests.attacks.xss_corpus import payloads
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.media import ReadyPictureFactory
from tests.factories.pages import PageFactory, block
from tests.web.bands.test_contact import message
from tests.web.site_frame.test_editing import fields

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.attack]

ANSWERS = {200, 302, 400, 404, 413, 422}
MEGABYTES_10 = 10 * 1024 * 1024
TRICKS = (
    "\u202egpj.exe",  # right-to-left override
    "a\u2066b\u2069c",
    "\u200b\u200d\ufeff",
    "\x00null",
    "\x1b[31mred",
    "line\u2028line\u2029line\x85line",
    "e\u0301" * 200,
    "Z\u0351\u036b\u0343" * 60,
    "\ufdfa" * 140,  # one letter is eighteen when it is composed
    "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 20,
    "\u0430\u0440\u0440\u04cf\u0435.com",
    "\ufffe\uffff",
)
ADDRESSES = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "\tjavascript:alert(1)",
    "java\nscript:alert(1)",
    "\x01javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "//evil.example/",
    "/\\evil.example/",
    "/\t/evil.example/",
    "\\\\evil.example",
    "https:evil.example",
    "https://evil.example\r\nSet-Cookie: a=b",
    "https://user:password@",
    "file:///etc/passwd",
    "mailto:a@example.org?bcc=everyone@example.org\r\nX: y",
    "blob:https://evil.example/x",
    "https://[::1",
    "https://" + "a" * 600,
)
NUMBERS = ("9" * 5000, "-1", "1e9", "²", "\uff11", "NaN", "1\x00", "[]")
KEYS = ("../../etc/passwd", "1' OR '1'='1", "0", "-1", "9" * 400, "{}", "\x00")
VALUES = (*TRICKS, *ADDRESSES, *NUMBERS, *KEYS, *payloads()[::40])
OUTSIDE = ("hologram", "__class__", "constructor", "text%00", "TEXT", "..%2ftext", "a" * 300, "%F0%9F%8E%BA")

some_or_all = pytest.mark.parametrize("every", [9, pytest.param(1, marks=pytest.mark.security)], ids=["some", "all"])


def nested(depth: int, inner: Any = "x") -> str:
    """Return JSON that is nested as deep, which Python itself couldn't write."""
    return '{"a":[' * (depth // 2) + json.dumps(inner) + "]}" * (depth // 2)


@pytest.fixture
def editor(in_alice_portal: Portal) -> Client:
    return in_alice_portal.client_of(roles.EDITOR)


@pytest.fixture
def manager(in_alice_portal: Portal) -> Client:
    return in_alice_portal.client_of(roles.MANAGER)


def store(page: Page, blocks: str) -> None:
    """Store JSON past every form, and past Django."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pages_page SET blocks = %s::jsonb WHERE id = %s", [blocks, page.pk])


def wholesome(name: str) -> dict[str, Any]:
    """Return what fills in the form of a block of this kind."""
    values: dict[str, Any] = {"width": ""}
    for key, value in KINDS[name].values.items():
        values[key] = {"TextValue": "x", "LinkValue": "https://example.org/", "Whole": "3"}.get(
            type(value).__name__, ""
        )
    values |= {"look": "loud"} if name == "button" else {}
    values |= {"file_file": SimpleUploadedFile("x.pdf", b"%PDF-1.7")} if name == "file" else {}
    return values


@some_or_all
@pytest.mark.parametrize("name", KINDS)
def test_no_value_breaks_a_form_or_is_stored_where_it_is_none(
    name: str, every: int, editor: Client, in_alice_portal: Portal
) -> None:
    page = PageFactory(slug="about", blocks=[])
    path = f"/backstage/pages/{page.pk}/content/add/{name}/"
    for number, key in enumerate([*wholesome(name), "kind", "csrfmiddlewaretoken", "seen"]):
        for value in VALUES[number % every :: every]:
            sent = wholesome(name) | {key: [value, value] if number % 2 else value}
            assert editor.post(path, sent).status_code in ANSWERS, (key, value)

    page.refresh_from_db()
    assert all(each.kind and each.kind.name == name for each in page.block_list)
    for each in page.block_list:
        assert all(word == clean_text(word) for word in each.words)
    for shown in ("/about/", f"/backstage/pages/{page.pk}/content/", f"/backstage/pages/{page.pk}/history/"):
        client = editor if "backstage" in shown else in_alice_portal.client()
        text = client.get(shown).content.decode()
        assert "javascript:alert" not in text.lower().split("<main")[1] or 'href="javascript' not in text.lower()
        assert not any(trick in text for trick in ("\u202e", "\u2066", "\x00", "\x1b"))


@pytest.mark.parametrize("kind", OUTSIDE)
def test_kinds_that_nobody_knows_have_no_form(kind: str, editor: Client) -> None:
    page = PageFactory(blocks=[])
    path = f"/backstage/pages/{page.pk}/content/"

    for answer in (editor.get(f"{path}add/{kind}/"), editor.post(f"{path}add/{kind}/", {"text": "x"})):
        assert answer.status_code in {400, 404}
    assert editor.post(f"{path}gone/", {"kind": kind, "text": "x"}).status_code == 404


@pytest.mark.parametrize(
    "act", ["", "up", "up:", ":", "place:a", "place:,", "deleted:" + "9" * 400, "up:\x00", "__init__:x"]
)
def test_acts_that_nobody_knows_change_nothing(act: str, editor: Client) -> None:
    page = PageFactory(blocks=[block("text", id="only", text="x")])

    assert editor.post(f"/backstage/pages/{page.pk}/content/do/", {"do": act}).status_code == 302
    page.refresh_from_db()
    assert [each.id for each in page.block_list] == ["only"]


STORED: dict[str, Callable[[str], str]] = {
    "deep list": lambda _name: "[" * 200 + "]" * 200,
    "deep values": lambda name: f'[{{"id":"aaaa","kind":"{name}","version":1,"values":{nested(200)}}}]',
    "values of another kind": lambda name: json.dumps(
        [{"id": "aaaa", "kind": name, "version": 1, "values": {"text": "CANARY", "onload": "alert(1)"}}]
    ),
    "lists for texts": lambda name: json.dumps([_wrong(name, ["CANARY"])]),
    "objects for texts": lambda name: json.dumps([_wrong(name, {"CANARY": {"__class__": "x"}})]),
    "numbers for texts": lambda name: json.dumps([_wrong(name, 1e308)]),
    "truth for texts": lambda name: json.dumps([_wrong(name, True)]),
    "nothing for texts": lambda name: json.dumps([_wrong(name, None)]),
    "a later version": lambda name: json.dumps([{**block(name, id="aaaa"), "version": 10**30}]),
    "a version before all": lambda name: json.dumps([{**block(name, id="aaaa"), "version": -1}]),
    "twins": lambda name: json.dumps([block(name, id="aaaa")] * 3),
    "ids that leave the attribute": lambda name: json.dumps([{**block(name), "id": '"><script>CANARY'}]),
    "a hostile width": lambda name: json.dumps([{**block(name), "width": 'x" onload="CANARY'}]),
    "not blocks": lambda name: json.dumps([name, None, 1, [], {}, {"id": name}]),
}


def _wrong(name: str, value: Any) -> dict[str, Any]:
    made = block(name, id="aaaa")
    return {**made, "values": dict.fromkeys(made["values"], value)}


@pytest.mark.parametrize("stored", STORED)
@pytest.mark.parametrize("name", ["text", pytest.param("", marks=pytest.mark.security)])
def test_whatever_is_stored_no_page_breaks_and_nothing_of_it_is_shown(
    name: str, stored: str, editor: Client, in_alice_portal: Portal
) -> None:
    """Without a name, all kinds one after the other."""
    page = PageFactory(slug="about", blocks=[])
    for kind in [name] if name else KINDS:
        store(page, STORED[stored](kind))
        for path in ("content/", "content/aaaa/", "history/", ""):
            assert editor.get(f"/backstage/pages/{page.pk}/{path}").status_code in {200, 404}
        for inside in ("", "file/aaaa/", "write/aaaa/"):
            answer = in_alice_portal.client().get(f"/about/{inside}")
            assert answer.status_code in {200, 302, 404}
            if not answer.streaming:
                assert "CANARY" not in answer.content.decode()
        assert editor.post(f"/backstage/pages/{page.pk}/content/add/quote/", {"quote": "x"}).status_code in ANSWERS


def test_files_and_pictures_of_blocks_never_lead_out_of_the_portals_folder(in_alice_portal: Portal) -> None:
    names = (
        "../originals/x.pdf",
        "/etc/passwd",
        "x.pdf/../../y.pdf",
        "a" * 24 + ".html",
        "a" * 24 + ".pdf\n",
        ["x"],
        {},
    )
    page = PageFactory(slug="about")
    for name in names:
        wrong = {
            **block("file", id="aaaa", title="x"),
            "values": {"title": "x", "about": "", "file": {"file": name, "size": 1}},
        }
        store(page, json.dumps([wrong]))
        assert in_alice_portal.client().get("/about/file/aaaa/").status_code == 404
        assert "file/aaaa" not in in_alice_portal.client().get("/about/").content.decode()


BODIES: dict[str, Callable[[], dict[str, Any]]] = {
    "a field": lambda: {"text": "x" * MEGABYTES_10, "quote": "x" * MEGABYTES_10, "title": "x" * MEGABYTES_10},
    "many fields": lambda: {f"pictures-{number}-alt": "x" for number in range(5000)},
    "a file": lambda: {
        name: SimpleUploadedFile("x.pdf", b"x" * MEGABYTES_10)
        for name in ("picture_file", "pictures_file", "file_file")
    },
    "many files": lambda: {f"file{number}": SimpleUploadedFile("x", b"x") for number in range(200)},
}


@pytest.mark.parametrize("body", BODIES)
def test_huge_bodies_are_refused_and_leave_nothing(body: str, editor: Client, manager: Client) -> None:
    page = PageFactory(blocks=[])
    for name in KINDS:
        answer = editor.post(f"/backstage/pages/{page.pk}/content/add/{name}/", wholesome(name) | BODIES[body]())
        assert answer.status_code in {400, 413, 422}
    for path in ("", "footer/", "social/", "announcement/"):
        assert manager.post(f"/backstage/menu/{path}", BODIES[body]()).status_code in ANSWERS
    assert manager.post("/backstage/design/", BODIES[body]()).status_code in ANSWERS

    page.refresh_from_db()
    assert (page.blocks, Picture.objects.count()) == ([], 0)
    assert (PortalSettings.objects.current().menu, PortalSettings.objects.current().bar_text) == ({}, "")


def test_bodies_that_are_no_form_are_refused(editor: Client) -> None:
    page = PageFactory(blocks=[])
    for kind in ("application/json", "text/xml", "multipart/form-data; boundary=x", "application/octet-stream"):
        for sent in (b"[" * 100_000, b"\xff\xfe" * 1000, b"--x\r\n" * 1000):
            answer = editor.post(f"/backstage/pages/{page.pk}/content/add/text/", data=sent, content_type=kind)
            assert answer.status_code in {400, 413, 422}


MARKDOWN: dict[str, str] = {
    "quotes": "> " * 20_000 + "x",
    "lists": "\n".join("  " * level + "* x" for level in range(190)),
    "marks": "*a _b " * 6_000,
    "brackets": "[" * 40_000,
    "links": "[a](" * 10_000,
    "pictures": "![" * 13_000 + "](picture:x)",
    "code": "`" * 39_999,
    "entities": "&#x6a;&#97;" * 3_000,
    "tables": "|a" * 5_000 + "\n" + "|-" * 5_000 + "\n" + "|b" * 5_000,
    "references": "\n".join(f"[{number}]: javascript:alert({number})" for number in range(900)) + "\n[1] [2]",
    "addresses": "javascript:alert(1) www." + "a." * 15_000,
    "html": "<div>" * 8_000,
    "headings": "# x\n" * 10_000,
    "rulers": "- " * 20_000,
    "tricks": " ".join(TRICKS),
    "payloads": "\n\n".join(payloads())[:40_000],
}


@pytest.mark.parametrize("name", MARKDOWN)
def test_markdown_that_is_built_to_hurt_ends_and_is_harmless(name: str, in_alice_portal: Portal) -> None:
    text = clean_text(MARKDOWN[name])[:40_000]

    shown = render_markdown(text, top=2)
    PageFactory(slug="about", blocks=[block("text", text=text)])

    assert len(shown) < 40 * len(text)
    for each in ("<script", "<img", "<div", "<svg", 'href="javascript', "onerror=xss()>"):
        assert each not in shown.lower().replace("&lt;", "")
    assert in_alice_portal.client().get("/about/").status_code == 200


ENTRIES: tuple[Any, ...] = (
    None,
    [],
    "x",
    {"v": 1},
    {"v": True, "entries": []},
    {"v": 1, "entries": {"target": "/"}},
    {"v": 1, "entries": [[[]], None, 1, "x", {}]},
    {"v": 1, "entries": [{"target": ["/"]}, {"target": {}}, {"target": None, "label": "x"}]},
    {"v": 1, "entries": [{"target": "/gigs/", "label": ["x"]}, {"target": "/gigs/", "label": "x" * 10_000}]},
    {
        "v": 1,
        "entries": [{"target": "row:bands.band:x"}, {"target": "row:auth.user:1"}, {"target": "place:admin:index"}],
    },
    {"v": 1, "entries": [{"target": "", "label": "x", "entries": [{"target": "", "entries": [{"target": "/"}]}]}]},
    {"v": 1, "entries": [{"target": "/gigs/", "label": "x"}] * 5000},
    {"v": 1, "entries": [{"target": address, "label": "x"} for address in ADDRESSES]},
    {
        "v": 1,
        "entries": [{"target": "/gigs/", "label": trick} for trick in TRICKS if "\x00" not in trick],
    },
)


@pytest.mark.parametrize("stored", range(len(ENTRIES)))
def test_menus_past_every_form_break_no_page_and_lead_nowhere_harmful(
    stored: int, in_alice_portal: Portal, manager: Client
) -> None:
    settings = PortalSettings.objects.current()
    value = ENTRIES[stored]
    for entry in read_entries(value) or ():
        assert entry.label == clean_text(entry.label)
    type(settings).objects.filter(pk=settings.pk).update(menu=value or {}, footer=value or {}, social_links=value or {})

    for path in ("/", "/gigs/", "/nothing-here/"):
        text = in_alice_portal.client().get(path).content.decode()
        assert not any(
            f'href="{each}' in text for each in ("javascript", "data:", "//evil", "/\\", "vbscript", "file:")
        )
        assert not any(trick in text for trick in ("\u202e", "\u2066", "\x1b"))
    for path in ("", "footer/", "social/", "announcement/"):
        assert manager.get(f"/backstage/menu/{path}").status_code == 200


@some_or_all
@pytest.mark.parametrize("path", ["", "footer/", "social/", "announcement/"])
def test_no_value_breaks_the_forms_around_pages(
    path: str, every: int, manager: Client, in_alice_portal: Portal
) -> None:
    url = f"/backstage/menu/{path}"
    known = fields(manager.get(url).content.decode())
    for number, key in enumerate(known):
        for value in VALUES[number % every :: every * 4]:
            assert manager.post(url, known | {key: value}).status_code in ANSWERS, (key, value)

    text = in_alice_portal.client().get("/").content.decode()
    assert not any(f'href="{each}' in text.lower() for each in ("javascript", "data:", "//evil", "vbscript", "file:"))
    assert not any(trick in text for trick in ("\u202e", "\u2066", "\x1b"))


@some_or_all
def test_no_choice_of_a_design_leaves_its_style_sheet(every: int, manager: Client, in_alice_portal: Portal) -> None:
    """Colours are read and written anew, and everything else is one of some choices."""
    breakers = (
        "red;}body{display:none",
        "url(//evil.example)",
        "</style><script>alert(1)</script>",
        "expression(alert(1))",
    )
    chosen = {"theme": "poster", "accent": "#d6402b"}
    for key in ("theme", "accent", "second_colour", "fonts", "corners", "density", "header"):
        for value in (*breakers, *VALUES[::every]):
            assert manager.post("/backstage/design/", chosen | {key: value}).status_code in ANSWERS, (key, value)
            assert manager.get("/backstage/design/preview.css", chosen | {key: value}).status_code in ANSWERS
    sheet = in_alice_portal.client().get("/theme.css").content.decode()
    assert not any(each in sheet for each in ("evil", "display:none", "script", "expression", "\u202e"))


def cookies() -> Iterator[str]:
    """Yield what no page made."""
    yield from ("x", "a:b:c", "1" * 4000, ":::::", "e30:1xYBzB:AAAA", "ImEi:1xYBzB:" + "A" * 43, "%00", "{}")


def test_forged_cookies_and_tokens_open_nothing_and_break_nothing(in_alice_portal: Portal) -> None:
    PageFactory(slug="about", visibility="password", password="x", blocks=[block("contact", id="form")])
    BandFactory(is_published=False, slug="draft")
    client = in_alice_portal.client()
    for value in cookies():
        client.cookies[UNLOCKED_COOKIE] = value
        for path in ("/about/", "/about/file/form/", "/about/write/form/"):
            assert client.get(path).status_code == 302
        assert client.post("/about/write/form/", message()).status_code == 302
        assert client.get("/preview/" + value.replace("/", "")).status_code in ANSWERS | {301}
        assert client.post("/unlock/about/", {"password": value}).status_code in {422, 429}
    assert not Enquiry.objects.exists()
    PageFactory(slug="open", blocks=[block("contact", id="form")])
    for value in cookies():
        assert client.post("/open/write/form/", {**message(), "opened": value}).status_code == 422
    assert not Enquiry.objects.exists()


def test_every_text_of_every_kind_is_bounded_and_cleaned() -> None:
    """What the forms above rely on: a new kind can't have a text without a bound."""
    texts = [value for kind in KINDS.values() for value in kind.values.values() if isinstance(value, TextValue)]
    assert texts
    for value in texts:
        assert not value.accepts("x" * (value.most + 1))
        assert not any(value.accepts(trick) for trick in TRICKS[:5])


def test_a_gallery_never_shows_a_picture_of_another_portal(in_alice_portal: Portal, charlie_portal: Portal) -> None:
    with tenant_context(charlie_portal.organization):
        theirs = ReadyPictureFactory(alt="CANARY")
    rows = [{"picture": f"picture:{theirs.uid}", "alt": "", "caption": "x", "credit": ""}]
    PageFactory(slug="about", blocks=[block("gallery", pictures=rows)])

    text = in_alice_portal.client().get("/about/").content.decode()

    assert "CANARY" not in text
    assert 'class="gallery"' not in text
