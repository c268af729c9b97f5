"""Both images, hardened as on the cluster, against PostgreSQL and Valkey: pages, a sign-up, a job, an orderly end."""

from __future__ import annotations

import http.client
import json
import os
import re
import secrets
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from bandstand.devstack.processes import free_port
from bandstand.devstack.stack import Stack
from deploy.images import engine
from tests.deploy.hardened import Container, Place, image_facts
from tests.required_tools import MISSING

REGISTRY = os.environ.get("BANDSTAND_IMAGES", "localhost/bandstand")
TAG = os.environ.get("BANDSTAND_IMAGE_TAG", "dev")
WEB, WORKER = f"{REGISTRY}/web:{TAG}", f"{REGISTRY}/worker:{TAG}"
HOST = "bands.example.org"
MEGABYTE = 1_000_000
MAIL = "/tmp/mail"  # noqa: S108 - inside the container


class Installation:
    """Everything running."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.port = free_port()
        self.migration = place.run(
            "migrate", WEB, "migrate", command="django-admin", DATABASE_URL_FILE=_file("owner-url")
        )
        self.migrated = self.migration.wait()
        self.web = place.run("web", WEB, f"--port={self.port}", "--workers=1")
        self.worker = place.run("worker", WORKER, BANDSTAND_WORKER_CONCURRENCY="2", BANDSTAND_WORKER_GRACE_SECONDS="20")
        self.dispatcher = place.run("dispatcher", WORKER, "dispatch")

    def get(self, path: str, *, host: str = HOST, **headers: str) -> http.client.HTTPResponse:
        return self.request("GET", path, host=host, **headers)

    def request(
        self, method: str, path: str, body: str = "", *, host: str = HOST, **headers: str
    ) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        about = {"Host": host, "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1", **headers}
        connection.request(method, path, body or None, about)
        return connection.getresponse()


def _file(name: str) -> str:
    return f"/run/secrets/bandstand/{name}"


@pytest.fixture(scope="module", autouse=True)
def _engine() -> None:
    try:
        words = engine()
    except LookupError as problem:
        pytest.skip(f"{MISSING}{problem}")
    if subprocess.run([*words, "image", "inspect", WEB, WORKER], capture_output=True, check=False).returncode:
        pytest.fail("build the images first: make images")


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with Stack("images", durable=False) as stack:
        stack.ensure_database()
        folder = tmp_path_factory.mktemp("installation")
        place = Place(_secrets(folder, stack), folder / "media", _variables())
        place.media.mkdir(mode=0o777)
        place.media.chmod(0o777)
        folder.chmod(0o755)
        folder.parent.chmod(0o755)
        folder.parent.parent.chmod(0o755)
        try:
            found = Installation(place)
            assert found.migrated == 0, found.migration.log()
            assert eventually(lambda: found.get("/readyz").status == 200), found.web.log()
            yield found
        finally:
            place.remove_all()


def _secrets(folder: Path, stack: Stack) -> Path:
    values = {
        "secret-key": secrets.token_urlsafe(60),
        "database-url": stack.runtime_url(),
        "owner-url": stack.owner_url(),
        "redis-url": stack.redis_url(5),
        "email-url": f"filemail:///{MAIL}",
    }
    home = folder / "secrets"
    home.mkdir(mode=0o755)
    for name, value in values.items():
        (home / name).write_text(value)
    return home


def _variables() -> dict[str, str]:
    files = {
        "SECRET_KEY": "secret-key",
        "DATABASE_URL": "database-url",
        "REDIS_URL": "redis-url",
        "EMAIL_URL": "email-url",
    }
    return {
        "BANDSTAND_PROFILE": "production",
        "BANDSTAND_PUBLIC_URL": f"https://{HOST}",
        "BANDSTAND_TRUSTED_PROXIES": "1",
        **{f"{name}_FILE": _file(file) for name, file in files.items()},
    }


def eventually(holds: Callable[[], object], seconds: float = 90) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if holds():
                return True
        except OSError:
            pass
        time.sleep(0.5)
    return False


@pytest.mark.parametrize(("image", "most"), [(WEB, 250), (WORKER, 400)])
def test_images_stay_small_run_as_nobody_and_say_what_they_are(image, most):
    facts = image_facts(image)
    config = facts["Config"]
    labels = config["Labels"]
    base = image_facts(labels["org.opencontainers.image.base.name"])
    assert (facts["Size"] - base["Size"]) / MEGABYTE < most
    assert config["User"] == "10001:10001"
    assert "sh" not in config["Entrypoint"][0]
    assert {
        f"org.opencontainers.image.{name}" for name in ("title", "version", "revision", "licenses")
    } <= labels.keys()


def test_each_image_holds_its_own_service_only(installation):
    found = "import importlib.util as u, sys; print([n for n in sys.argv[1:] if u.find_spec(n)])"
    names = ["PIL", "kubernetes", "granian", "pytest", "mypy", "uv"]
    assert installation.web.execute("python", "-c", found, *names).stdout.strip() == "['granian']"
    assert installation.worker.execute("python", "-c", found, *names).stdout.strip() == "['PIL', 'kubernetes']"
    assert installation.web.execute("which", "gcc", "cc", "uv").stdout == ""


@pytest.mark.parametrize("part", ["web", "worker", "dispatcher"])
def test_processes_have_no_rights(installation, part):
    status = getattr(installation, part).execute("cat", "/proc/1/status").stdout
    assert re.search(r"^CapEff:\s0+$", status, re.M)
    assert re.search(r"^NoNewPrivs:\s1$", status, re.M)
    assert re.search(r"^Uid:\s10001\s", status, re.M)


def test_probes_need_neither_host_nor_https(installation):
    connection = http.client.HTTPConnection("127.0.0.1", installation.port, timeout=10)
    for path in ("/healthz", "/readyz"):
        connection.request("GET", path)
        response = connection.getresponse()
        assert response.status == 200
        response.read()


def test_it_serves_pages_and_their_static_files(installation):
    response = installation.get("/")
    page = response.read().decode()
    assert response.status == 200
    style = re.search(r'href="(/static/[^"]+\.css)"', page)
    assert style
    assert re.search(r"\.[0-9a-f]{12}\.css$", style[1]), "names are hashed"
    answer = installation.get(style[1])
    assert answer.status == 200
    assert "immutable" in answer.headers["Cache-Control"]
    assert installation.get("/", host="stranger.example.net").status == 404


def test_pages_come_in_german(installation):
    page = installation.get("/", **{"Accept-Language": "de"}).read().decode()
    assert 'lang="de"' in page


def test_somebody_signs_up_and_has_a_portal(installation):
    jar: dict[str, str] = {}

    def visit(method: str, path: str, fields: dict[str, str] | None = None) -> http.client.HTTPResponse:
        about = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in jar.items()),
            "Referer": f"https://{HOST}{path}",
        }
        body = ""
        if fields is not None:
            body = urlencode(fields)
            about["Content-Type"] = "application/x-www-form-urlencoded"
        response = installation.request(method, path, body, **about)
        for cookie in response.headers.get_all("Set-Cookie") or []:
            name, value = cookie.split(";", 1)[0].split("=", 1)
            jar[name] = value
        return response

    def token(response: http.client.HTTPResponse) -> str:
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', response.read().decode())
        assert found
        return found[1]

    csrf = token(visit("GET", "/signup/"))
    form = {
        "csrfmiddlewaretoken": csrf,
        "name": "Dora's Drums",
        "slug": "dora",
        "email": "dora@example.org",
        "password": "seven-strings-and-a-drum",
        "language": "de",
        "time_zone": "Europe/Vienna",
    }
    sent = visit("POST", "/signup/", form)
    assert sent.status == 302, sent.read().decode()[:2000]
    code = mailed_code(installation.worker)
    csrf = token(visit("GET", sent.headers["Location"]))
    done = visit("POST", sent.headers["Location"], {"csrfmiddlewaretoken": csrf, "code": code})
    assert done.status in {200, 302}, done.read().decode()[:2000]
    assert eventually(lambda: installation.get("/", host=f"dora.{HOST}").status == 200, 15)
    assert "Dora" in installation.get("/", host=f"dora.{HOST}").read().decode()


def mailed_code(worker: Container) -> str:
    """Return the code of the newest mail, which the worker sent as a job."""
    read = f"import glob; print(''.join(open(f).read() for f in sorted(glob.glob('{MAIL}/*'))))"
    pattern = re.compile(r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$", re.M)
    assert eventually(lambda: pattern.search(worker.execute("python", "-c", read).stdout), 60), worker.log()
    found = pattern.search(worker.execute("python", "-c", read).stdout)
    assert found
    return found[1]


def test_a_job_makes_the_round_as_helm_test_asks(installation):
    proof = installation.place.run(
        "proof", WEB, "prove_deployment", f"--web=http://127.0.0.1:{installation.port}", command="django-admin"
    )
    assert proof.wait() == 0, proof.log()
    assert "A job went through" in proof.log()


@pytest.mark.parametrize(("part", "what"), [("worker", "alive"), ("worker", "ready"), ("dispatcher", "alive")])
def test_probes_without_http_answer(installation, part, what):
    container = getattr(installation, part)
    assert eventually(lambda: container.execute("python", "-m", "bandstand_worker", "probe", what).returncode == 0)


@pytest.mark.parametrize("part", ["worker", "dispatcher"])
def test_logs_are_one_json_object_per_line(installation, part):
    lines = [line for line in getattr(installation, part).log().splitlines() if line.strip()]
    assert lines
    assert all(json.loads(line)["event"] for line in lines)


@pytest.mark.parametrize(("part", "seconds"), [("web", 35), ("worker", 35), ("dispatcher", 15)])
def test_sigterm_ends_it_in_order_and_it_wrote_nothing_outside_tmp(installation, part, seconds):
    """The last test: the parts are gone afterwards."""
    container = getattr(installation, part)
    assert container.changed_files() == []
    assert container.stop(seconds) == 0, container.log()[-2000:]


def test_staff_are_made_in_webs_container_with_webs_role(installation: Installation) -> None:
    words = ("createsuperuser", "--no-input", "--email=root@example.org")
    made = installation.place.run(
        "staff", WEB, *words, command="django-admin", DJANGO_SUPERUSER_PASSWORD="eight-days-a-week"
    )
    assert made.wait() == 0, made.log()
