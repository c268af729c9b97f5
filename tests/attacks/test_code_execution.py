"""Nothing that is stored or sent can become code: pickles are planted where data is read, and none is opened."""

from __future__ import annotations

import base64
import json
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from kombu.exceptions import ContentDisallowed
from kombu.serialization import loads

from bandstand.jobs.models import Job, State
from bandstand_worker import registry
from bandstand_worker.celery import app
from tests.conftest import Portal
from tests.worker.conftest import WorkOff, bystander, executor, ledger, work_off  # noqa: F401 - fixtures


class Bomb:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[object, tuple[str, ...]]:
        return Path.touch, (self._path,)  # type: ignore[return-value]


@pytest.fixture
def crater(tmp_path: Path) -> Path:
    return tmp_path / "exploded"


@pytest.fixture
def bomb(crater: Path) -> bytes:
    planted = pickle.dumps(Bomb(crater))
    pickle.loads(planted)  # noqa: S301 - the proof that it would go off
    assert crater.exists()
    crater.unlink()
    return planted


def plant(key: str, content: bytes) -> None:
    with redis.Redis.from_url(settings.REDIS_URL) as valkey:
        valkey.set(cache.make_key(key), content)


def test_the_cache_opens_none(bomb: bytes, crater: Path, db: None) -> None:
    plant("planted", bomb)

    with pytest.raises(ValueError, match=r"utf-8|Expecting|codec"):
        cache.get("planted")

    assert not crater.exists()


def test_a_session_opens_none(alice_portal: Portal, bomb: bytes, crater: Path) -> None:
    key = "planted0planted0planted0planted0"
    content = base64.b64encode(b"0" * 40 + b":" + bomb).decode()
    Session.objects.create(session_key=key, session_data=content, expire_date=timezone.now() + timezone.timedelta(1))
    browser = Client(HTTP_HOST=alice_portal.host, raise_request_exception=False)
    browser.cookies[settings.SESSION_COOKIE_NAME] = key

    answer = browser.get("/backstage/")

    assert answer.status_code == 302
    assert not crater.exists()


def test_a_message_to_the_worker_opens_none(bomb: bytes, crater: Path) -> None:
    assert app.conf.accept_content == ["json"]

    with pytest.raises(ContentDisallowed):
        loads(bomb, "application/x-python-serialize", "binary", accept=app.conf.accept_content)

    assert not crater.exists()


@pytest.mark.usefixtures("alice_portal")
def test_a_payload_opens_none(bomb: bytes, crater: Path, work_off: WorkOff) -> None:  # noqa: F811
    registry.load_handlers()
    Job.objects.create(
        kind="jobs.prune", payload={"__reduce__": base64.b64encode(bomb).decode()}, queue="default", state=State.WAITING
    )

    (job,) = work_off()

    assert (job.state, job.error_class) == (State.FAILED, "PayloadError")
    assert not crater.exists()


@pytest.mark.parametrize(
    "code",
    ["import pickle\npickle.loads(b'')", "eval(input())", "import subprocess\nsubprocess.run(input(), shell=True)"],
)
def test_the_linter_knows_code_that_could(code: str, tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    file = root / "services" / "web" / "bandstand_web" / "planted.py"

    done = subprocess.run(
        [Path(sys.executable).with_name("ruff"), "check", "--output-format=json", "--stdin-filename", file, "-"],
        input=code,
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )

    assert {finding["code"] for finding in json.loads(done.stdout)} & {"S301", "S307", "S602"}
