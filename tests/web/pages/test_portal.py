"""Pages as visitors meet them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from bandstand.accounts import roles
from bandstand.media.models import Picture
from bandstand.pages.kinds import KINDS
from bandstand.pages.models import Page
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory
from tests.factories.media import ReadyPictureFactory
from tests.factories.news import PostFactory
from tests.factories.pages import PageFactory, block
from tests.factories.polls import QuestionFactory
from tests.web.schema_org import faults

MOST_QUERIES = 12
FILE = "0123456789abcdefghijklmn.pdf"


def _in_gallery(picture: Picture, **words: str) -> dict[str, str]:
    return {"picture": f"picture:{picture.uid}", "alt": "", "caption": "", "credit": "", **words}


def shown(portal: Portal, path: str) -> str:
    answer = portal.client().get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def told(text: str) -> list[str]:
    return re.findall(r'<script type="application/ld\+json">(.*?)</script>', text)


def test_a_page_stands_at_the_root_with_the_way_to_it(in_alice_portal: Portal) -> None:
    about = PageFactory(title="About us")
    draft = PageFactory(title="CANARY", parent=about, is_published=False)
    people = PageFactory(title="People", parent=draft, summary="Who we are.")

    text = shown(in_alice_portal, people.get_absolute_url())

    assert people.get_absolute_url() == "/people/"
    assert '<a href="/about-us/"><bdi>About us</bdi></a>' in text
    assert "CANARY" not in text
    assert '<meta name="description" content="Who we are.">' in text
    assert [faults(json.loads(each), among=["BreadcrumbList"]) for each in told(text)] == [[]]


def test_all_kinds_of_blocks_show_what_they_are_about(in_alice_portal: Portal) -> None:
    tubas, owls = BandFactory(name="Tubas"), BandFactory(name="Owls")
    BandFactory(name="CANARY", is_published=False)
    GigFactory(title="Theirs", bands=[tubas])
    GigFactory(title="Others", bands=[owls])
    picture = ReadyPictureFactory()
    page = PageFactory(
        slug="page-1",
        blocks=[
            block("text", text=f"# Hello\n\n![A drum](picture:{picture.uid})"),
            block(
                "picture", picture=f"picture:{picture.uid}", alt="A horn", caption="Ours", credit="Ann", link="/gigs/"
            ),
            block("gigs", band=str(tubas.uid), heading="Only theirs"),
            block("bands", bands=[str(owls.uid), str(tubas.uid)]),
            block("quote", quote="Marvellous!", source="The Times"),
            block("news"),
            block("poll"),
            block("film", title="Live", address="https://www.youtube.com/watch?v=x"),
            block("film", title="CANARY", address="/gigs/"),
            block("map", place="Hof 1, Ulm"),
            block(
                "gallery", id="gal1", pictures=[_in_gallery(picture, alt="A tuba", caption="On stage", credit="Ben")]
            ),
            block("gallery", heading="Empty one"),
            block("file", id="doc1", title="Our rider", about="For promoters", file={"file": FILE, "size": 2048}),
            block("file", title="Empty one"),
            block("contact", id="con1"),
            block("contact", band=str(tubas.uid)),
            block("contact", heading="Empty one", band="0190a3c4-0000-7000-8000-000000000000"),
            block("button", text="Book us", link="mailto:ann@example.org", width="half"),
            block("text", text="CANARY", is_hidden=True),
            {"id": "later", "kind": "hologram", "version": 1, "values": {"text": "CANARY"}},
        ],
    )

    PostFactory(title="Album out")
    QuestionFactory(text="Which hall?")

    text = shown(in_alice_portal, page.get_absolute_url())

    assert ("Album out" in text, "Which hall?" in text, "Hof%201%2C%20Ulm" in text) == (True, True, True)
    assert 'href="https://www.youtube.com/watch?v=x" target="_blank" rel="noopener noreferrer"' in text
    assert "iframe" not in text
    assert re.search(r'popovertarget="block-gal1-1".*?alt="A tuba".*?On stage.*?Photo: <bdi>Ben', text, re.S)
    assert 'href="/page-1/file/doc1/" download><bdi>Our rider</bdi>' in text
    assert "PDF, 2.0\xa0KB" in text
    assert "For promoters" in text
    assert "Empty one" not in text.split("<main")[1]
    assert 'action="/page-1/write/con1/#block-con1"' in text
    assert "Write to <bdi>Alice" in text
    assert "Write to <bdi>Tubas" in text
    assert len(set(re.findall(r' id="([^"]+)"', text))) == text.count(' id="')
    assert "<h2>Hello</h2>" in text
    assert 'alt="A drum"' in text
    assert re.search(r'<a href="/gigs/" rel="noopener">\s*<span class="picture">.*?alt="A horn"', text, re.S)
    assert "Photo: <bdi>Ann</bdi>" in text
    assert ("Only theirs" in text, "Others" in text.split("</main>")[0]) == (True, False)
    assert re.findall(r'class="poster-name"><a[^>]*><bdi>(\w+)<', text) == ["Owls", "Tubas"]
    assert "Marvellous!" in text
    assert '<a class="button" href="mailto:ann@example.org" rel="noopener"><bdi>Book us</bdi></a>' in text
    assert "CANARY" not in text


def test_blocks_whose_rows_are_gone_or_not_published_show_nothing(in_alice_portal: Portal) -> None:
    gone = "0190a3c4-0000-7000-8000-000000000000"
    draft = BandFactory(name="CANARY", is_published=False)
    GigFactory(title="Secret", bands=[draft])
    page = PageFactory(
        blocks=[
            block("picture", picture=f"picture:{gone}"),
            block("text", text=f"![CANARY](picture:{gone})"),
            block("gigs", band=gone),
            block("gigs", band=str(draft.uid)),
            block("bands", bands=[gone, str(draft.uid)]),
        ]
    )

    text = shown(in_alice_portal, page.get_absolute_url())

    assert ("CANARY" in text, "Secret" in text, text.count('class="page-block ')) == (False, False, 1)


def test_a_page_of_two_hundred_blocks_costs_no_more_queries_than_one(
    in_alice_portal: Portal, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    bands = [BandFactory() for _each in range(6)]
    for band in bands:
        for _each in range(3):
            GigFactory(bands=[band])
    pictures = [ReadyPictureFactory() for _each in range(4)]
    rows = [
        block("text", text=f"Hello ![x](picture:{pictures[0].uid})"),
        *(block("picture", picture=f"picture:{each.uid}") for each in pictures),
        *(block("gigs", band=str(band.uid)) for band in bands),
        block("gigs"),
        *(block("bands", bands=[str(band.uid)]) for band in bands),
        block("bands"),
        block("quote", quote="x"),
        block("button", text="x", link="/"),
        *(block("news"), block("poll"), block("map", place="x")),
        block("film", title="x", address="https://example.org/"),
        block("gallery", pictures=[_in_gallery(each) for each in pictures]),
        block("file", title="x", file={"file": FILE, "size": 1}),
        *(block("contact", band=uid) for uid in ("", str(bands[0].uid), str(bands[1].uid))),
    ]
    for _each in range(3):
        PostFactory(bands=bands[:2], picture=pictures[0])
    QuestionFactory()
    blocks = [{**each, "id": f"{number}{each['id']}"} for number in range(10) for each in rows][:200]
    above = PageFactory(parent=PageFactory())
    page = PageFactory(blocks=blocks, parent=above)
    client = in_alice_portal.client()
    client.get("/gigs/")

    with django_assert_max_num_queries(MOST_QUERIES):
        text = client.get(page.get_absolute_url()).content.decode()

    assert text.count('class="page-block ') == len(blocks)
    assert {each["kind"] for each in rows} == set(KINDS)


def test_only_public_pages_are_kept_and_found(in_alice_portal: Portal) -> None:
    public, unlisted, team = (
        PageFactory(visibility=each)
        for each in (Page.Visibility.PUBLIC, Page.Visibility.UNLISTED, Page.Visibility.TEAM)
    )
    client = in_alice_portal.client()
    answers = {page.visibility: client.get(page.get_absolute_url()) for page in (public, unlisted, team)}

    assert [answers[each].status_code for each in ("public", "unlisted", "team")] == [200, 200, 404]
    assert (answers["public"].has_header("ETag"), answers["unlisted"].has_header("ETag")) == (True, False)
    assert answers["unlisted"]["X-Robots-Tag"] == "noindex"
    listed = client.get("/sitemap-page.xml").content.decode()
    assert (public.get_absolute_url() in listed, unlisted.get_absolute_url() in listed) == (True, False)
    assert team.get_absolute_url() not in listed


def test_the_team_sees_its_own_page_and_strangers_get_no_link_to_it(in_alice_portal: Portal) -> None:
    page = PageFactory(visibility=Page.Visibility.TEAM)
    member = in_alice_portal.client_of(roles.MEMBER)

    answer = member.get(page.get_absolute_url())

    assert answer.status_code == 200
    assert "Team page" in answer.content.decode()
    assert answer["Cache-Control"] == "private, no-store"
    page.visibility = Page.Visibility.UNLISTED
    page.save()
    assert (
        "Visitors see this page"
        in in_alice_portal.client_of(roles.EDITOR).get(page.get_absolute_url()).content.decode()
    )


def test_a_former_address_leads_on_and_the_portals_own_addresses_stay_its_own(in_alice_portal: Portal) -> None:
    page = PageFactory(slug="about")
    page.slug = "who-we-are"
    page.save()
    client = in_alice_portal.client()

    answer = client.get("/about/")

    assert (answer.status_code, answer["Location"]) == (301, "/who-we-are/")
    assert client.get("/nothing-here/").status_code == 404
    Page.objects.filter(pk=page.pk).update(slug="gigs")  # past every form
    assert "All gigs" not in client.get("/gigs/").content.decode()


def test_a_page_in_the_trash_is_gone(in_alice_portal: Portal) -> None:
    page = PageFactory()
    page.move_to_trash()

    assert in_alice_portal.client().get(page.get_absolute_url()).status_code == 404


HOSTILE: list[Any] = [None, {}, [1], [{"id": "aaaa", "kind": "text", "version": 1, "values": {"text": {"a": []}}}], "x"]


@pytest.mark.parametrize("stored", HOSTILE, ids=str)
def test_whatever_is_stored_the_page_and_its_editor_are_shown(stored: Any, in_alice_portal: Portal) -> None:
    page = PageFactory()
    if isinstance(stored, list):
        Page.objects.filter(pk=page.pk).update(blocks=stored)
    else:
        page.blocks = stored
        assert page.block_list == []

    assert in_alice_portal.client().get(page.get_absolute_url()).status_code == 200
    editor = in_alice_portal.client_of(roles.EDITOR)
    assert editor.get(f"/backstage/pages/{page.pk}/content/").status_code == 200
