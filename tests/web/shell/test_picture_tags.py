"""A picture in a page: every format and width, or its placeholder."""

from __future__ import annotations

from django.template import engines

from bandstand.media.models import Picture
from tests.conftest import Portal
from tests.factories.media import ReadyPictureFactory


def shown(picture: Picture | None, tag: str) -> str:
    return engines["django"].from_string(f"{{% picture picture {tag} %}}").render({"picture": picture})


def test_what_it_shows_is_escaped(in_alice_portal: Portal) -> None:
    picture = ReadyPictureFactory(alt='"><script>', width=640, height=480)

    text = shown(picture, 'sizes="50vw"')

    assert "<script>" not in text
    assert 'alt="&quot;&gt;&lt;script&gt;"' in text
    assert 'width="640" height="480"' in text
    assert text.count('sizes="50vw"') == len(picture.sources) + 1
    assert f'srcset="{picture.fallback_srcset}"' in text
    assert 'alt=""' in shown(picture, "unsaid=True")


def test_it_is_loaded_when_it_is_seen(in_alice_portal: Portal) -> None:
    picture = ReadyPictureFactory()

    assert 'loading="lazy"' in shown(picture, "")
    assert 'fetchpriority="high"' in shown(picture, "eager=True")


def test_until_it_is_ready_the_first_letter_stands_there() -> None:
    waiting = Picture(state=Picture.State.WAITING)

    assert "<span>&lt;</span>" in shown(None, "name='<b>'")
    assert "<span>É</span>" in shown(None, "name='éclair'")
    assert "♪" in shown(None, "")
    assert "being prepared" in shown(waiting, "")
    assert "being prepared" not in shown(waiting, "quiet=True")
