"""Files in a bucket behave as files in a folder do, and a store that is away says so."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django.fixtures import Settings

from bandstand.media.emptying import tenant_files_delete
from bandstand.media.folders import files_below
from bandstand.media.object_storage import IN_MEMORY
from bandstand.media.storage import StorageAwayError, new_original_path
from bandstand.settings.environment import Environment
from bandstand.settings.storages import files_at
from tests import prepared
from tests.conftest import Portal
from tests.object_store import BUCKET, ObjectStore
from tests.servers import ROOT

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


@pytest.fixture
def away(settings: Settings, monkeypatch: pytest.MonkeyPatch, object_store: ObjectStore) -> Iterator[None]:
    """A store that takes connections and never answers."""
    for name, value in object_store.environment().items():
        monkeypatch.setenv(name, value)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{silent.getsockname()[1]}")
        entry = files_at(f"s3://{BUCKET}/away")
        entry["OPTIONS"]["client_config"].read_timeout = 0.2
        settings.STORAGES = {**settings.STORAGES, "default": entry}
        yield


@pytest.mark.django_db  # whoever stores a file asks for room in the portal's plan
@pytest.mark.usefixtures("media_in_bucket")
@pytest.mark.parametrize("size", [0, 5_000, IN_MEMORY + 1])
def test_it_gives_back_what_it_took(size: int) -> None:
    content = os.urandom(size)
    path = default_storage.save("org_1/pictures/a/320.webp", ContentFile(content))

    with default_storage.open(path) as file:
        assert file.read() == content
        assert file.size == size
        file.seek(0)
    assert default_storage.exists(path)
    assert default_storage.size(path) == size
    assert default_storage.listdir("org_1") == (["pictures"], [])


@pytest.mark.usefixtures("media_in_bucket")
def test_its_addresses_are_those_of_a_folder(settings: Settings) -> None:
    path = "org_1/pictures/a b/320.webp"
    assert default_storage.url(path) == FileSystemStorage().url(path) == "/media/org_1/pictures/a%20b/320.webp"
    settings.MEDIA_URL = "https://pictures.example.net/media/"
    assert default_storage.url(path) == FileSystemStorage().url(path)


@pytest.mark.django_db
@pytest.mark.usefixtures("media_in_bucket")
def test_a_file_never_takes_anothers_place_or_leaves_the_folder() -> None:
    first = default_storage.save("org_1/originals/a", ContentFile(b"first"))
    assert default_storage.save(first, ContentFile(b"second")) != first
    with default_storage.open(first) as file:
        assert file.read() == b"first"
    with pytest.raises(ValueError, match="never in place"):
        default_storage.open(first, "wb")
    for path in ("../../else", "/etc/passwd/../../../else"):
        with pytest.raises(Exception, match=r"path traversal|denied"):
            default_storage.save(path, ContentFile(b""))


@pytest.mark.django_db
def test_an_upload_is_private_and_keeps_no_type_that_a_browser_named(
    media_in_bucket: str, object_store: ObjectStore
) -> None:
    file = SimpleUploadedFile("evil.html", PNG, content_type="text/html")
    default_storage.save("org_1/originals/a", file)
    (key,) = object_store.keys(media_in_bucket.removeprefix(f"s3://{BUCKET}/"))

    assert key.endswith("/media/org_1/originals/a")
    assert object_store.about(key)["ContentType"] == "application/octet-stream"
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(f"{object_store.url}/{BUCKET}/{key}", timeout=10)  # noqa: S310


@pytest.mark.django_db
@pytest.mark.usefixtures("media_in_bucket")
def test_what_is_missing_is_missing_as_in_a_folder() -> None:
    with pytest.raises(FileNotFoundError):
        default_storage.open("org_1/pictures/none")
    assert not default_storage.exists("org_1/pictures/none")
    assert default_storage.listdir("org_1") == ([], [])
    assert list(files_below("org_1")) == []
    default_storage.delete("org_1/pictures/none")
    assert tenant_files_delete("org_1") == 0


@pytest.mark.django_db
@pytest.mark.usefixtures("media_anywhere")
def test_all_files_of_a_tenant_go_and_no_others() -> None:
    theirs = [f"org_1/{name}" for name in ("originals/a", "pictures/b/320.webp", "pictures/b/640.webp", "x")]
    others = ["org_11/originals/a", "org_2/pictures/b/320.webp"]
    for path in theirs + others:
        default_storage.delete(path)
        assert default_storage.save(path, ContentFile(b"x")) == path
    assert sorted(files_below("org_1")) == theirs

    assert tenant_files_delete("org_1") == len(theirs)

    assert not any(default_storage.exists(path) for path in theirs)
    assert all(default_storage.exists(path) for path in others)
    for path in others:
        default_storage.delete(path)


def test_a_bucket_that_does_not_exist_is_no_missing_file(settings: Settings, media_in_bucket: str) -> None:
    settings.STORAGES = {**settings.STORAGES, "default": files_at("s3://nobodys-bucket/media")}
    for attempt in (
        lambda: default_storage.open("a"),
        lambda: default_storage.save("a", ContentFile(b"")),
        lambda: list(files_below("a")),
    ):
        with pytest.raises(StorageAwayError, match="nobodys-bucket"):
            attempt()


@pytest.mark.usefixtures("away")
def test_a_store_that_does_not_answer_is_told_soon(in_alice_portal: Portal) -> None:
    begun = time.monotonic()
    with pytest.raises(StorageAwayError, match=BUCKET):
        default_storage.save(new_original_path(), ContentFile(PNG))
    assert time.monotonic() - begun < 20


@pytest.mark.usefixtures("away")
def test_pages_go_on_while_the_store_is_away_and_those_that_need_it_say_so(in_alice_portal: Portal) -> None:
    schema = in_alice_portal.organization.schema_name
    client = in_alice_portal.client_of("editor")
    assert client.get("/").status_code == 200

    for answer in (
        client.get(f"/media/{schema}/pictures/a/320.webp"),
        client.post(
            "/backstage/imports/add/",
            {"subject": "bands", "file": SimpleUploadedFile("bands.csv", b"name\nThe Who\n")},
            headers={"accept-language": "de"},
        ),
    ):
        assert answer.status_code == 503
        assert answer["Retry-After"] == "60"
        assert answer["Cache-Control"] == "no-store"
    assert "noch einmal" in answer.content.decode()


def test_the_place_comes_from_the_environment(media_in_bucket: str, object_store: ObjectStore) -> None:
    script = (
        "import django; django.setup()\n"
        "from django.core.files.base import ContentFile\n"
        "from django.core.files.storage import default_storage\n"
        "default_storage.save('org_1/originals/a', ContentFile(b'x'))\n"
    )
    done = prepared.run("-c", script, environment=os.environ)
    assert done.returncode == 0, done.stderr

    folder = media_in_bucket.removeprefix(f"s3://{BUCKET}/")
    assert object_store.keys(folder) == [f"{folder}/org_1/originals/a"]


@pytest.mark.parametrize("place", ["s3://", "s3:///path", "gs://bucket", "s3://key:secret@bucket", "bucket/path"])
@pytest.mark.parametrize("name", ["BANDSTAND_MEDIA", "BANDSTAND_BACKUPS"])
def test_a_place_that_cannot_be_meant_is_refused_by_name(name: str, place: str) -> None:
    servers = {"DATABASE_URL": "postgresql://x@y/z", "REDIS_URL": "redis://x"}
    with pytest.raises(ImproperlyConfigured, match=name) as refused:
        Environment.read({"BANDSTAND_PROFILE": "test", name: place, **servers})
    assert "secret" not in str(refused.value)


def test_who_keeps_files_in_a_folder_never_loads_the_client() -> None:
    script = (
        "import django, sys; django.setup()\n"
        "from django.core.files.storage import default_storage; default_storage.exists('x')\n"
        "sys.exit('botocore' in sys.modules or 'boto3' in sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)
