"""Write the table of values in the chart's README from the comments in values.yaml.

python deploy/helm/document_values.py            rewrite the table
python deploy/helm/document_values.py --check    fail if it isn't up to date
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

CHART = Path(__file__).resolve().parent / "bandstand"
BEGIN = "<!-- values: written by deploy/helm/document_values.py from values.yaml -->\n"
END = "<!-- end of values -->\n"
_KEY = re.compile(r"^(?P<indent> *)(?P<key>[A-Za-z][A-Za-z0-9-]*):")


def documented_values(text: str) -> dict[str, str]:
    """Return what each key's comment says, by dotted path, for keys that have one."""
    found: dict[str, str] = {}
    path: list[str] = []
    comment: list[str] = []
    for line in text.splitlines():
        if line.strip().startswith("#"):
            comment.append(line.strip().removeprefix("#").strip())
        elif matched := _KEY.match(line):
            path = [*path[: len(matched["indent"]) // 2], matched["key"]]
            if comment:
                found[".".join(path)] = " ".join(comment)
            comment = []
        else:
            comment = []
    return found


def leaves(values: dict[str, Any], documented: dict[str, str], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every value that needs a comment; a mapping with a comment of its own counts as one value."""
    for key, value in values.items():
        path = f"{prefix}{key}"
        inner = any(name.startswith(f"{path}.") for name in documented)
        if isinstance(value, dict) and value and (inner or path not in documented):
            yield from leaves(value, documented, f"{path}.")
        else:
            yield path, value


def table(text: str) -> str:
    """Return the table as Markdown. Raises KeyError for a value without a comment."""
    documented = documented_values(text)
    rows = ["| value | default | what it is for |", "|---|---|---|"]
    for path, value in leaves(yaml.safe_load(text), documented):
        shown = "—" if value in ("", [], {}) else f"`{json.dumps(value, ensure_ascii=False)}`"
        rows.append(f"| `{path}` | {shown} | {documented[path]} |".replace("\\|", "|"))
    return "\n".join(rows) + "\n"


def main(*, check: bool) -> int:
    readme = CHART / "README.md"
    before = readme.read_text(encoding="utf-8")
    head, rest = before.split(BEGIN)
    after = head + BEGIN + table((CHART / "values.yaml").read_text(encoding="utf-8")) + END + rest.split(END)[1]
    if check:
        return int(after != before)
    readme.write_text(after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv))
