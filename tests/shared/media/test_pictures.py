from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from bandstand.jobs.models import Job
from bandstand.media import adding
from bandstand.media.adding import picture_add
from bandstand.media.job_kinds import PROCESS_PICTURE
from bandstand.media.models import Picture
from bandstand.media.storage import is_servable, sniff_type
from tests.conftest import Portal
from tests.factories.media import PictureFactory, ReadyPictureFactory

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
        (PNG, "image/png"),
        (b"GIF89a....", "image/gif"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
        (b"\0\0\0\x20ftypavif\0\0\0\0", "image/avif"),
        (b"\0\0\0\x20ftypmif1\0\0\0\0mif1avif", "image/avif"),
        (b"\0\0\0\x20ftypmp42\0\0\0\0", None),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "image/heic"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1miafheix", "image/heic"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1miaf", None),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  heic", None),  # the box ends before the last word
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        (b"\xef\xbb\xbf\n<svg:svg ", "image/svg+xml"),
        (b"<?xml version='1.0'?>\n<!-- <svg> -->\n<!DOCTYPE svg [<!ENTITY a 'b'>]>\n<svg\n", "image/svg+xml"),
        ("<?xml version='1.0' encoding='UTF-16'?><svg>".encode("utf-16"), "image/svg+xml"),
        (b"<?xml version='1.0'?><rss><!-- <svg> --></rss>", None),
        (b"<!DOCTYPE html><html><svg>", None),
        (b"<svgs>", None),
        (b"<!--" * 1000, None),
        (b"<html>", None),
        (b"", None),
    ],
)
def test_it_tells_the_type_from_the_first_bytes(head: bytes, kind: str | None) -> None:
    assert sniff_type(head) == kind


def test_it_stores_an_upload_under_the_tenants_name(in_alice_portal: Portal) -> None:
    picture = picture_add(file=ContentFile(PNG, name="../../evil.png"), alt=" A tuba ")
    assert picture.state == Picture.State.WAITING
    assert picture.alt == "A tuba"
    assert picture.original.startswith(f"{in_alice_portal.organization.schema_name}/originals/")
    assert "evil" not in picture.original
    with default_storage.open(picture.original) as stored:
        assert stored.read() == PNG
    job = Job.objects.of_kind(PROCESS_PICTURE).get()
    assert (job.organization, job.payload) == (in_alice_portal.organization, {"picture_id": picture.pk})


def test_it_refuses_what_is_no_picture(in_alice_portal: Portal) -> None:
    with pytest.raises(ValidationError, match="not a picture we can read"):
        picture_add(file=ContentFile(b"<html>", name="photo.jpg"))
    assert not Picture.objects.exists()


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"II*\0\x08\0\0\0", "TIFF"),
        (b"MM\0*\0\0\0\x08", "TIFF"),
        (b"BM\x36\0", "BMP"),
        (b"8BPS\0\1", "Photoshop"),
        (b"%PDF-1.7", "PDF"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
        (b"\0\0\0\x18ftypmp42", "MP4"),
        (b"\x1f\x8b\x08", "SVGZ"),
    ],
)
def test_it_says_what_to_do_with_other_files(in_alice_portal: Portal, head: bytes, name: str) -> None:
    with pytest.raises(ValidationError, match=f"This is a {name}.* save it as JPEG or PNG"):
        picture_add(file=ContentFile(head + bytes(40), name="photo.jpg"))
    assert not Picture.objects.exists()


def test_it_refuses_what_is_too_large(in_alice_portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adding, "UPLOAD_MAX_BYTES", 20)
    with pytest.raises(ValidationError, match="up to 20"):
        picture_add(file=ContentFile(PNG, name="photo.png"))


def test_it_deletes_the_files_with_the_row(
    in_alice_portal: Portal, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    picture = picture_add(file=ContentFile(PNG, name="photo.png"))
    with django_capture_on_commit_callbacks(execute=True):
        picture.delete()
    assert not default_storage.exists(picture.original)


def test_it_says_why_a_picture_was_refused(in_alice_portal: Portal) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        PictureFactory(state=Picture.State.REFUSED)
    assert PictureFactory(state=Picture.State.REFUSED, refusal="Too many pixels.")


def test_it_offers_every_width_in_every_format(in_alice_portal: Portal) -> None:
    picture = ReadyPictureFactory()
    assert picture.srcset("webp").startswith("/media/org_test/pictures/")
    assert [part.split()[1] for part in picture.srcset("webp").split(", ")] == ["320w", "640w", "1280w"]
    assert [kind for kind, _srcset in picture.sources] == ["image/webp"]
    assert picture.url.endswith("1280.jpeg")
    assert picture.thumbnail_url.endswith("320.webp")  # a logo stands on dark pages too
    assert PictureFactory().url == ""


def test_it_serves_a_tenants_own_variants_alone() -> None:
    assert is_servable("org_own/pictures/x/320.webp", "org_own")
    assert not is_servable("org_own/originals/x", "org_own")
    assert not is_servable("org_other/pictures/x/320.webp", "org_own")
    assert not is_servable("org_own/pictures/../originals/x", "org_own")
