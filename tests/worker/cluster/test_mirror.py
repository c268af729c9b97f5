"""What the mirror believes when lists, watches and late answers contradict each other, and how watches are kept up."""

from __future__ import annotations

import pytest

from bandstand_worker.cluster import api as api_module
from bandstand_worker.cluster.api import GoneError, ThrottledError, UnavailableError
from bandstand_worker.cluster.manifests import CERTIFICATE, INGRESS, Body, labels
from bandstand_worker.cluster.mirror import Mirror
from tests.waiting import wait_until
from tests.worker.cluster.conftest import Rig, rig_at
from tests.worker.cluster.fault_injection import Cluster


def body(version: int, *, uid: str = "one") -> Body:
    return {"metadata": {"name": "domain-1", "uid": uid, "resourceVersion": str(version)}}


@pytest.fixture
def mirror() -> Mirror:
    """One that knows that there is nothing."""
    made = Mirror([CERTIFICATE])
    made.replace(CERTIFICATE, [])
    return made


def test_an_answer_is_knowledge(mirror: Mirror) -> None:
    mirror.answered(CERTIFICATE, body(5), asked=mirror.now)
    assert mirror.of_kind(CERTIFICATE) == {"domain-1": body(5)}


def test_a_late_answer_revives_nothing(mirror: Mirror) -> None:
    asked = mirror.now
    mirror.put(CERTIFICATE, body(5))
    mirror.drop(CERTIFICATE, "domain-1")

    mirror.answered(CERTIFICATE, body(5), asked=asked)

    assert mirror.of_kind(CERTIFICATE) == {}


def test_a_late_answer_doesnt_undo_what_was_seen_since(mirror: Mirror) -> None:
    asked = mirror.now
    mirror.put(CERTIFICATE, body(6))
    mirror.answered(CERTIFICATE, body(5), asked=asked)
    assert mirror.of_kind(CERTIFICATE) == {"domain-1": body(6)}

    asked = mirror.now
    mirror.replace(CERTIFICATE, [])
    mirror.answered(CERTIFICATE, body(6), asked=asked)
    assert mirror.of_kind(CERTIFICATE) == {}


def test_the_late_answer_to_a_deletion_takes_no_newer_object_along(mirror: Mirror) -> None:
    mirror.put(CERTIFICATE, body(9, uid="two"))
    mirror.deleted(CERTIFICATE, body(5))
    assert mirror.of_kind(CERTIFICATE)
    mirror.deleted(CERTIFICATE, body(9, uid="two"))
    assert not mirror.of_kind(CERTIFICATE)


def test_hearing_the_same_again_is_no_change(mirror: Mirror) -> None:
    mirror.answered(CERTIFICATE, body(5), asked=mirror.now)
    version = mirror.version

    mirror.put(CERTIFICATE, body(5))

    assert mirror.version == version


@pytest.fixture
def watched(cluster: Cluster) -> Rig:
    """A rig with its watches open."""
    rig = rig_at(cluster, cluster.settings("ingress"))
    wait_until(lambda: cluster.seen["watch"] >= 2, "both kinds are watched")
    return rig


def test_a_watch_that_breaks_off_goes_on_where_it_ended(cluster: Cluster, watched: Rig) -> None:
    labelled = {"labels": labels(watched.configuration)}
    cluster.change("certificates", "domain-1", metadata=labelled)
    cluster.change("ingresses", "domain-1", metadata=labelled)
    for plural in ("certificates", "ingresses"):
        wait_until(lambda plural=plural: watched.mirrored(plural), "it is seen")  # type: ignore[misc]
    lists = cluster.seen["list"]

    cluster.break_watches()
    cluster.remove("certificates", "domain-1")

    wait_until(lambda: not watched.mirrored("certificates"), "the loss is seen")
    assert cluster.seen["list"] == lists
    watched.stopped.set()


def test_it_lists_again_after_a_server_was_restored_from_a_backup(cluster: Cluster, watched: Rig) -> None:
    cluster.fail("watch", 504, times=2)  # a real one says: Too large resource version
    cluster.break_watches()
    lists = cluster.seen["list"]
    wait_until(lambda: cluster.seen["list"] > lists, "it has listed again")
    watched.stopped.set()


def test_it_begins_a_list_again_whose_pages_are_too_old(cluster: Cluster) -> None:
    cluster.fail("list", 410, times=2)
    rig = rig_at(cluster, cluster.settings("ingress"))
    rig.stopped.set()


@pytest.mark.parametrize("status", [410, 503])
def test_it_doesnt_run_hot_at_a_server_that_refuses_every_watch(cluster: Cluster, watched: Rig, status: int) -> None:
    cluster.fail("watch", status, times=10**6)
    cluster.break_watches()
    before = sum(cluster.seen.values())

    watched.stopped.wait(0.6)

    assert sum(cluster.seen.values()) - before < 20  # 2 kinds, a list and a watch after 50, 100, 200, 400 ms
    watched.stopped.set()


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, {"Retry_After": "7"}, 7),
        (503, {"Retry_After": "12"}, 12),
        (429, {}, 1),
        (429, {"Retry_After": "0"}, 0.1),
        (429, {"Retry_After": "86400"}, 300),
        (429, {"Retry_After": "nan"}, 1),
        (429, {"Retry_After": "-5"}, 1),
        (429, {"Retry_After": "Sun, 29 Nov 2026 14:00:00 GMT"}, 1),
    ],
)
def test_it_reads_how_long_to_wait(cluster: Cluster, status: int, headers: dict[str, str], seconds: float) -> None:
    rig = rig_at(cluster, cluster.settings("ingress"), watch=False)
    cluster.fail("list", status, **headers)

    with pytest.raises(ThrottledError) as told:
        rig.api.list(INGRESS)

    assert told.value.seconds == seconds


@pytest.mark.parametrize(("status", "error"), [(500, UnavailableError), (504, UnavailableError), (410, GoneError)])
def test_it_tells_a_server_in_trouble_from_a_refusal(cluster: Cluster, status: int, error: type[Exception]) -> None:
    rig = rig_at(cluster, cluster.settings("ingress"), watch=False)
    cluster.fail("list", status)
    with pytest.raises(error):
        rig.api.list(CERTIFICATE)


def test_a_server_that_is_slow_or_gone_is_unavailable(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_module, "TIMEOUT", (1, 0.2))
    rig = rig_at(cluster, cluster.settings("ingress"), watch=False)
    cluster.delay("list", 0.5)
    with pytest.raises(UnavailableError, match="timed out"):
        rig.api.list(INGRESS)
    cluster.kill()
    with pytest.raises(UnavailableError, match="can't be reached"):
        rig.api.list(INGRESS)


def test_it_lists_what_the_items_leave_out(cluster: Cluster) -> None:
    rig = rig_at(cluster, cluster.settings("ingress"), watch=False)
    for kind in (INGRESS, CERTIFICATE):
        cluster.change(kind.plural, "domain-1", metadata={"labels": labels(rig.configuration)})
        ((item,), _version) = rig.api.list(kind)
        assert (item["apiVersion"], item["kind"]) == (kind.api_version, kind.kind)
