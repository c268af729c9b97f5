"""One trace shows a request and the jobs that it caused, at a real collector, and holds nothing that people wrote."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import redis
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from psycopg.sql import SQL, Literal
from s3transfer.futures import BoundedExecutor

import bandstand.media.object_storage  # noqa: F401 - the first import has calls traced if tracing is on
from bandstand import tracing
from bandstand.bands.models import Band
from bandstand.jobs.enqueueing import enqueue
from bandstand.jobs.job_kinds import PRUNE_JOBS, PruneJobs
from bandstand.settings.base import ENVIRONMENT
from bandstand.settings.traces import send_traces
from tests.conftest import Portal
from tests.otlp import Collector, Told, collector
from tests.refusing.installation import installation
from tests.servers import ROOT
from tests.waiting import wait_until
from tests.worker.conftest import WorkOff

from opentelemetry.instrumentation.botocore import BotocoreInstrumentor  # isort: skip - tests.otlp lets it be imported
from opentelemetry.instrumentation.redis import RedisInstrumentor  # isort: skip

pytestmark = pytest.mark.slow

STRANGER = "0af7651916cd43dd8448eb211c80319c"
RESET = "POST accounts/password/reset/"


@pytest.fixture
def collecting() -> Iterator[Collector]:
    with collector() as kept:
        yield kept


def arrives(kept: Collector, holds: Callable[[Collector], bool]) -> None:
    wait_until(lambda: holds(kept), lambda: kept.spans)


@pytest.mark.long
def test_one_trace_shows_a_request_its_job_and_their_statements(collecting: Collector) -> None:
    environment = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": collecting.address,
        "OTEL_EXPORTER_OTLP_HEADERS": "x-team=bands",
        "BANDSTAND_TRACES_SHARE": "1",
        "OTEL_BSP_SCHEDULE_DELAY": "100",  # milliseconds until what was done is sent; 5,000 otherwise
        "EMAIL_URL": "dummymail://",
    }
    with installation("tracing", **environment) as product:
        product.start("dispatcher", "dispatch")
        product.start("worker", BANDSTAND_WORKER_CONCURRENCY="1")
        head = (
            "GET /accounts/login/?next=%2Fmy-secret%2F HTTP/1.1\r\nHost: bandstand.localhost\r\nConnection: close\r\n"
        )
        product.web.send(f"{head}traceparent: 00-{STRANGER}-b7ad6b7169203331-01\r\n\r\n".encode())
        assert product.write().status == 302
        arrives(collecting, lambda kept: any(_is_job(span) for span in _of_reset(kept)))

    spans = collecting.spans
    (page,) = collecting.named(RESET)
    there = _of_reset(collecting)
    (job,) = [span for span in there if _is_job(span)]
    assert (page.service, page.kind, page.parent) == ("bandstand-web", "server", "")
    assert (job.service, job.attributes["bandstand.job.state"], job.is_error) == ("bandstand-worker", "done", False)
    assert job.parent == page.number
    assert page.attributes == {
        "http.request.method": "POST",
        "http.route": "accounts/password/reset/",
        "http.response.status_code": 302,
        "bandstand.audience": "platform",
    }
    statements = {(span.service, span.name) for span in there if span.kind == "client"}
    assert ("bandstand-web", "INSERT jobs_job") in statements
    assert ("bandstand-worker", "SELECT mail_outgoingmessage") in statements
    assert [span.name for span in there if span.service == "bandstand-web" and _is_of("redis", span)] != []
    began = {(span.service, span.kind) for span in spans if not span.parent}
    assert began <= {("bandstand-web", "server"), ("bandstand-worker", "consumer")}, "a call or a loop began a trace"

    assert {headers["x-team"] for headers in collecting.headers} == {"bands"}
    assert STRANGER not in {span.trace for span in spans}
    everything = b"".join(collecting.bodies)
    for word in (b"visitor1", b"example.org", b"198.51", b"my-secret", b"sessionid", b"csrftoken", b"127.0.0.1"):
        assert word not in everything, word


def _of_reset(kept: Collector) -> list[Told]:
    traces = {span.trace for span in kept.named(RESET)}
    return [span for span in kept.spans if span.trace in traces]


def _is_job(span: Told) -> bool:
    return span.kind == "consumer"


def _is_of(system: str, span: Told) -> bool:
    return system in {span.attributes.get(name) for name in ("db.system", "db.system.name", "rpc.system")}


@pytest.fixture
def traced(collecting: Collector, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[float], Collector]]:
    """A function that turns tracing on in this process, and returns what gets all of it at `tracing.end`."""
    for name in ("_tracer", "_provider", "_names_portals"):
        monkeypatch.setattr(tracing, name, getattr(tracing, name))
    monkeypatch.setattr(BoundedExecutor, "EXECUTOR_CLS", BoundedExecutor.EXECUTOR_CLS)

    def begin(share: float) -> Collector:
        changed = replace(ENVIRONMENT, otlp_endpoint=collecting.address, traces_share=share)
        send_traces(changed, service="test")
        tracing.trace_storage()  # as its client, which is loaded already, does
        return collecting

    yield begin
    if tracing._provider is not None:
        tracing._provider.shutdown()
        RedisInstrumentor().uninstrument()
        BotocoreInstrumentor().uninstrument()


@pytest.mark.parametrize(("share", "named"), [(0.999999, True), (1.0, False)])
def test_a_portal_is_named_where_sampling_bounds_how_many(
    share: float, named: bool, traced: Callable[[float], Collector], alice_portal: Portal
) -> None:
    kept = traced(share)
    Client().get("/bands/", headers={"host": alice_portal.host})
    Client().get("/bands/", headers={"host": "alice-s-secret.bandstand.localhost"})
    tracing.end()

    (page,) = kept.named("GET bands/")
    assert page.attributes.get("bandstand.organization") == ("alice" if named else None)
    assert page.attributes["bandstand.page_cache"] in {"hit", "miss"}
    assert (b"alice" in b"".join(kept.bodies)) == named
    assert b"alice-s-secret" not in b"".join(kept.bodies)


def test_requests_that_are_not_kept_leave_their_jobs_untraced(
    traced: Callable[[float], Collector], work_off: WorkOff, alice_portal: Portal
) -> None:
    kept = traced(1e-12)
    with tracing.step("GET", "server", trace=""):
        job = enqueue(PRUNE_JOBS, PruneJobs(), organization=None)
    assert int(job.trace[-2:], 16) & 1 == 0, "sampled"
    work_off()
    tracing.end()
    assert kept.spans == []


def test_what_failed_is_told_by_its_class_alone(traced: Callable[[float], Collector], alice_portal: Portal) -> None:
    kept = traced(1.0)
    with pytest.raises(LookupError), tracing.step("work"):
        raise LookupError("Dora's secret")
    tracing.end()
    (span,) = kept.spans
    assert span.is_error
    assert span.attributes == {"error.type": "LookupError"}
    assert b"Dora" not in b"".join(kept.bodies)


def test_statements_are_told_without_what_they_hold(traced: Callable[[float], Collector], alice_portal: Portal) -> None:
    kept = traced(1.0)
    with tracing.step("work"), connection.execute_wrapper(tracing.trace_statement):
        connection.set_tenant(alice_portal.organization)
        Band.objects.filter(name="Dora's secret").exists()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 'From bands_dora' AS secret")
        connection.set_schema_to_public()
    tracing.end()
    assert {"SELECT bands_band", "SELECT"} <= {span.name for span in kept.spans}
    assert b"ora" not in b"".join(kept.bodies)


@pytest.mark.usefixtures("media_in_bucket")
def test_one_trace_shows_a_request_and_its_calls_to_redis_and_object_storage(
    traced: Callable[[float], Collector], alice_portal: Portal
) -> None:
    kept = traced(1.0)
    path = f"/media/{alice_portal.organization.schema_name}/pictures/canary/320.webp"
    visitor = Client()
    visitor.cookies[settings.SESSION_COOKIE_NAME] = "canary" * 6
    assert visitor.get(path, headers={"host": alice_portal.host}).status_code == 404
    tracing.end()

    (page,) = [span for span in kept.spans if span.kind == "server"]
    assert {span.trace for span in kept.spans} == {page.trace}
    (call,) = [span for span in kept.spans if _is_of("aws-api", span)]
    assert (call.name, call.kind, call.parent) == ("S3.GetObject", "client", page.number)
    assert call.attributes == {
        "rpc.system": "aws-api",
        "rpc.service": "S3",
        "rpc.method": "GetObject",
        "http.status_code": 404,
        "retry_attempts": 0,
        "error.type": "NoSuchKey",
    }
    assert [span.name for span in kept.spans if _is_of("redis", span)] != []
    assert b"canary" not in b"".join(kept.bodies)


@pytest.mark.django_db
@pytest.mark.usefixtures("media_in_bucket")
def test_calls_are_told_without_what_they_hold(traced: Callable[[float], Collector]) -> None:
    kept = traced(1.0)
    with redis.Redis.from_url(settings.REDIS_URL) as client, tracing.step("work", "consumer"):
        client.set("canary-key", "canary", ex=1)
        pipeline = client.pipeline()
        for _ in range(40):
            pipeline.delete("canary-key")
        pipeline.execute()
        with pytest.raises(redis.ResponseError, match="canary"):
            client.eval("return redis.error_reply('canary')", 0)
        default_storage.save("org_1/canary", ContentFile(b"canary"))
    tracing.end()

    calls = {span.name: span for span in kept.spans if span.kind == "client" and not _is_of("postgresql", span)}
    pipe = " ".join(["DEL"] * 40)[:100]
    assert calls.keys() >= {"SET", pipe, "EVAL", "S3.PutObject"}
    assert calls["SET"].attributes == {"db.system": "redis", "db.redis.args_length": 5}
    assert calls[pipe].attributes == {"db.system": "redis", "db.redis.pipeline_length": 40}
    assert (calls["EVAL"].is_error, calls["EVAL"].attributes["error.type"]) == (True, "ResponseError")
    (job,) = kept.named("work")
    assert {span.parent for span in calls.values()} == {job.number}
    everything = b"".join(kept.bodies)
    for word in (b"canary", b"127.0.0.1", b"bandstand-tests"):
        assert word not in everything, word


@pytest.mark.usefixtures("media_in_bucket")
def test_calls_that_belong_to_nothing_begin_no_trace(traced: Callable[[float], Collector]) -> None:
    kept = traced(1.0)
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.get("canary-key")
        client.pipeline().get("canary-key").execute()
    assert not default_storage.exists("org_1/canary")
    tracing.end()
    assert kept.spans == []


@pytest.mark.usefixtures("media_in_bucket")
def test_object_storage_is_told_nothing_of_a_trace(traced: Callable[[float], Collector]) -> None:
    traced(1.0)
    sent: list[str] = []
    client = default_storage.connection.meta.client
    client.meta.events.register("before-send.s3", lambda request, **_about: sent.extend(request.headers))
    with tracing.step("work"):
        assert not default_storage.exists("org_1/canary")
    assert "authorization" in {name.lower() for name in sent}
    assert [name for name in sent if "trace" in name.lower()] == []


@pytest.mark.parametrize(
    ("statement", "summary"),
    [
        ('SELECT "bands_band"."id" FROM "bands_band" WHERE name = %s', ("SELECT", "bands_band")),
        ('INSERT INTO "public"."jobs_job" ("kind") VALUES (%s)', ("INSERT", "jobs_job")),
        ('UPDATE "org_1a2b3c"."bands_band" SET name = %s', ("UPDATE", "bands_band")),
        ("  delete from only gigs_gig", ("DELETE", "gigs_gig")),
        ("SELECT 'x FROM secret'", ("SELECT", "")),
        ("WITH found AS (SELECT 1 FROM a) SELECT 2", ("WITH", "a")),
        ('CREATE SCHEMA "org_1a2b3c"', ("CREATE", "")),
        ("secret", ("OTHER", "")),
        ("", ("OTHER", "")),
        (SQL("SELECT {}").format(Literal("secret")), ("OTHER", "")),
    ],
)
def test_of_a_statement_operation_and_table_are_left(statement: object, summary: tuple[str, str]) -> None:
    assert tracing.summary_of(statement) == summary


@pytest.mark.parametrize("service", ["web", "worker"])
def test_nothing_is_imported_while_it_is_off(service: str) -> None:
    script = (
        "import django, sys; django.setup(); import redis, bandstand.media.object_storage; "
        "print(*(name for name, what in sys.modules.items() if what))"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": f"bandstand_{service}.settings"}
    loaded = subprocess.check_output([sys.executable, "-c", script], env=environment, cwd=ROOT, text=True).split()
    assert {"bandstand.tracing", "botocore.client"} <= set(loaded)
    assert {name for name in loaded if name.startswith("opentelemetry")} == set()
