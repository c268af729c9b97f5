"""Values that can't be meant are refused, in words that name them."""

from __future__ import annotations

import json

import pytest

from tests.deploy.rendering import CHART, NAMESPACE, RELEASE, run_helm, value_set_of


@pytest.mark.parametrize(
    ("setting", "named"),
    [
        ("--set=web.replicaz=3", "replicaz"),
        ("--set=surprise=1", "surprise"),
        ("--set=worker.urgent.replicas=1", "urgent"),
        ("--set=images.tag=20261123", "/images/tag"),
        ("--set=images.registry=", "/images/registry"),
        ("--set=images.webDigest=sha256:short", "/images/webDigest"),
        ("--set=images.pullPolicy=Sometimes", "/images/pullPolicy"),
        ("--set=publicUrl=http://bands.example.org", "/publicUrl"),
        ("--set=publicUrl=https://*.example.org", "/publicUrl"),
        ("--set=publicUrl=", "/publicUrl"),
        ("--set=backups.location=/var/backups", "/backups/location"),
        ("--set=backups.schedule=nightly", "/backups/schedule"),
        ("--set=backups.enabled=true", "secrets.keys.backupKey"),
        ("--set=settings.securityContact=security@example.org", "/settings/securityContact"),
        ("--set=cells.name=North", "/cells/name"),
        ("--set=cells.others.south=http://south.example/path", "/cells/others/south"),
        ("--set=cells.others.South=http://south.example", "South"),
        ("--set=cells.others.south=http://south.example", "cells.name names this cell"),
        ('--set-json=cells={"name":"south","others":{"south":"http://south.example"}}', "cells.name names this cell"),
        ("--set=cells.nam=north", "nam"),
        ("--set=networkPolicy.egress.replica.ports={0}", "/networkPolicy/egress/replica/ports/0"),
        ("--set=settings.databasePooler=session", "/settings/databasePooler"),
        ("--set=settings.databasePooler=transaction", "secrets.keys.directDatabaseUrl"),
        ("--set=migration.by=magic", "/migration/by"),
        ("--set=migration.by=hook,valkey.enabled=true", "set migration.by to job or auto"),
        ("--set=migration.jobs=0", "/migration/jobs"),
        ("--set=migration.tenant=--fake", "/migration/tenant"),
        ("--set=web.replicas=0", "/web/replicas"),
        ("--set-string=web.replicas=2", "/web/replicas"),
        ("--set=web.resources.requests.memory=lots", "/web/resources/requests/memory"),
        ("--set=web.resources.limits.gpu=1", "gpu"),
        ("--set=web.disruptionBudget.maxUnavailable=0", "/web/disruptionBudget/maxUnavailable"),
        ("--set=worker.bulk.autoscaling.by=magic", "/worker/bulk/autoscaling/by"),
        ("--set=worker.bulk.autoscaling.minReplicas=11", "minReplicas is larger"),
        ("--set=worker.bulk.enabled=false", "No worker serves the queue bulk"),
        ("--set=worker.others.mailing.replicas=2", "queues"),
        ("--set=worker.others.mailing.queues={mail}", "/worker/others/mailing/queues/0"),
        ("--set=worker.others.bulk.queues={bulk}", "bulk"),
        (
            "--set=web.pod.extraEnv[0].name=DATABASE_URL,web.pod.extraEnv[0].value=postgresql://x",
            "/web/pod/extraEnv/0/name",
        ),
        (
            "--set=pods.extraVolumes[0].name=secrets,pods.extraVolumes[0].emptyDir.medium=Memory",
            "/pods/extraVolumes/0/name",
        ),
        ("--set=pods.sidecars[0].name=web,pods.sidecars[0].image=proxy:1", "/pods/sidecars/0/name"),
        ("--set=pods.sidecars[0].name=proxy", "image"),
        ("--set=web.pod.hostNetwork=true", "hostNetwork"),
        ("--set=web.probes.liveness.httpGet.path=/", "httpGet"),
        ("--set=web.autoscaling.behavior.faster=true", "faster"),
        ("--set=service.type=ExternalName", "/service/type"),
        ("--set=caBundle.configMap=a,caBundle.secret=b", "set one of caBundle.configMap and caBundle.secret"),
        ("--set=extraObjects[0].kind=ConfigMap", "apiVersion"),
        ("--set=extraObjects[0]=a: b: c", "extraObjects is no YAML"),
        ("--set=settings.extra.DATABASE_URL=postgresql://x", "DATABASE_URL"),
        ("--set=settings.logLevel=LOUD", "/settings/logLevel"),
        ("--set=pods.userId=0", "/pods/userId"),
        ("--set=gateway.enabled=true", "/gateway/parentRefs"),
        ("--set=certificate.enabled=true", "/certificate/issuerRef/name"),
        ("--set=customDomains.enabled=true", "/customDomains/issuerRef/name"),
        ('--set-json=customDomains={"enabled":true,"issuerRef":{"name":"a"}}', "customDomains needs a way in"),
        ("--set=customDomains.dnsResolvers={dns.google}", "/customDomains/dnsResolvers/0"),
        ("--set=externalSecrets.enabled=true", "/externalSecrets"),
        ("--set=cloudnativePG.backup.enabled=true", "/cloudnativePG/backup/destinationPath"),
        ("--set=cloudnativePG.recovery.enabled=true", "/cloudnativePG/recovery/serverName"),
        ("--set=cloudnativePG.recovery.targetTime=yesterday", "/cloudnativePG/recovery/targetTime"),
        ("--set=cloudnativePG.recovery.enabled=true,cloudnativePG.recovery.serverName=a", "the place of the backups"),
        (
            '--set-json=cloudnativePG={"name":"a","recovery":{"enabled":true,"serverName":"a","destinationPath":"s3://b"}}',
            "a name other than recovery.serverName",
        ),
        (
            "--set=cloudnativePG.enabled=true,cloudnativePG.pooler.enabled=true",
            "set settings.databasePooler to transaction",
        ),
        ("--set=networkPolicy.egress.database.ports={70000}", "/networkPolicy/egress/database/ports/0"),
        ("--set=networkPolicy.webFrom[0].pods=all", "pods"),
        ("--set=monitoring.serviceMonitor.enabled=true", "monitoring.enabled"),
        ("--set=mediaHost=https://files.example.net", "/mediaHost"),
        ("--set=settings.citus=true,secrets.keys.replicaUrl=replica-url", "A read replica has no rows"),
        ("--set=mediaHost=bands.example.org", "a host of its own"),
        ("--set=media.accessMode=ReadOnlyMany", "/media/accessMode"),
        ("--set=media.location=/var/lib/media", "/media/location"),
        ('--set-json=media={"location":"s3://a/b","existingClaim":"files"}', "a bucket or to a volume"),
        ('--set-json=media={"serviceAccountAnnotations":{"a":"b"}}', "media.location"),
        ("--set=objectStorage.endpoint=minio:9000", "/objectStorage/endpoint"),
        (
            '--set-json={"ingress":{"enabled":true},"gateway":{"enabled":true,"parentRefs":[{"name":"g"}]}}',
            "not by both",
        ),
    ],
)
def test_it_refuses(setting: str, named: str):
    arguments = ["--namespace", NAMESPACE, "--values", value_set_of("minimal"), setting]
    done = run_helm("template", RELEASE, CHART, *arguments)
    assert done.returncode != 0
    assert named in done.stderr


def test_it_refuses_an_older_kubernetes():
    done = run_helm("template", RELEASE, CHART, "--values", value_set_of("minimal"), "--kube-version", "v1.31.0")
    assert "1.32" in done.stderr


def test_without_any_values_it_says_what_it_needs():
    done = run_helm("template", RELEASE, CHART)
    assert "publicUrl" in done.stderr
    assert "/images/registry" in done.stderr


# Parts of pods and other objects that are Kubernetes' to check.
KUBERNETES_OWN = {
    *("container", "extraVolumes", "extraVolumeMounts", "valueFrom", "configMapRef", "secretRef"),
    *("nodeAffinity", "podAffinity", "podAntiAffinity", "topologySpreadConstraints", "options", "hostAliases"),
    *("scaleUp", "scaleDown", "extraMetrics", "extraEgress", "extraObjects"),
}


def test_the_schema_is_closed_throughout():
    schema = json.loads((CHART / "values.schema.json").read_text())
    open_on_purpose = {"global", "tolerations"} | KUBERNETES_OWN

    def visit(part: object, name: str) -> None:
        if isinstance(part, list):
            for item in part:
                visit(item, name)
        if not isinstance(part, dict):
            return
        if part.get("type") == "object" and name not in open_on_purpose:
            selectors = {"podSelector", "namespaceSelector", "ipBlock"}
            assert "additionalProperties" in part or name in selectors, name
        for key, inner in part.items():
            for child, value in inner.items() if key in {"properties", "$defs"} else ():
                visit(value, child)
            if key in {"items", "anyOf"}:
                visit(inner, name)

    visit(schema, "values")
