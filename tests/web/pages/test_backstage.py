"""Pages and their blocks in the backstage."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from bandstand.accounts import roles
from bandstand.media.downloads import download_path
from bandstand.media.models import Picture
from bandstand.pages.blocks import MOST_BLOCKS
from bandstand.pages.kinds import KINDS
from bandstand.pages.models import Page
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.pages import PageFactory, block
from tests.web.forms.test_meanwhile import opened
from tests.web.shell.test_content import PIXEL

PDF = b"%PDF-1.7 A rider."


@pytest.fixture
def editor(in_alice_portal: Portal) -> Client:
    return in_alice_portal.client_of(roles.EDITOR)


def content(page: Page, rest: str = "") -> str:
    return f"/backstage/pages/{page.pk}/content/{rest}"


def texts(page: Page) -> list[str]:
    page.refresh_from_db()
    return [" ".join(each.words) for each in page.block_list]


def do(client: Client, page: Page, act: str, **headers: Any) -> Any:
    return client.post(content(page, "do/"), {"do": act}, **headers)


def test_a_page_is_made_and_filled_without_scripts(editor: Client) -> None:
    band = BandFactory()
    made = editor.post("/backstage/pages/add/", {"title": "About us", "visibility": "public", "publish": "1"})
    page = Page.objects.get()
    assert (made["Location"], page.slug, page.is_published) == (content(page), "about-us", True)
    sent: dict[str, dict[str, Any]] = {
        "text": {"text": "**Hello**", "width": "half"},
        "picture": {"picture_file": SimpleUploadedFile("a.png", PIXEL, "image/png"), "alt": "A drum", "credit": "Ann"},
        "gigs": {"band": band.pk, "count": "3"},
        "bands": {"bands": [band.pk], "count": "4"},
        "quote": {"quote": "Great", "source": "Times"},
        "button": {"text": "Book", "link": "/gigs/", "look": "quiet"},
        "news": {"heading": "Lately", "count": "2"},
        "poll": {"heading": ""},
        "film": {"title": "Live", "address": "https://example.org/film"},
        "map": {"title": "", "place": "Hof 1, Ulm"},
        "gallery": {"heading": "Live", "pictures_file": [SimpleUploadedFile("b.png", PIXEL, "image/png")]},
        "file": {"title": "Rider", "file_file": SimpleUploadedFile("Rider.PDF", PDF, "text/html")},
        "contact": {"heading": "", "band": band.pk},
    }

    for kind, data in sent.items():
        form = opened(editor, content(page, f"add/{kind}/"))
        answer = editor.post(
            content(page, f"add/{kind}/"), {"csrfmiddlewaretoken": form["csrfmiddlewaretoken"], **data}
        )
        assert answer.status_code == 302, answer.content.decode()

    page.refresh_from_db()
    stored = {each["kind"]: each["values"] for each in page.blocks}
    picture, in_gallery = Picture.objects.order_by("pk")
    name = stored["file"]["file"]["file"]
    assert default_storage.open(download_path(name)).read() == PDF
    assert stored == {
        "text": {"text": "**Hello**"},
        "picture": {"picture": f"picture:{picture.uid}", "alt": "A drum", "caption": "", "credit": "Ann", "link": ""},
        "gigs": {"heading": "", "band": str(band.uid), "count": 3},
        "bands": {"heading": "", "bands": [str(band.uid)], "count": 4},
        "quote": {"quote": "Great", "source": "Times"},
        "button": {"text": "Book", "link": "/gigs/", "look": "quiet"},
        "news": {"heading": "Lately", "count": 2},
        "poll": {"heading": ""},
        "film": {"title": "Live", "address": "https://example.org/film", "poster": ""},
        "map": {"title": "", "place": "Hof 1, Ulm"},
        "gallery": {
            "heading": "Live",
            "pictures": [{"picture": f"picture:{in_gallery.uid}", "alt": "", "caption": "", "credit": ""}],
        },
        "file": {"title": "Rider", "about": "", "file": {"file": name, "size": len(PDF)}},
        "contact": {"heading": "", "band": str(band.uid)},
    }
    assert page.blocks[0]["width"] == "half"
    assert set(sent) == set(KINDS)
    for each in page.block_list:
        form = opened(editor, content(page, f"{each.id}/"))
        assert editor.post(content(page, f"{each.id}/"), form).status_code == 302
    assert {each["kind"]: each["values"] for each in Page.objects.get().blocks} == stored


@pytest.mark.parametrize(
    ("kind", "data", "field"),
    [
        ("text", {"text": ""}, "text"),
        ("text", {"text": "x" * 40_001}, "text"),
        ("button", {"text": "x", "link": "javascript:alert(1)", "look": "loud"}, "link"),
        ("button", {"text": "x", "link": "//evil.example/", "look": "loud"}, "link"),
        ("button", {"text": "x", "link": "/", "look": "blinking"}, "look"),
        ("film", {"title": "x", "address": "/gigs/"}, "address"),
        ("picture", {}, "picture_file"),
        ("picture", {"picture_file": SimpleUploadedFile("x.png", b"no picture", "image/png")}, "picture_file"),
        ("gallery", {}, "pictures_file"),
        ("gallery", {"pictures_file": [SimpleUploadedFile("x.png", b"no picture", "image/png")]}, "pictures_file"),
        ("file", {"title": "x"}, "file_file"),
        ("file", {"title": "x", "file_file": SimpleUploadedFile("x.html", b"%PDF-1.7")}, "file_file"),
        ("file", {"title": "x", "file_file": SimpleUploadedFile("x.pdf", b"<script>")}, "file_file"),
        ("file", {"title": "x", "file_file": SimpleUploadedFile("x.pdf", b"")}, "file_file"),
        ("file", {"title": "", "file_file": SimpleUploadedFile("x.pdf", b"%PDF-1.7")}, "title"),
        ("contact", {"band": "77777"}, "band"),
        ("gigs", {"count": "9" * 400}, "count"),
        ("gigs", {"count": "3", "band": "77777"}, "band"),
        ("bands", {"count": "3", "bands": ["1' OR 1"]}, "bands"),
        ("quote", {"quote": "x", "width": "200%"}, "width"),
    ],
)
def test_what_is_no_value_is_refused_with_what_was_typed(
    kind: str, data: dict[str, Any], field: str, editor: Client
) -> None:
    page = PageFactory(blocks=[])

    answer = editor.post(content(page, f"add/{kind}/"), data)

    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in answer.content.decode()
    assert texts(page) == []
    assert not Picture.objects.exists()


def test_a_long_page_takes_no_more_and_says_so(editor: Client) -> None:
    full = PageFactory(blocks=[block("quote", quote="x") for _each in range(MOST_BLOCKS)])
    long = PageFactory(blocks=[block("text", text="ä" * 30_000) for _each in range(4)])

    assert editor.post(content(full, "add/quote/"), {"quote": "x"}).status_code == 422
    assert "200 blocks" in editor.get(content(full)).content.decode()
    assert "too long" in editor.post(content(long, "add/text/"), {"text": "ä" * 30_000}).content.decode()
    answer = editor.post(content(long, "do/"), {"do": f"duplicate:{long.blocks[0]['id']}"}, follow=True)
    assert "too long" in answer.content.decode()
    assert (len(texts(full)), len(texts(long))) == (MOST_BLOCKS, 4)


def test_buttons_arrange_the_blocks_with_and_without_htmx(editor: Client) -> None:
    page = PageFactory(blocks=[block("text", id=each * 4, text=each) for each in "abc"])

    answer = do(editor, page, "down:aaaa")
    assert (answer["Location"], texts(page)) == (f"{content(page)}#block-aaaa", ["b", "a", "c"])
    swapped = do(editor, page, "up:cccc", headers={"hx-request": "true"}).content.decode()
    assert swapped.lstrip().startswith('<section id="blocks"')
    assert "Now at place 2 of 3." in swapped
    do(editor, page, "hide:cccc")
    do(editor, page, "duplicate:bbbb")
    do(editor, page, "place:aaaa,")
    assert texts(page) == ["a", "b", "b", "c"]
    assert [each.is_hidden for each in page.block_list] == [False, False, False, True]
    assert "is gone" in do(editor, page, "up:zzzz", follow=True).content.decode()
    assert do(editor, page, "explode:aaaa").status_code == 302
    assert texts(page) == ["a", "b", "b", "c"]


def test_a_deleted_block_comes_back_where_it_stood_and_what_happened_since_stays(editor: Client) -> None:
    page = PageFactory(blocks=[block("text", id=each * 4, text=each) for each in "abc"])
    told = do(editor, page, "delete:bbbb", follow=True).content.decode()
    undo = re.search(r'formaction="([^"]+)" name="do" value="(deleted:\d+)"', told)
    assert undo
    do(editor, page, "down:aaaa")
    assert texts(page) == ["c", "a"]

    back = editor.post(undo[1], {"do": undo[2]}, follow=True).content.decode()

    assert "The block is back." in back
    assert texts(page) == ["c", "a", "b"]
    assert "nothing to bring back" in editor.post(undo[1], {"do": f" {undo[2]}".strip()}, follow=True).content.decode()
    assert texts(page) == ["c", "a", "b"]
    other = PageFactory(blocks=[])
    assert "nothing to bring back" in do(editor, other, undo[2], follow=True).content.decode()


def test_two_editors_of_one_block_get_both_texts_and_of_two_blocks_each_their_own(in_alice_portal: Portal) -> None:
    mine, theirs = (in_alice_portal.client_of(each) for each in (roles.EDITOR, roles.MANAGER))
    page = PageFactory(blocks=[block("text", id=each * 4, text=each) for each in "ab"])
    form, other = opened(mine, content(page, "aaaa/")), opened(mine, content(page, "bbbb/"))
    theirs.post(content(page, "aaaa/"), {**opened(theirs, content(page, "aaaa/")), "text": "Their words"})

    refused = mine.post(content(page, "aaaa/"), {**form, "text": "My words"})

    said = refused.content.decode()
    assert refused.status_code == 422
    assert re.search(r"<td[^>]*>Their words</td>\s*<td[^>]*>My words</td>", said)
    assert texts(page) == ["Their words", "b"]
    assert mine.post(content(page, "bbbb/"), {**other, "text": "Mine"}).status_code == 302
    assert texts(page) == ["Their words", "Mine"]
    anyway = re.search(r'name="anyway" value="(\d+)"', said)
    assert anyway
    mine.post(content(page, "aaaa/"), {**form, "text": "My words", "anyway": anyway[1]})
    assert texts(page) == ["My words", "Mine"]


def test_what_was_written_in_a_block_that_somebody_deleted_meanwhile_isnt_lost(in_alice_portal: Portal) -> None:
    mine, theirs = (in_alice_portal.client_of(each) for each in (roles.EDITOR, roles.MANAGER))
    page = PageFactory(blocks=[block("text", id=each * 4, text=each) for each in "ab"])
    form = opened(mine, content(page, "aaaa/"))
    do(theirs, page, "delete:aaaa")

    answer = mine.post(content(page, "aaaa/"), {**form, "text": "My words"}, follow=True)

    assert "Someone deleted this block meanwhile" in answer.content.decode()
    assert texts(page) == ["b", "My words"]


def test_the_history_tells_in_words_and_puts_whole_contents_back(editor: Client) -> None:
    page = PageFactory(blocks=[block("text", id="aaaa", text="Before")])
    editor.post(content(page, "aaaa/"), {**opened(editor, content(page, "aaaa/")), "text": "After"})

    told = editor.get(f"/backstage/pages/{page.pk}/history/").content.decode()

    assert re.search(r"<del>Text: Before</del>\s*<ins>Text: After</ins>", told)
    act = re.search(r'name="act" value="(\d+)"', told)
    assert act
    editor.post(f"/backstage/pages/{page.pk}/put-back/", {"act": act[1]})
    assert texts(page) == ["Before"]


def test_unknown_blocks_are_moved_and_deleted_but_never_lost_by_other_edits(editor: Client) -> None:
    later = {"id": "later", "kind": "hologram", "version": 4, "values": {"beams": 3}}
    page = PageFactory(blocks=[later, block("text", id="aaaa", text="x")])

    do(editor, page, "down:later")
    editor.post(content(page, "aaaa/"), {**opened(editor, content(page, "aaaa/")), "text": "y"})

    page.refresh_from_db()
    assert page.blocks[1] == later
    assert "Unknown block" in editor.get(content(page)).content.decode()
    assert editor.get(content(page, "later/")).status_code == 404


def test_a_new_block_stands_where_it_was_asked_for(editor: Client) -> None:
    page = PageFactory(blocks=[block("text", id=each * 4, text=each) for each in "ab"])
    assert f"{content(page, 'add/quote/')}?after=aaaa" in editor.get(f"{content(page)}?after=aaaa").content.decode()

    editor.post(f"{content(page, 'add/quote/')}?after=aaaa", {"quote": "x"})

    assert texts(page) == ["a", "x", "b"]


def test_members_look_and_others_stay_out(in_alice_portal: Portal) -> None:
    page = PageFactory()
    member = in_alice_portal.client_of(roles.MEMBER)

    assert member.get("/backstage/pages/").status_code == 200
    assert member.get(content(page)).status_code == 403
    assert do(member, page, f"delete:{page.blocks[0]['id']}").status_code == 403
    assert len(texts(page)) == 1


def test_pages_are_exported_with_what_they_say(editor: Client) -> None:
    page = PageFactory(title="About", blocks=[block("text", text="We **play**.")])

    answer = editor.post("/backstage/pages/", {"do": "export", "rows": [page.pk]})

    sheet = load_workbook(BytesIO(answer.content)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert dict(zip(rows[0], rows[1], strict=True))["words"] == "We play."
