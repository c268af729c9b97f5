"""How migrations run: before the new pods or beside them, once, and with what they need for as long as they need it."""

from __future__ import annotations

import pytest

from tests.deploy.rendering import (
    Manifest,
    containers,
    hooks_of,
    name_of,
    of_kind,
    pod_templates,
    rendered,
    rendered_text,
    value_set_of,
)

POLICY = "helm.sh/hook-delete-policy"
MINIMAL = ("--values", value_set_of("minimal"))
BY_JOB = ("--values", value_set_of("argo-cd"))


def migration(manifests: tuple[Manifest, ...]) -> Manifest:
    (job,) = of_kind(manifests, "Job")
    return job


def arguments(manifests: tuple[Manifest, ...]) -> list[str]:
    (container,) = migration(manifests)["spec"]["template"]["spec"]["containers"]
    assert container["command"] == ["django-admin", "migrate"]
    found: list[str] = container["args"]
    return found


def waiting(pod: Manifest) -> list[str]:
    return [each["name"] for each in pod["spec"].get("initContainers", []) if each["name"] == "wait-for-migrations"]


def test_an_error_ends_it_and_a_lost_node_does_not(manifests):
    for job in [*of_kind(manifests, "Job"), *(each["spec"]["jobTemplate"] for each in of_kind(manifests, "CronJob"))]:
        pod = job["spec"]["template"]["spec"]
        assert pod["restartPolicy"] == "Never", "a policy for failures needs it"
        disrupted, ended = job["spec"]["podFailurePolicy"]["rules"]
        assert disrupted == {
            "action": "Ignore",
            "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}],
        }
        assert ended["action"] == "FailJob"
        assert ended["onExitCodes"]["values"] == [1, 2]
        assert ended["onExitCodes"]["containerName"] == pod["containers"][0]["name"]
    assert migration(manifests)["spec"]["activeDeadlineSeconds"] > 0
    assert migration(manifests)["spec"]["backoffLimit"] > 0, "a pod that was killed otherwise is replaced"


def test_what_a_running_one_needs_is_never_taken_from_it(manifests):
    """Helm deletes hooks that succeeded, or that it stopped waiting for: policy and account would go first."""
    for manifest in manifests:
        if hooks_of(manifest) - {"test"}:
            assert manifest["metadata"]["annotations"][POLICY] == "before-hook-creation", name_of(manifest)


def test_a_release_that_brings_what_it_needs_has_no_hooks_and_its_pods_wait(manifests):
    brings = bool(of_kind(manifests, "ExternalSecret", "Cluster", "StatefulSet"))
    by_hook = bool(hooks_of(migration(manifests)))
    if brings:
        assert not by_hook
    for kind in ("ServiceAccount", "NetworkPolicy"):
        for manifest in of_kind(manifests, kind):
            if manifest["metadata"]["name"].endswith("-migration"):
                assert bool(hooks_of(manifest)) is by_hook, name_of(manifest)
    for workload in of_kind(manifests, "Deployment"):
        spec = workload["spec"]
        assert waiting(spec["template"]) == ([] if by_hook else ["wait-for-migrations"]), name_of(workload)
        patient = migration(manifests)["spec"]["activeDeadlineSeconds"] if not by_hook else 0
        if not name_of(workload).endswith("-domains"):
            assert spec["progressDeadlineSeconds"] == patient + 300, "a rollout that waits isn't stuck"


def test_pods_wait_as_the_role_that_they_run_as():
    for owner, pod in pod_templates(rendered(value_set_of("kind"))):
        for container in containers(pod):
            if container["name"] == "wait-for-migrations":
                own = containers(pod)[-1]
                given = {each["name"]: each["value"] for each in container["env"]}
                assert given["DATABASE_URL_FILE"] == "/run/secrets/bandstand/database-url", owner
                assert container["image"] == own["image"], owner
                assert container["volumeMounts"] == own["volumeMounts"], owner


def test_a_job_that_is_no_hook_is_kept_and_named_by_what_it_does():
    """Argo CD and Flux would make one again that deleted itself, and nobody can change one that is there."""

    def name(*settings: str) -> str:
        lines = rendered_text(*BY_JOB, "--show-only=templates/migration.yaml", *settings).splitlines()
        assert not any("ttlSecondsAfterFinished" in line or "helm.sh/hook" in line for line in lines)
        (found,) = [line for line in lines if "name: band-bandstand-migration-" in line]
        return found

    assert name() == name() == name("--set=web.replicas=7")
    assert len({name(), name("--set=images.tag=next"), name("--set=migration.generation=3")}) == 3


def test_a_hook_has_a_name_per_revision_and_goes_after_a_week():
    job = migration(rendered(value_set_of("minimal")))
    assert job["metadata"]["name"].endswith("-migration-1")
    assert job["spec"]["ttlSecondsAfterFinished"] == 7 * 86_400


def test_it_can_be_steered_by_values():
    assert arguments(rendered(value_set_of("minimal"))) == [
        "--wait-for-database=600",
        "--tolerate-failed=1",
        "--jobs=2",
        "--canary=0",
    ]
    assert arguments(rendered(value_set_of("argo-cd"))) == [
        "--wait-for-database=900",
        "--tolerate-failed=3",
        "--jobs=8",
        "--canary=5",
    ]
    text = rendered_text(*MINIMAL, "--set=migration.tenant=north", "--show-only=templates/migration.yaml")
    assert "--tenant=north" in text


@pytest.mark.parametrize("wanted", ["hook", "job"])
def test_hooks_can_be_switched_on_and_off(wanted):
    text = rendered_text(*MINIMAL, f"--set=migration.by={wanted}")
    assert ("helm.sh/hook: pre-install" in text) is (wanted == "hook")
    assert ("wait_for_migrations" in text) is (wanted == "job")
