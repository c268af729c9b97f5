"""A style sheet is sent whole, and hashed with everything it holds."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.test import override_settings

from bandstand.portals import designed_themes
from bandstand.portals.models import PortalSettings
from bandstand.portals.theme import theme_sheet
from bandstand_web.style_sheets import StyleSheetFinder, joined
from tests.servers import ROOT

STATIC = ROOT / "services" / "web" / "bandstand_web" / "static"
THEMES = tuple(theme.sheet for theme in designed_themes.THEMES.values() if theme.sheet)
MOST_BYTES = 20_000  # of a page's style sheets together, as they are sent
LINKED = ("css/admin.css", "css/backstage.css", "css/bandstand.css", "css/embed.css", *THEMES)


def without_space(text: str) -> str:
    return "".join(text.split())


def test_a_sheet_holds_the_rules_of_all_its_parts_each_in_its_layer() -> None:
    whole = Path(finders.find("css/bandstand.css")).read_text()

    assert "@import" not in whole
    assert without_space((STATIC / "css" / "tokens.css").read_text()) in without_space(whole)
    assert re.search(r"@layer tokens \{\n:root \{", whole)
    assert re.search(r"@layer utilities \{\n\.visually-hidden", whole)


def test_no_file_is_forgotten_and_no_part_is_sent_by_itself() -> None:
    listed = {path for path, _storage in StyleSheetFinder().list(None) if path.endswith(".css")}

    assert listed == set(LINKED)
    sent = without_space("".join(Path(finders.find(path)).read_text() for path in LINKED))
    for source in STATIC.rglob("*.css"):
        if str(source.relative_to(STATIC)) not in LINKED:
            assert without_space(source.read_text()) in sent, source


def test_a_sheet_stays_when_a_finder_is_thrown_away() -> None:
    """Django keeps one finder; threads whose first requests come at once each make one, and drop the others."""
    found = StyleSheetFinder().find("css/bandstand.css")

    assert isinstance(found, str)
    assert Path(found).exists()


def test_a_part_that_changes_gives_the_sheet_another_name(tmp_path: Path) -> None:
    def collected(part: str) -> str:
        (tmp_path / "sources" / "css" / "part.css").write_text(part)
        places = {"STATIC_ROOT": tmp_path / "root", "STATICFILES_DIRS": [tmp_path / "sources"]}
        with override_settings(**places, STORAGES=hashed()):
            finders.get_finder.cache_clear()
            call_command("collectstatic", "--no-input", "--clear", verbosity=0)
            finders.get_finder.cache_clear()
            return str(ManifestStaticFilesStorage(tmp_path / "root", "/static/").stored_name("css/whole.css"))

    (tmp_path / "sources" / "css").mkdir(parents=True)
    (tmp_path / "sources" / "mark.svg").write_text("<svg/>")
    (tmp_path / "sources" / "css" / "whole.css").write_text('@import url("part.css") layer(base);\n')
    first = collected('a { background: url("../mark.svg"); }\n')
    sheet = (tmp_path / "root" / first).read_text()
    second = collected('b { background: url("../mark.svg"); }\n')

    assert re.fullmatch(r"css/whole\.[0-9a-f]{12}\.css", first)
    assert re.fullmatch(r'@layer base \{\na \{ background: url\("\.\./mark\.[0-9a-f]{12}\.svg"\); \}\n\}\n', sheet)
    assert second != first


def hashed() -> dict[str, dict[str, str]]:
    return {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}}


def test_a_sheet_that_is_edited_is_found_anew(tmp_path: Path) -> None:
    (tmp_path / "whole.css").write_text('@import url("part.css");\n')
    (tmp_path / "part.css").write_text("a { color: red; }\n")
    with override_settings(STATICFILES_DIRS=[tmp_path]):
        finder = StyleSheetFinder()
    first = Path(finder.find("whole.css"))
    when = first.stat().st_mtime_ns

    assert first.read_text() == "a { color: red; }\n\n"
    assert Path(finder.find("whole.css")).stat().st_mtime_ns == when, "browsers ask whether it changed since"
    (tmp_path / "part.css").write_text("a { color: blue; }\n")
    assert Path(finder.find("whole.css")).read_text() == "a { color: blue; }\n\n"


def test_a_part_that_is_missing_is_named(tmp_path: Path) -> None:
    (tmp_path / "whole.css").write_text('@import url("gone.css");\n')

    with pytest.raises(ImproperlyConfigured, match=r"whole\.css imports gone\.css, which isn't there"):
        joined(tmp_path / "whole.css")


@pytest.mark.parametrize("theme", designed_themes.THEMES.values(), ids=designed_themes.THEMES)
def test_the_sheets_of_a_visitors_page_are_small(theme: designed_themes.Theme) -> None:
    chosen = PortalSettings(theme=theme.name, accent="#2b5fd9", second_colour="#f2c300", fonts="fraunces")
    files = ["css/bandstand.css", *([theme.sheet] if theme.sheet else [])]
    sheets = [*(Path(finders.find(path)).read_bytes() for path in files), theme_sheet(chosen.design).encode()]

    assert sum(len(gzip.compress(sheet)) for sheet in sheets) < MOST_BYTES
