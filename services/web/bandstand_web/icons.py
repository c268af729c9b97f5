"""What the icons of portals and of the platform have in common: addresses, the manifest, and the platform's own."""

from __future__ import annotations

import hashlib
import inspect
import json
from functools import cache

from django.http import HttpResponse

from bandstand.portals.icon_files import ICON_FILES
from bandstand_web import house_icons

# Where browsers look without being told, and where pages and the manifest lead.
ICON_PATHS = {"favicon.ico": "favicon.ico", "apple-touch-icon.png": "180.png"}
ICON_PATHS |= {f"icons/{file}": file for file in ICON_FILES if file not in ICON_PATHS.values()}

LASTING = "public, max-age=31536000, immutable"
# An address without a version: browsers ask for it by themselves, so not at each page.
PASSING = "public, max-age=3600"
_TYPES = {".ico": "image/vnd.microsoft.icon", ".png": "image/png"}


@cache
def house_version() -> str:
    """Return what changes in the addresses of the platform's icons: with what draws them, as each page names it."""
    drawing = f"{inspect.getsource(house_icons)}{ICON_FILES}"
    return hashlib.blake2b(drawing.encode(), digest_size=6).hexdigest()


def send_house_icon(file: str, *, cache_control: str) -> HttpResponse:
    """Send one of the platform's icons."""
    media_type = _TYPES[file[file.rindex(".") :]]
    return HttpResponse(house_icons.house_icon(file), content_type=media_type, headers={"Cache-Control": cache_control})


def manifest(*, name: str, language: str, version: str, background: str, bar: str) -> HttpResponse:
    """Return the web app manifest. Source: https://www.w3.org/TR/appmanifest/"""
    files = {path: file for path, file in ICON_PATHS.items() if path.startswith("icons/")}
    about = {
        "id": "/",
        "name": name,
        "lang": language,
        "start_url": "/",
        "scope": "/",
        "display": "browser",
        "background_color": background,
        "theme_color": bar,
        "icons": [
            {
                "src": f"/{path}?v={version}",
                "sizes": f"{ICON_FILES[file]}x{ICON_FILES[file]}",
                "type": "image/png",
                "purpose": "maskable" if "maskable" in file else "any",
            }
            for path, file in files.items()
        ],
    }
    return HttpResponse(json.dumps(about, ensure_ascii=False), content_type="application/manifest+json")
