"""Galleries as visitors see them, and the focus of pictures."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string

from bandstand.accounts import roles
from bandstand.media.models import Picture
from tests.conftest import Portal
from tests.factories.bands import BandFactory, BandPhotoFactory
from tests.factories.media import PictureFactory, ReadyPictureFactory
from tests.servers import ROOT

SHEET = ROOT / "services/web/bandstand_web/static/css/components/focus.css"


def page_of(portal: Portal, slug: str) -> str:
    return portal.client().get(f"/bands/{slug}/").content.decode()


def test_each_picture_opens_large_without_a_script(in_alice_portal: Portal) -> None:
    band = BandFactory(slug="owls")
    for caption in ("On stage", "Backstage"):
        BandPhotoFactory(band=band, caption=caption, picture=ReadyPictureFactory(alt="A tuba", credit="K. Doe"))
    html = page_of(in_alice_portal, "owls")
    opened = re.findall(r'<button class="gallery-opener" type="button" popovertarget="([^"]+)"', html)
    assert len(opened) == 2
    for number, name in enumerate(opened, start=1):
        box = re.search(rf'<div class="lightbox" popover id="{name}".*?</div>\s*</li>', html, re.DOTALL)
        assert box
        assert f'aria-label="Photo {number} of 2"' in box[0]
        assert f'popovertarget="{name}" popovertargetaction="hide" autofocus' in box[0], (
            "it closes by a button of its own"
        )
        assert "Photo: <bdi>K. Doe</bdi>" in box[0]
        assert 'alt="A tuba"' in box[0]
    assert "style=" not in html


def test_what_isnt_ready_opens_nothing(in_alice_portal: Portal) -> None:
    band = BandFactory(slug="owls")
    BandPhotoFactory(band=band, picture=PictureFactory())
    html = page_of(in_alice_portal, "owls")
    assert 'class="gallery"' in html
    assert "popover" not in html


def test_one_picture_needs_no_way_to_the_next() -> None:
    photo = {"picture": ReadyPictureFactory.build(), "caption": "<b>"}
    html = render_to_string("media/gallery.html", {"photos": [photo], "of": "here"})
    assert "data-step" not in html
    assert "&lt;b&gt;" in html
    assert 'id="here-1"' in html


@pytest.mark.parametrize(
    ("x", "y", "classes"),
    [(50, 50, ""), (52, 48, ""), (0, 50, "focus-x-0"), (33, 98, "focus-x-35 focus-y-100"), (50, 12, "focus-y-10")],
)
def test_crops_move_by_classes_that_the_sheet_has(x: int, y: int, classes: str) -> None:
    picture = ReadyPictureFactory.build(focus_x=x, focus_y=y)
    assert picture.focus_classes == classes
    sheet = SHEET.read_text(encoding="utf-8")
    assert all(f".{name} {{" in sheet for name in classes.split())


def test_the_sheet_has_each_step_and_nothing_else() -> None:
    steps = [f"{axis}-{at}" for axis in "xy" for at in range(0, 101, 5) if at != 50]
    assert re.findall(r"\.focus-(\w-\d+)", SHEET.read_text(encoding="utf-8")) == steps


def test_a_picture_is_shown_with_its_focus(in_alice_portal: Portal) -> None:
    BandFactory(slug="owls", photo=ReadyPictureFactory(focus_x=10))
    assert re.search(r'<img class="focus-x-10" src="[^"]+"', page_of(in_alice_portal, "owls"))


@pytest.mark.parametrize("values", [{"focus_x": 101}, {"focus_y": 32000}])
def test_the_database_knows_the_bounds(in_alice_portal: Portal, values: dict[str, Any]) -> None:
    ReadyPictureFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        Picture.objects.update(**values)


def test_the_focus_is_set_where_a_picture_is_described(in_alice_portal: Portal) -> None:
    photo = BandPhotoFactory(band=BandFactory(), picture=ReadyPictureFactory(alt=""))
    editor = in_alice_portal.client_of(roles.EDITOR)
    path = f"/backstage/bands/{photo.band_id}/photos/{photo.pk}/"
    body = editor.get(path).content.decode()
    assert 'name="focus_x" value="50"' in body
    assert re.search(r'name="alt"(?![^>]*value)', body), "never filled in with a name"
    assert editor.post(path, {"alt": "Two owls", "focus_x": "12", "focus_y": "99"}).status_code == 302
    photo.picture.refresh_from_db()
    assert (photo.picture.alt, photo.picture.focus_x, photo.picture.focus_y) == ("Two owls", 12, 99)
    for wrong in ("101", "-1", "1e3", "x"):
        assert editor.post(path, {"focus_x": wrong}).status_code == 422
    assert editor.post(path, {"alt": "Two owls"}).status_code == 302
    photo.picture.refresh_from_db()
    assert photo.picture.focus_x == 12, "a form without it leaves it as it is"


def test_photos_are_moved_by_buttons_and_by_dragging(in_alice_portal: Portal) -> None:
    photo = BandPhotoFactory(band=BandFactory(), picture=ReadyPictureFactory())
    body = in_alice_portal.client_of(roles.EDITOR).get(f"/backstage/bands/{photo.band_id}/photos/").content.decode()
    assert 'data-row-set="photos"' in body
    assert '<template id="photos-moves">' in body
    assert 'name="photos-0-position"' in body, "by numbers where there are no scripts"


def test_the_team_gets_the_original_to_save(in_alice_portal: Portal) -> None:
    path = default_storage.save(
        f"{in_alice_portal.organization.schema_name}/originals/x", BytesIO(b"\xff\xd8\xff<script>")
    )
    photo = BandPhotoFactory(band=BandFactory(slug="owls"), picture=ReadyPictureFactory(original=path))
    url = f"/backstage/bands/{photo.band_id}/photos/{photo.pk}/original/"
    answer = in_alice_portal.client_of(roles.EDITOR).get(url)
    assert b"".join(answer.streaming_content) == b"\xff\xd8\xff<script>"  # type: ignore[attr-defined]
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == f'attachment; filename="owls-{photo.picture_id}.jpg"'
    assert in_alice_portal.client_of(roles.MEMBER).get(url).status_code == 403
    assert in_alice_portal.client().get(url).status_code == 302
    default_storage.delete(path)
    assert in_alice_portal.client_of(roles.EDITOR).get(url).status_code == 404
