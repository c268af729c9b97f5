"""Galleries, files and contact forms on pages: what only they do."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django_tenants.utils import tenant_context
from pytest_django import DjangoCaptureOnCommitCallbacks

from bandstand.accounts import roles
from bandstand.content.changing import Changer, changing_as
from bandstand.enquiries.models import Enquiry
from bandstand.mail.models import OutgoingMessage
from bandstand.media.downloads import download_path
from bandstand.media.models import Picture
from bandstand.pages import editing
from bandstand.pages.blocks import MOST_BYTES
from bandstand.pages.models import Page
from tests.conftest import Portal, PortalClient
from tests.factories.bands import BandFactory
from tests.factories.media import ReadyPictureFactory
from tests.factories.pages import PageFactory, block
from tests.web.bands.test_contact import message
from tests.web.forms.test_meanwhile import opened
from tests.web.shell.test_content import PIXEL

FILE = "0123456789abcdefghijklmn.pdf"


@pytest.fixture
def editor(in_alice_portal: Portal) -> Client:
    return in_alice_portal.client_of(roles.EDITOR)


def in_gallery(picture: Picture, alt: str = "") -> dict[str, str]:
    return {"picture": f"picture:{picture.uid}", "alt": alt, "caption": "", "credit": ""}


def with_gallery(*alts: str) -> tuple[Page, list[str]]:
    pictures = [ReadyPictureFactory() for _each in alts]
    rows = [in_gallery(*each) for each in zip(pictures, alts, strict=True)]
    return PageFactory(blocks=[block("gallery", id="gallery", pictures=rows)]), [str(each.uid) for each in pictures]


def alts(page: Page) -> list[str]:
    page.refresh_from_db()
    return [each["alt"] for each in page.blocks[0]["values"]["pictures"]]


def path_of(page: Page) -> str:
    return f"/backstage/pages/{page.pk}/content/gallery/"


def test_pictures_of_a_gallery_are_described_moved_and_taken_out(editor: Client) -> None:
    page, (first, second, third) = with_gallery("a", "b", "c")
    form = opened(editor, path_of(page))
    assert form[f"pictures-{first}-position"] == "1"

    form |= {f"pictures-{first}-position": "3", f"pictures-{third}-position": "1", f"pictures-{second}-alt": "B"}
    answer = editor.post(path_of(page), form)
    assert (answer["Location"], alts(page)) == (f"/backstage/pages/{page.pk}/content/#block-gallery", ["c", "B", "a"])

    form = opened(editor, path_of(page)) | {f"pictures-{third}-away": "on"}
    editor.post(path_of(page), form)
    assert alts(page) == ["B", "a"]
    assert Picture.objects.count() == 3, "it may come back by the history"


def test_after_new_pictures_their_descriptions_are_asked_for_and_never_filled_in(editor: Client) -> None:
    page, _uids = with_gallery("a")
    files = [SimpleUploadedFile("Owls on stage.png", PIXEL) for _each in range(2)]
    form = opened(editor, path_of(page)) | {"pictures_file": files}

    answer = editor.post(path_of(page), form)

    assert answer["Location"] == f"{path_of(page)}#pictures"
    assert alts(page) == ["a", "", ""]
    assert "Owls on stage" not in editor.get(path_of(page)).content.decode()


def test_what_another_person_added_meanwhile_stays(in_alice_portal: Portal, editor: Client) -> None:
    page, (first,) = with_gallery("a")
    form = opened(editor, path_of(page))
    theirs = page.blocks[0]["values"]["pictures"] + [in_gallery(ReadyPictureFactory(), "theirs")]
    page.blocks[0]["values"]["pictures"] = theirs
    page.save()

    editor.post(path_of(page), form | {f"pictures-{first}-alt": "mine"})

    assert alts(page) == ["mine", "theirs"]


def test_a_gallery_has_no_more_pictures_than_sixty(editor: Client) -> None:
    picture = ReadyPictureFactory
    rows = [in_gallery(picture()) for _each in range(60)]
    page = PageFactory(blocks=[block("gallery", id="gallery", pictures=rows)])
    form = opened(editor, path_of(page)) | {"pictures_file": [SimpleUploadedFile("x.png", PIXEL)]}

    answer = editor.post(path_of(page), form)

    assert (answer.status_code, len(alts(page)), Picture.objects.count()) == (422, 60, 60)
    assert "Choose up to 60." in answer.content.decode()


def test_files_of_a_block_without_room_are_deleted(editor: Client, in_alice_portal: Portal) -> None:
    page = PageFactory(blocks=[block("text", text="x" * 39_000) for _each in range(6)])
    full = {**block("text", text="x" * (MOST_BYTES - len(str(page.blocks)) - 400))}
    page.blocks = [*page.blocks, full]
    page.save()
    folder = f"{in_alice_portal.organization.schema_name}/downloads"

    answer = editor.post(
        f"/backstage/pages/{page.pk}/content/add/file/",
        {"title": "x" * 140, "about": "x" * 300, "file_file": SimpleUploadedFile("x.pdf", b"%PDF-1.7")},
    )

    assert answer.status_code == 422
    assert "too long" in answer.content.decode()
    assert not default_storage.exists(folder) or default_storage.listdir(folder)[1] == []


@pytest.fixture
def stored(in_alice_portal: Portal) -> Any:
    default_storage.save(download_path(FILE), ContentFile(b"%PDF-1.7 <script>"))
    yield download_path(FILE)
    default_storage.delete(download_path(FILE))


def with_file(**values: Any) -> Page:
    found = block("file", id="rider", title="Our Rider/<b>\r\nX: y", file={"file": FILE, "size": 17})
    found["values"]["title"] = "Our Rider <b>"
    return PageFactory(slug="about", blocks=[found], **values)


def test_a_file_is_sent_to_be_saved_and_never_shown(in_alice_portal: Portal, stored: str) -> None:
    with_file()
    answer: Any = in_alice_portal.client().get("/about/file/rider/")

    assert b"".join(answer.streaming_content) == b"%PDF-1.7 <script>"
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == 'attachment; filename="our-rider-b.pdf"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "no-store" in answer["Cache-Control"]
    default_storage.delete(stored)
    assert in_alice_portal.client().get("/about/file/rider/").status_code == 404


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"is_published": False}, 404),
        ({"visibility": "team"}, 404),
        ({"visibility": "unlisted"}, 200),
        ({"visibility": "password", "password": "x"}, 302),
    ],
    ids=str,
)
def test_who_doesnt_see_the_page_gets_neither_its_file_nor_its_form(
    values: dict[str, Any], status: int, in_alice_portal: Portal, stored: str
) -> None:
    page = with_file(**values)
    page.blocks = [*page.blocks, block("contact", id="form")]
    page.save()
    client = in_alice_portal.client()

    assert client.get("/about/file/rider/").status_code == status
    answer = client.post("/about/write/form/", message())
    assert answer.status_code == (302 if status == 200 else status)
    assert Enquiry.objects.count() == (1 if status == 200 else 0)


@pytest.mark.parametrize("name", ["form", "text", "none", "hidden", "rider2"])
def test_only_files_of_shown_blocks_have_an_address(name: str, in_alice_portal: Portal, stored: str) -> None:
    page = with_file()
    hidden = {**block("file", id="hidden", title="x", file={"file": FILE, "size": 1}), "is_hidden": True}
    broken = block("file", id="rider2", title="x", file={"file": FILE, "size": 1})
    broken["values"]["file"]["file"] = "../originals/x.pdf"
    Page.objects.filter(pk=page.pk).update(
        blocks=[*page.blocks, block("contact", id="form"), block("text", id="text", text="x"), hidden, broken]
    )

    assert in_alice_portal.client().get(f"/about/file/{name}/").status_code == 404


def test_another_portal_never_gives_the_file(in_alice_portal: Portal, charlie_portal: Portal, stored: str) -> None:
    """A name leads into the folder of the portal that is asked, whatever its page says."""
    with_file()
    with tenant_context(charlie_portal.organization):
        with_file()

    assert charlie_portal.client().get("/about/file/rider/").status_code == 404
    assert in_alice_portal.client().get("/about/file/rider/").status_code == 200


def test_a_page_that_is_deleted_for_good_takes_its_files_along_also_those_it_had(
    in_alice_portal: Portal, stored: str, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    page = with_file()
    with changing_as(lambda: Changer(by="person", act=1)):  # another act than the one that made the page
        editing.block_delete(page=page, number="rider")
    page.move_to_trash()
    assert default_storage.exists(stored)

    with django_capture_on_commit_callbacks(execute=True):
        page.delete()

    assert not default_storage.exists(stored)


def test_a_message_to_the_organization_arrives_as_one_to_a_band_does(in_alice_portal: Portal) -> None:
    band = BandFactory(name="The Tubas", contact_email="tubas@example.org")
    PageFactory(slug="about", blocks=[block("contact", id="ours"), block("contact", id="theirs", band=str(band.uid))])
    client = in_alice_portal.client()

    answer = client.post("/about/write/ours/", message(cc_myself="on"), follow=True)

    name = in_alice_portal.organization.name
    assert answer.redirect_chain == [("/about/#content", 302)]
    assert f"Your message is on its way to {name}." in answer.content.decode().replace("&#x27;", "'")
    enquiry = Enquiry.objects.get()
    assert (enquiry.band, enquiry.addressee, enquiry.is_passed_on) == (None, name, True)
    to = {address for mail in OutgoingMessage.objects.all() for address in mail.recipients}
    assert to == {in_alice_portal.owner_email, "bob@example.org"}

    client.post("/about/write/theirs/", message(subject="Second"))
    assert Enquiry.objects.get(subject="Second").band == band


def test_a_form_comes_back_with_its_errors_in_its_own_place(in_alice_portal: Portal) -> None:
    PageFactory(slug="about", blocks=[block("contact", id="first"), block("contact", id="other")])

    answer = in_alice_portal.client().post("/about/write/other/", message(sender_email="bob"))

    text = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="contact_other_sender_email_error"' in text
    assert 'id="contact_first_sender_email_error"' not in text
    assert text.count("Would you play for us?") == 1
    assert not answer.has_header("ETag")


def test_it_bounds_messages_traps_machines_and_asks_twice_as_a_band_does(in_alice_portal: Portal) -> None:
    PageFactory(slug="about", blocks=[block("contact", id="form")])
    client = in_alice_portal.client()
    assert client.post("/about/write/form/", message(website="https://spam.example")).status_code == 302
    assert not Enquiry.objects.exists()
    browser = PortalClient(enforce_csrf_checks=True, HTTP_HOST=in_alice_portal.host)
    first = browser.post("/about/write/form/", {**message(opened=""), "csrfmiddlewaretoken": ""})
    assert first.status_code == 403
    hidden = dict(re.findall(r'name="(csrfmiddlewaretoken|opened)" value="([^"]+)"', first.content.decode()))
    assert hidden.keys() == {"csrfmiddlewaretoken", "opened"}
    answers = [client.post("/about/write/form/", message(subject=f"No. {each}")) for each in range(7)]
    assert answers[-1].status_code == 429


def test_a_form_to_a_draft_isnt_there(in_alice_portal: Portal) -> None:
    band = BandFactory(is_published=False)
    PageFactory(slug="about", blocks=[block("contact", id="form", band=str(band.uid))])
    client = in_alice_portal.client()

    assert "<form" not in client.get("/about/").content.decode().split("<main")[1].split("</main>")[0]
    assert client.post("/about/write/form/", message()).status_code == 404
