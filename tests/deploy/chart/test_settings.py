"""Containers get the variables that Bandstand reads, and secrets as files only."""

from __future__ import annotations

from dataclasses import fields

from bandstand.settings.environment import Environment
from tests.deploy.rendering import Manifest, containers, name_of, of_kind, pod_templates, rendered, saves, value_set_of

VARIABLES = {field.metadata["name"]: field.metadata for field in fields(Environment)}
# Read by libraries: HTTP clients, boto3, OpenSSL, libpq; and what ci/extras.yaml adds.
THEIRS = {"HTTPS_PROXY", "NO_PROXY", "AWS_ENDPOINT_URL_S3", "AWS_DEFAULT_REGION", "AWS_SHARED_CREDENTIALS_FILE"}
THEIRS |= {"SSL_CERT_FILE", "PGSSLROOTCERT", "PGSSLMODE", "AWS_CA_BUNDLE"}
OURS = {"web", "worker", "dispatcher", "reconciler", "migration", "backup", "proof", "wait-for-migrations"}
SECRETS = {name for name, about in VARIABLES.items() if about["secret"]}


def variables(container: Manifest) -> dict[str, str]:
    return {variable["name"]: variable["value"] for variable in container.get("env", [])}


def bandstands(manifests: tuple[Manifest, ...]) -> list[tuple[str, Manifest, Manifest]]:
    """Return owner, pod and container of all that runs Bandstand's code."""
    return [
        (owner, pod, container)
        for owner, pod in pod_templates(manifests)
        for container in containers(pod)
        if container["name"] in OURS
    ]


def test_it_sets_only_what_bandstand_reads(manifests):
    for owner, _pod, container in bandstands(manifests):
        for name in variables(container):
            assert name.removesuffix("_FILE") in VARIABLES or name in THEIRS, f"{owner}: {name}"


def test_it_sets_all_that_bandstand_requires(manifests):
    required = {name for name, about in VARIABLES.items() if type(about["default"]).__name__ == "_MISSING_TYPE"}
    for owner, _pod, container in bandstands(manifests):
        assert required <= {name.removesuffix("_FILE") for name in variables(container)}, owner


def test_secrets_come_as_files_that_are_mounted(manifests):
    for owner, pod, container in bandstands(manifests):
        (volume,) = [volume for volume in pod["spec"]["volumes"] if volume["name"] == "secrets"]
        paths = {
            f"/run/secrets/bandstand/{item['path']}"
            for source in volume["projected"]["sources"]
            for item in source["secret"]["items"]
        }
        files = {name: value for name, value in variables(container).items() if name.endswith("_FILE")}
        set_by_file = {name: value for name, value in files.items() if name != "SSL_CERT_FILE"}
        assert not SECRETS & variables(container).keys(), owner
        assert {name.removesuffix("_FILE") for name in set_by_file} <= {*SECRETS, "AWS_SHARED_CREDENTIALS"}, owner
        assert set(set_by_file.values()) == paths, owner


def test_nothing_else_carries_a_secret(manifests):
    """Unless operators say so: see test_extras.py."""
    assert of_kind(manifests, "Secret") == []
    for owner, _pod, container in bandstands(manifests):
        assert all("valueFrom" not in variable for variable in container["env"]), owner
        assert "envFrom" not in container, owner
        words = [*container.get("command", []), *container.get("args", [])]
        assert not any("://" in word and "@" in word for word in words), owner
    for config in of_kind(manifests, "ConfigMap"):
        assert not any(name in text for name in SECRETS for text in config["data"].values()), name_of(config)


def test_only_migrations_and_restores_see_the_owners_password(manifests):
    for owner, pod, _container in bandstands(manifests):
        (volume,) = [volume for volume in pod["spec"]["volumes"] if volume["name"] == "secrets"]
        keys = {item["key"] for source in volume["projected"]["sources"] for item in source["secret"]["items"]}
        if "migration" in owner or owner.endswith("-restore"):
            assert keys & {"migration-database-url", "uri"}
            assert "database-url" not in keys
        else:
            assert not keys & {"migration-database-url", "uri"}


def test_all_but_migrations_and_restores_may_go_through_a_pooler():
    for owner, _pod, container in bandstands(rendered(value_set_of("pooler"))):
        found = variables(container)
        migrates = "migration" in owner or owner.endswith("-restore")
        assert found.get("BANDSTAND_DATABASE_POOLER", "off") == ("off" if migrates else "transaction"), owner
        assert ("BANDSTAND_DATABASE_DIRECT_URL_FILE" in found) is not migrates, owner


def test_every_process_knows_its_cell_and_the_others():
    for owner, _pod, container in bandstands(rendered(value_set_of("cells"))):
        found = variables(container)
        assert found["BANDSTAND_CELL"] == "north", owner
        assert found["BANDSTAND_CELLS"] == "south=http://bandstand-web.south.svc,west=https://web.west.example.org"
        assert ("BANDSTAND_REPLICA_URL_FILE" in found) is owner.endswith("-web"), owner


def test_web_and_workers_stop_within_their_grace(manifests):
    for owner, pod, container in bandstands(manifests):
        grace = pod["spec"].get("terminationGracePeriodSeconds", 30)
        if container["name"] == "web":
            allowed = next(arg for arg in container["args"] if arg.startswith("--workers-kill-timeout="))
            pause = container["lifecycle"]["preStop"]["sleep"]["seconds"]
            assert grace >= pause + int(allowed.split("=")[1]), owner
        if container["name"] == "worker":
            assert grace >= int(variables(container)["BANDSTAND_WORKER_GRACE_SECONDS"]) + 10, owner


def test_long_running_containers_are_probed(manifests):
    for workload in of_kind(manifests, "Deployment", "StatefulSet"):
        for container in workload["spec"]["template"]["spec"]["containers"]:
            assert {"startupProbe", "livenessProbe"} <= container.keys(), name_of(workload)
            # Nobody calls these; one that stands by is as well as an active one.
            if container["name"] not in {"dispatcher", "reconciler"}:
                assert "readinessProbe" in container, name_of(workload)


def test_probes_name_no_portal_and_liveness_depends_on_nothing_else(manifests):
    for _owner, _pod, container in bandstands(manifests):
        if container["name"] == "web":
            assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
            assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
            assert all(
                "httpHeaders" not in container[probe]["httpGet"] for probe in ("livenessProbe", "readinessProbe")
            )


def test_every_queue_has_a_worker(manifests):
    served = {
        queue
        for _owner, _pod, container in bandstands(manifests)
        if container["name"] == "worker"
        for queue in variables(container)["BANDSTAND_WORKER_QUEUES"].split(",")
    }
    default = VARIABLES["BANDSTAND_WORKER_QUEUES"]["default"]
    assert served == set(default)


def test_a_new_generation_of_secrets_restarts_every_pod():
    for owner, pod in pod_templates(rendered(value_set_of("placement"))):
        if not owner.startswith("Pod/"):
            assert pod["metadata"]["annotations"]["bandstand/secrets-generation"] == "2026-11-23"


def test_backups_are_made_each_night_and_proven_each_morning():
    manifests = rendered(value_set_of("backups"))
    jobs = {job["metadata"]["name"]: job["spec"] for job in of_kind(manifests, "CronJob")}
    assert jobs.keys() == {"band-bandstand-backup", "band-bandstand-backup-check", "band-bandstand-restore"}
    commands = {}
    for name, spec in jobs.items():
        (container,) = containers(spec["jobTemplate"]["spec"]["template"])
        commands[name.removeprefix("band-bandstand-")] = container["command"]
        assert variables(container)["BANDSTAND_BACKUPS"] == "s3://bandstand-backups/portals"
        assert variables(container)["BANDSTAND_BACKUP_KEY_FILE"] == "/run/secrets/bandstand/backup-key"
        assert "/worker@" in container["image"] or "/worker:" in container["image"]
        assert spec["concurrencyPolicy"] == "Forbid"
    assert commands == {
        "backup": ["django-admin", "backup_all", "--keep-days", "30"],
        "backup-check": ["django-admin", "verify_backup", "--max-age-hours", "26", "--sample", "50"],
        "restore": ["django-admin", "restore_all"],
    }
    # Somebody has to ask for it, and it takes as long as it takes.
    by_hand = {name for name, spec in jobs.items() if spec["suspend"]}
    unlimited = {name for name, spec in jobs.items() if "activeDeadlineSeconds" not in spec["jobTemplate"]["spec"]}
    assert by_hand == unlimited == {"band-bandstand-restore"}


def test_only_backups_see_the_key_of_backups():
    for owner, _pod, container in bandstands(rendered(value_set_of("backups"))):
        assert ("BANDSTAND_BACKUP_KEY_FILE" in variables(container)) is saves(owner), owner


def test_files_in_a_bucket_need_no_volume_and_only_those_who_touch_them_have_its_keys():
    manifests = rendered(value_set_of("object-storage"))
    assert of_kind(manifests, "PersistentVolumeClaim") == []
    for owner, pod, container in bandstands(manifests):
        given = variables(container)
        assert given["BANDSTAND_MEDIA"] == "s3://bandstand/media"
        assert {volume["name"] for volume in pod["spec"]["volumes"]} == {"secrets", "tmp"}, owner
        touches_files = owner.endswith("-web") or "-worker-" in owner or saves(owner)
        assert ("AWS_ENDPOINT_URL_S3" in given) is touches_files, owner
        assert ("AWS_DEFAULT_REGION" in given) is touches_files, owner
        assert (given.get("AWS_SHARED_CREDENTIALS_FILE") == "/run/secrets/bandstand/object-storage") is touches_files


def test_without_a_bucket_web_workers_and_backups_share_a_volume():
    for owner, pod, container in bandstands(rendered(value_set_of("backups"))):
        mounted = any(
            mount["mountPath"] == variables(container)["BANDSTAND_MEDIA"] for mount in container["volumeMounts"]
        )
        shares = owner.endswith("-web") or "-worker-" in owner or saves(owner)
        assert mounted is shares, owner
        assert any("persistentVolumeClaim" in volume for volume in pod["spec"]["volumes"]) is shares, owner


def test_a_clouds_role_is_given_to_those_who_touch_files_alone():
    role = {"eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/bandstand-files"}
    accounts = {
        account["metadata"]["name"]: account["metadata"].get("annotations", {})
        for account in of_kind(rendered(value_set_of("cloud-roles")), "ServiceAccount")
    }
    having = {name.rsplit("-", 1)[1] for name, annotations in accounts.items() if annotations.items() >= role.items()}
    assert having == {"web", "worker"}
