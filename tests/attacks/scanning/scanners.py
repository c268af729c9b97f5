"""Two scanners from the package index, bounded in time, and what they found, read from their own reports.

wapiti looks at everything a page sends and tries each parameter; sqlmap tries each field at the database.
"""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from deploy import tools
from tests.attacks.scanning.requests import AVOIDED, CSRF, MACHINERY, Request, proxy_log, token_of

HERE = Path(__file__).parent
FALSE_FINDINGS = HERE / "false_findings.toml"
# All that attack a page or judge what it sends. Not: guessing passwords and paths (lists of other products' files),
# fingerprints, and holes of products that aren't here (WordPress, Log4j, Spring, Shellshock, network devices).
MODULES = [
    "cookieflags",
    "crlf",
    "csp",
    "csrf",
    "exec",
    "file",
    "htaccess",
    "http_headers",
    "ldap",
    "methods",
    "permanentxss",
    "redirect",
    "sql",
    "ssl",
    "ssrf",
    "timesql",
    "upload",
    "xss",
    "xxe",
    "backup",
]
# What sqlmap writes per field that it begins with, and per request that carries an attack.
_FIELD = re.compile(r"testing for SQL injection on (?:\(custom\) )?\w+ parameter '(.+)'")
_ATTACK = re.compile(r"\[PAYLOAD\]")


@dataclass(frozen=True)
class Finding:
    """One line of a report."""

    scanner: str
    kind: str
    method: str
    path: str
    parameter: str
    info: str

    def __str__(self) -> str:
        return f"{self.scanner}: {self.kind}: {self.method} {self.path} {self.parameter}: {self.info}"


@dataclass(frozen=True)
class FalseFinding:
    """What a scanner says and is wrong about, and why. All but `reason` are patterns."""

    scanner: str
    kind: str
    path: str
    info: str
    reason: str

    def covers(self, finding: Finding) -> bool:
        """Whether this is what was found."""
        pairs = ((self.scanner, finding.scanner), (self.kind, finding.kind), (self.path, finding.path))
        return all(re.fullmatch(wanted, got) for wanted, got in pairs) and bool(re.search(self.info, finding.info))


def false_findings() -> list[FalseFinding]:
    """Return the list that is kept."""
    listed = tomllib.loads(FALSE_FINDINGS.read_text()).get("false", [])
    return [FalseFinding(**entry) for entry in listed]


def judge(findings: Iterable[Finding], listed: Iterable[FalseFinding]) -> tuple[list[Finding], list[FalseFinding]]:
    """Return what isn't on the list, and what of the list nobody found any more."""
    found, known = list(findings), list(listed)
    unknown = [each for each in found if not any(entry.covers(each) for entry in known)]
    return unknown, [entry for entry in known if not any(entry.covers(each) for each in found)]


def wapiti(
    pages: list[str], cookies: Mapping[str, str], folder: Path, *, seconds: int
) -> tuple[list[Finding], dict[str, object]]:
    """Scan the pages and their forms for about as long; return findings above informational, and facts."""
    report, log = folder / "wapiti.json", folder / "wapiti.log"
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(pages[0]))
    command = [str(tools.scanners().with_name("wapiti")), "--url", f"{origin}/", "--scope", "domain", "--depth", "1"]
    command += [part for page in pages for part in ("--start", page)]
    command += [part for each in (*AVOIDED, "/admin/*?*") for part in ("--exclude", f"{origin}{each}")]
    command += ["--skip", CSRF, "--max-links-per-page", "15"]
    if cookies:
        command += ["--cookie-value", "; ".join(f"{name}={value}" for name, value in cookies.items())]
    if token := token_of(cookies):
        command += ["--header", f"X-CSRFToken: {token}"]
    each = str(max(5, seconds // (len(MODULES) + 3)))
    command += ["--header", f"Origin: {origin}", "--module", ",".join(MODULES), "--scan-force", "normal"]
    command += ["--max-scan-time", str(3 * int(each)), "--max-attack-time", each, "--timeout", "20"]
    command += ["--store-session", str(folder / "session"), "--flush-session", "--no-bugreport"]
    command += ["--format", "json", "--output", str(report), "--verbose", "1"]
    try:
        _run(command, folder, log, seconds=4 * seconds)
    except RuntimeError as problem:
        # The database of its own notes, when a module was cut off by time while it wrote.
        if "sqlite3.OperationalError) database is locked" not in str(problem):
            raise
        _run(command, folder, log, seconds=4 * seconds)
    facts = json.loads(report.read_text())
    found = [
        Finding("wapiti", kind, entry["method"], entry["path"], entry["parameter"] or "", entry["info"])
        for kinds in (facts["vulnerabilities"], facts["anomalies"])
        for kind, entries in kinds.items()
        for entry in entries
    ]
    return found, facts["infos"]


@dataclass(frozen=True)
class Tried:
    """How much sqlmap did: the fields it looked at, and the requests that carried an attack."""

    fields: list[str]
    attacks: int


def sqlmap(
    requests: list[Request], cookies: Mapping[str, str], folder: Path, *, seconds: int
) -> tuple[list[Finding], Tried]:
    """Try each field of the requests, for that long at most; return by what the database was reached, and the work."""
    log, report, said = folder / "requests.log", folder / "sqlmap.csv", folder / "sqlmap.log"
    log.write_text(proxy_log(requests, cookies))
    command = [str(tools.scanners().with_name("sqlmap")), "-l", str(log), "--batch", "-v", "3", "--disable-coloring"]
    # By differing answers and by waiting: what the database says of an error is on no page.
    command += ["--dbms", "postgresql", "--technique", "BT", "--threads", "4", "--timeout", "20", "--time-sec", "2"]
    command += ["--ignore-redirects"]  # it would send the fields to the page that a form leads to
    command += ["--skip", "X-CSRFToken,Cookie,Origin,Referer,Host,User-Agent", "--param-exclude", MACHINERY.pattern]
    # It would leave out what looks like a number that is checked.
    command += ["--flush-session", "--answers", "skip those kind of cases=N"]
    command += ["--output-dir", str(folder / "sqlmap"), "--results-file", str(report), "--time-limit", str(seconds)]
    # Its log of requests names no scheme.
    command += ["--force-ssl"] if requests[0].url.startswith("https:") else []
    _run(command, folder, said, seconds=seconds + 60)
    with report.open(newline="") as lines:
        # A row with a note is one that sqlmap tried a second time and took back: "false positive or unexploitable".
        rows = [row for row in csv.DictReader(lines) if row.get("Parameter") and not row["Note(s)"]]
    found = [
        Finding(
            "sqlmap",
            "SQL Injection",
            row["Place"],
            urlsplit(row["Target URL"]).path,
            row["Parameter"],
            row["Technique(s)"],
        )
        for row in rows
    ]
    text = said.read_text(errors="replace")
    return found, Tried(_FIELD.findall(text), len(_ATTACK.findall(text)))


def _run(command: list[str], folder: Path, log: Path, *, seconds: int) -> None:
    environment = {
        **{name: value for name, value in os.environ.items() if "proxy" not in name.lower()},
        "PYTHONPATH": str(HERE / "loopback"),
        "HOME": str(folder),
    }
    with log.open("wb") as lines:
        done = subprocess.run(
            command,
            env=environment,
            cwd=folder,
            stdout=lines,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(f"{Path(command[0]).name} failed:\n{log.read_text(errors='replace')[-3000:]}")
