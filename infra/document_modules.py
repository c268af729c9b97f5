"""Write each Terraform module's README: what its main.tf says of itself, its variables, its outputs.

python infra/document_modules.py            rewrite them
python infra/document_modules.py --check    fail if one isn't up to date
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

MODULES = Path(__file__).resolve().parent / "terraform" / "modules"
LONGEST_SHOWN = 60  # characters of a default
_BLOCK = re.compile(r'^(variable|output) "(\w+)" \{\n(.*?)^\}', re.M | re.S)


def readme(module: Path) -> str:
    """Return the README's text."""
    about = []
    for line in (module / "main.tf").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            break
        about.append(line.removeprefix("# "))
    text = [f"# {module.name}", "", *about, "", "| variable | type | default | what it is for |", "|---|---|---|---|"]
    for name, body in _blocks(module / "variables.tf"):
        default = _attribute(body, "default")
        shown = (
            f"`{default}`"
            if default and len(default) < LONGEST_SHOWN
            else ("see variables.tf" if default else "required")
        )
        kind = _attribute(body, "type").removesuffix("({")
        text.append(f"| `{name}` | `{kind}` | {shown} | {_description(body)} |")
    text += ["", "| output | what it is |", "|---|---|"]
    text += [f"| `{name}` | {_description(body)} |" for name, body in _blocks(module / "outputs.tf")]
    return "\n".join(text) + "\n"


def _blocks(path: Path) -> list[tuple[str, str]]:
    return [(name, body) for _kind, name, body in _BLOCK.findall(path.read_text(encoding="utf-8"))]


def _attribute(body: str, name: str) -> str:
    found = re.search(rf"^  {name}\s+= (.+)$", body, re.M)
    return found[1].split(" #")[0].replace("|", "\\|") if found else ""


def _description(body: str) -> str:
    return _attribute(body, "description").strip('"')


def outdated() -> list[Path]:
    """Return the READMEs that don't say what the modules say."""
    found = []
    for main in sorted(MODULES.glob("*/main.tf")):
        path = main.parent / "README.md"
        if not path.exists() or path.read_text(encoding="utf-8") != readme(main.parent):
            found.append(path)
    return found


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(len(outdated()))
    for old in outdated():
        old.write_text(readme(old.parent), encoding="utf-8")
