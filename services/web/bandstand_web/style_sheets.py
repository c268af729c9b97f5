"""Style sheets are written in files by layer and subject, and sent whole.

`static/css/bandstand.css` names its parts as CSS does, by `@import`. A browser would fetch them one by one; here each
import is replaced by its file when static files are looked for, so that `collectstatic` hashes and compresses one sheet
and `make run` serves the same.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from threading import get_ident
from typing import Any

from django.contrib.staticfiles.finders import FileSystemFinder
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import FileSystemStorage

# Kept by the module: threads whose first requests come at once make a finder each, and all but one are thrown away.
FOLDER = tempfile.TemporaryDirectory(prefix="bandstand-styles-")
IMPORT = re.compile(r'^@import url\("(?P<part>[^":]+)"\)(?: layer\((?P<layer>[a-z-]+)\))?;$', re.MULTILINE)


class StyleSheetFinder(FileSystemFinder):
    """Finds what STATICFILES_DIRS hold: a sheet together with its parts, and not the parts by themselves."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.whole = FileSystemStorage(location=FOLDER.name)
        self.whole.prefix = ""  # type: ignore[attr-defined] # as FileSystemFinder's have, and collectstatic asks for

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, FileSystemStorage]]:
        found = [(path, Path(storage.path(path)), storage) for path, storage in super().list(ignore_patterns)]
        sheets = {source for _path, source, _storage in found if source.suffix == ".css" and imports(source)}
        parts = {source.parent / part for source in sheets for part in imports(source)}
        for path, source, storage in found:
            if source in sheets:
                self.write(path, source)
                yield path, self.whole
            elif source not in parts:
                yield path, storage

    def find_location(self, root: str, path: str, prefix: str | None = None) -> str | None:
        found = super().find_location(root, path, prefix)
        if found and found.endswith(".css") and imports(Path(found)):
            return self.write(path, Path(found))
        return found

    def write(self, path: str, source: Path) -> str:
        """Write the whole sheet unless it is there already, as its time tells browsers of changes. Return where."""
        target, sheet = Path(self.whole.path(path)), joined(source)
        if not target.exists() or target.read_text(encoding="utf-8") != sheet:
            target.parent.mkdir(parents=True, exist_ok=True)
            unfinished = target.with_suffix(f".{get_ident()}")
            unfinished.write_text(sheet, encoding="utf-8")
            unfinished.replace(target)
        return str(target)


def imports(source: Path) -> list[str]:
    """Return the names of a sheet's parts, relative to its folder."""
    return [found["part"] for found in IMPORT.finditer(source.read_text(encoding="utf-8"))]


def joined(source: Path) -> str:
    """Return a sheet with its parts in the imports' places, each in its layer."""

    def part(found: re.Match[str]) -> str:
        try:
            rules = (source.parent / found["part"]).read_text(encoding="utf-8")
        except FileNotFoundError:
            raise ImproperlyConfigured(f"{source} imports {found['part']}, which isn't there.") from None
        return f"@layer {found['layer']} {{\n{rules}}}" if found["layer"] else rules

    return IMPORT.sub(part, source.read_text(encoding="utf-8"))
