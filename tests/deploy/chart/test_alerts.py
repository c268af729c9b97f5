"""Prometheus' own promtool reads the alerts, and acts out for each what it is for; a healthy installation is silent."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from tests.deploy.rendering import CHART, NAMESPACE, RELEASE, Manifest, of_kind, rendered, value_set_of
from tests.required_tools import require

NAME = f"{RELEASE}-bandstand"
DAY, HOUR = 1440, 60  # minutes; a series has a sample in each
LASTS = 3 * DAY

# What a healthy installation says of itself, as promtool writes samples: "value+change x times".
HEALTHY = {
    f'kube_deployment_status_replicas_available{{deployment="{NAME}-web"}}': f"2x{LASTS}",
    f'kube_deployment_status_replicas_unavailable{{deployment="{NAME}-worker-bulk"}}': f"0x{LASTS}",
    'bandstand_web_requests_total{audience="portal",status="2xx"}': f"0+1200x{LASTS}",
    'bandstand_web_requests_total{audience="portal",status="5xx"}': f"0+12x{LASTS}",
    'bandstand_web_requests_total{audience="backstage",status="5xx"}': f"0+1x{LASTS}",  # all there are, but few
    'bandstand_web_requests_total{audience="other",status="5xx"}': f"0+60x{LASTS}",  # of portals that are closed
    'bandstand_web_request_seconds_bucket{audience="portal",le="0.5"}': f"0+1140x{LASTS}",
    'bandstand_web_request_seconds_bucket{audience="portal",le="2.5"}': f"0+1150x{LASTS}",
    'bandstand_web_request_seconds_bucket{audience="portal",le="+Inf"}': f"0+1200x{LASTS}",
    'bandstand_web_request_seconds_count{audience="portal"}': f"0+1200x{LASTS}",
    'bandstand_web_request_seconds_bucket{audience="admin",le="0.5"}': f"0x{LASTS}",  # slow, but hardly asked for
    'bandstand_web_request_seconds_bucket{audience="admin",le="+Inf"}': f"0+5x{LASTS}",
    'bandstand_web_request_seconds_count{audience="admin"}': f"0+5x{LASTS}",
    'bandstand_web_request_seconds_bucket{audience="other",le="0.5"}': f"0x{LASTS}",  # passed on to another cell
    'bandstand_web_request_seconds_bucket{audience="other",le="+Inf"}': f"0+600x{LASTS}",
    'bandstand_web_request_seconds_count{audience="other"}': f"0+600x{LASTS}",
    'bandstand_web_database_waiting{database="default",pod="one"}': "0 3 0 2 " * (LASTS // 4),  # only ever for a moment
    'bandstand_web_database_timeouts_total{database="default"}': f"0x{HOUR} 2x{LASTS}",
    'bandstand_jobs_oldest_seconds{queue="default"}': f"4x{LASTS}",
    'bandstand_jobs_oldest_seconds{queue="bulk"}': f"3600x{LASTS}",
    "bandstand_jobs_slots{}": f"4x{LASTS}",
    'bandstand_jobs_observed_timestamp_seconds{pod="one"}': f"0+60x{LASTS}",
    'bandstand_jobs_failed{queue="default"}': f"3x{LASTS}",
    "bandstand_portals_behind{}": f"0x{LASTS}",
    f'kube_job_created{{job_name="{NAME}-migration-1"}}': f"1x{LASTS}",
    f'kube_job_failed{{job_name="{NAME}-migration-1",condition="true"}}': f"1x{LASTS}",
    f'kube_job_created{{job_name="{NAME}-migration-2"}}': f"_x60 3600x{LASTS}",
    f'kube_job_failed{{job_name="{NAME}-migration-2",condition="true"}}': f"_x60 0x{LASTS}",
    f'kube_job_complete{{job_name="{NAME}-migration-2",condition="true"}}': f"_x60 1x{LASTS}",
    'certmanager_certificate_expiration_timestamp_seconds{name="portals"}': f"{60 * 86_400}x{LASTS}",
    f'kubelet_volume_stats_available_bytes{{persistentvolumeclaim="{NAME}-database-1"}}': f"60x{LASTS}",
    f'kubelet_volume_stats_capacity_bytes{{persistentvolumeclaim="{NAME}-database-1"}}': f"100x{LASTS}",
    f'kubelet_volume_stats_available_bytes{{persistentvolumeclaim="{NAME}-media"}}': f"60x{LASTS}",
    f'kubelet_volume_stats_capacity_bytes{{persistentvolumeclaim="{NAME}-media"}}': f"100x{LASTS}",
    f'kubelet_volume_stats_available_bytes{{persistentvolumeclaim="data-{NAME}-valkey-0"}}': f"60x{LASTS}",
    f'kubelet_volume_stats_capacity_bytes{{persistentvolumeclaim="data-{NAME}-valkey-0"}}': f"100x{LASTS}",
    'certmanager_certificate_ready_status{name="portals",condition="True"}': f"1x{LASTS}",
    'certmanager_certificate_ready_status{name="portals",condition="False"}': f"0x{LASTS}",
    f'kube_statefulset_status_replicas_ready{{statefulset="{NAME}-valkey"}}': f"1x{LASTS}",
    f'cnpg_backends_total{{pod="{NAME}-database-1",usename="bandstand"}}': f"200x{LASTS}",
    f'cnpg_backends_total{{pod="{NAME}-database-1",usename="bandstand_owner"}}': f"4x{LASTS}",
    f'cnpg_pg_settings_setting{{pod="{NAME}-database-1",name="max_connections"}}': f"300x{LASTS}",
    f'cnpg_pg_settings_setting{{pod="{NAME}-database-1",name="work_mem"}}': f"4x{LASTS}",
}
for _job in ("backup", "backup-check"):  # just made; from the second night on they say when they succeeded last
    HEALTHY[f'kube_cronjob_created{{cronjob="{NAME}-{_job}"}}'] = f"0x{LASTS}"
    HEALTHY[f'kube_cronjob_status_last_successful_time{{cronjob="{NAME}-{_job}"}}'] = (
        f"_x{DAY} {DAY * 60}x{DAY} {2 * DAY * 60}x{DAY}"
    )


@dataclass(frozen=True)
class Fault:
    """What a broken installation says otherwise, when that is told, and in which words."""

    alert: str
    series: dict[str, str | None]  # None: the series isn't there
    after: int  # minutes; a minute earlier nobody is called
    summary: str
    labels: dict[str, str] = field(default_factory=dict)


def healthy(beginning: str) -> str:
    """Return the healthy series that begins so."""
    (found,) = [series for series in HEALTHY if series.startswith(beginning)]
    return found


FAULTS = [
    Fault(
        "BandstandWebDown",
        {healthy("kube_deployment_status_replicas_available"): f"2x10 0x{LASTS}"},
        after=13,
        summary="No web pod is ready: all portals are down",
        labels={"deployment": f"{NAME}-web"},
    ),
    Fault(
        "BandstandWebErrors",
        {healthy('bandstand_web_requests_total{audience="portal",status="5xx"'): f"0x10 120+120x{LASTS}"},
        after=18,
        summary="More than one in twenty requests to portal ends in an error",
        labels={"audience": "portal"},
    ),
    Fault(
        "BandstandWebSlow",
        {
            healthy(
                'bandstand_web_request_seconds_bucket{audience="portal",le="2.5"'
            ): f"0+1150x{HOUR} 69000+600x{LASTS}",
            healthy(
                'bandstand_web_request_seconds_bucket{audience="portal",le="0.5"'
            ): f"0+1140x{HOUR} 68400+600x{LASTS}",
        },
        after=HOUR + 11,
        summary="One in twenty requests to portal takes more than 2 seconds",
        labels={"audience": "portal"},
    ),
    *(
        Fault(
            "BandstandPoolExhausted",
            {healthy(series): values},
            after=after,
            summary="Requests wait for connections to default, or give up:"
            " web's pools are too small or PostgreSQL too slow",
            labels={"database": "default"},
        )
        for series, values, after in (
            ("bandstand_web_database_waiting", f"0x{HOUR} 1x{LASTS}", HOUR + 7),
            ("bandstand_web_database_timeouts", f"0x{HOUR} 20x{LASTS}", HOUR + 2),
        )
    ),
    Fault(
        "BandstandWorkloadDegraded",
        {healthy("kube_deployment_status_replicas_unavailable"): f"0x10 1x{LASTS}"},
        after=26,
        summary=f"{NAME}-worker-bulk lacks pods for 15 minutes",
        labels={"deployment": f"{NAME}-worker-bulk"},
    ),
    Fault(
        "BandstandQueueStuck",
        {healthy('bandstand_jobs_oldest_seconds{queue="default"'): f"0+60x{LASTS}"},
        after=11,
        summary="The oldest job of default has been due for more than five minutes",
        labels={"queue": "default"},
    ),
    Fault(
        "BandstandBulkLate",
        {healthy('bandstand_jobs_oldest_seconds{queue="bulk"'): f"0+60x{LASTS}"},
        after=151,
        summary="Bulk jobs are two hours late",
    ),
    Fault(
        "BandstandNoWorkers",
        {healthy("bandstand_jobs_slots"): f"4x10 0x{LASTS}"},
        after=16,
        summary="No worker process is registered",
    ),
    *(
        Fault(
            "BandstandDispatcherAbsent",
            {healthy("bandstand_jobs_observed"): values, **more},
            after=after,
            summary="No dispatcher reports current figures: jobs wait, and no other alert about them can be told",
        )
        for values, more, after in (
            (None, {}, 8),  # nobody ever reported; promtool's clock begins at 0, so that is old after two minutes
            (f"0+60x{HOUR} 3600x{LASTS}", {}, 68),  # it answers scrapes with old figures
            (f"0+60x{HOUR} stale", {}, 66),  # it answers no scrapes, and those that stand by have nothing to say
            (f"600+60x{LASTS}", {}, 5),  # its clock is ahead, and would hide how old its figures are
            (f"0+60x{HOUR} stale", {"bandstand_jobs_slots{}": None}, 66),  # whatever else there is or isn't
        )
    ),
    Fault(
        "BandstandJobsFail",
        {healthy("bandstand_jobs_failed"): f"3x{HOUR} 3+1x{LASTS}"},
        after=92,
        summary="More than 20 jobs of default were given up within an hour",
        labels={"queue": "default"},
    ),
    Fault(
        "BandstandJobsFail",  # half of them while one dispatcher is active, half after another took over
        {
            healthy("bandstand_jobs_failed"): None,
            'bandstand_jobs_failed{queue="default",pod="one"}': "0x60 0+1x12 stale",
            'bandstand_jobs_failed{queue="default",pod="two"}': f"_x74 14+1x12 26x{LASTS}",
        },
        after=91,
        summary="More than 20 jobs of default were given up within an hour",
        labels={"queue": "default"},
    ),
    Fault(
        "BandstandMigrationFailed",
        {
            f'kube_job_created{{job_name="{NAME}-migration-3"}}': f"_x120 7200x{LASTS}",
            f'kube_job_failed{{job_name="{NAME}-migration-3",condition="true"}}': f"_x125 1x{LASTS}",
        },
        after=126,
        summary="The last migration failed: the release before serves on, or waits",
    ),
    Fault(
        "BandstandPortalsClosed",
        {healthy("bandstand_portals_behind"): f"0x10 2x{LASTS}"},
        after=16,
        summary="2 portals couldn't be migrated and are closed; all others are served",
    ),
    Fault(
        "BandstandCertificateExpires",
        {healthy("certmanager_certificate_expiration"): f"{15 * 86_400}x{LASTS}"},
        after=DAY + HOUR + 1,
        summary="The certificate portals ends within 14 days and was not renewed",
        labels={"name": "portals"},
    ),
    Fault(
        "BandstandDatabaseFills",
        {
            healthy(
                f'kubelet_volume_stats_available_bytes{{persistentvolumeclaim="{NAME}-database'
            ): f"60-1x60 0x{LASTS}"
        },
        after=51 + 30,
        summary=f"The database's volume {NAME}-database-1 is over 90 % full",
        labels={"persistentvolumeclaim": f"{NAME}-database-1"},
    ),
    Fault(
        "BandstandBackupMissing",
        {
            healthy(
                f'kube_cronjob_status_last_successful_time{{cronjob="{NAME}-backup"'
            ): f"_x{DAY} {DAY * 60}x{2 * DAY}"
        },
        after=DAY + 26 * HOUR + 31,
        summary=f"{NAME}-backup has not succeeded for 26 hours: the last backups are older, or were not proven",
        labels={"cronjob": f"{NAME}-backup"},
    ),
    Fault(
        "BandstandCertificateMissing",
        {healthy('certmanager_certificate_ready_status{name="portals",condition="True"'): f"0x{LASTS}"},
        after=HOUR,
        summary="The certificate portals has not been issued for an hour",
        labels={"name": "portals", "condition": "True"},
    ),
    Fault(
        "BandstandVolumeFills",
        {healthy(f'kubelet_volume_stats_available_bytes{{persistentvolumeclaim="{NAME}-media'): f"60-1x60 0x{LASTS}"},
        after=51 + 30,
        summary=f"The volume {NAME}-media is over 90 % full",
        labels={"persistentvolumeclaim": f"{NAME}-media"},
    ),
    Fault(
        "BandstandVolumeFills",
        {healthy('kubelet_volume_stats_available_bytes{persistentvolumeclaim="data'): f"60-1x60 0x{LASTS}"},
        after=51 + 30,
        summary=f"The volume data-{NAME}-valkey-0 is over 90 % full",
        labels={"persistentvolumeclaim": f"data-{NAME}-valkey-0"},
    ),
    Fault(
        "BandstandConnectionsShort",
        {healthy(f'cnpg_backends_total{{pod="{NAME}-database-1",usename="bandstand"'): f"200+10x10 300x{LASTS}"},
        after=6 + 5,
        summary=f"{NAME}-database-1 has less than 15 % of its connections left",
        labels={"pod": f"{NAME}-database-1"},
    ),
    Fault(
        "BandstandValkeyDown",
        {healthy("kube_statefulset_status_replicas_ready"): f"1x10 0x{LASTS}"},
        after=13,
        summary="Valkey is down, and web with it",
        labels={"statefulset": f"{NAME}-valkey"},
    ),
    Fault(
        "BandstandBackupMissing",
        {healthy(f'kube_cronjob_status_last_successful_time{{cronjob="{NAME}-backup-check"'): None},
        after=26 * HOUR + 31,
        summary=f"{NAME}-backup-check has not succeeded for 26 hours: the last backups are older, or were not proven",
        labels={"cronjob": f"{NAME}-backup-check"},
    ),
]


@pytest.fixture
def rules(tmp_path: Path) -> dict[str, Manifest]:
    """The chart's alerts, in a file `rules.yaml` as well."""
    (made,) = of_kind(rendered(value_set_of("backups")), "PrometheusRule")
    (tmp_path / "rules.yaml").write_text(json.dumps(made["spec"]))
    return {rule["alert"]: rule for rule in made["spec"]["groups"][0]["rules"]}


def promtool(folder: Path, *arguments: str) -> None:
    done = subprocess.run(
        [require("promtool"), *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr


def acted_out(folder: Path, series: dict[str, str | None], expected: dict[tuple[int, str], list[Manifest]]) -> None:
    """Let promtool look at these series, and at what is told by then: by minute and alert."""
    input_series = [
        {"series": name.replace("{", f'{{namespace="{NAMESPACE}",').replace(",}", "}"), "values": values}
        for name, values in series.items()
        if values is not None
    ]
    asked = [
        {"eval_time": f"{minute}m", "alertname": alert, "exp_alerts": alerts}
        for (minute, alert), alerts in expected.items()
    ]
    test = {"interval": "1m", "input_series": input_series, "alert_rule_test": asked}
    sheet = {"rule_files": ["rules.yaml"], "evaluation_interval": "1m", "tests": [test]}
    (folder / "test.yaml").write_text(yaml.safe_dump(sheet))
    promtool(folder, "test", "rules", "test.yaml")


def test_nothing_is_told_while_all_is_well(tmp_path: Path, rules: dict[str, Manifest]):
    moments = range(0, LASTS, HOUR)
    acted_out(tmp_path, dict(HEALTHY), {(minute, alert): [] for minute in moments for alert in rules})


def test_nobody_is_called_when_another_dispatcher_takes_over(tmp_path: Path, rules: dict[str, Manifest]):
    observed = "bandstand_jobs_observed_timestamp_seconds"
    taken_over = {
        f'{observed}{{pod="one"}}': f"0+60x{HOUR} stale",
        f'{observed}{{pod="two"}}': f"_x{HOUR + 5} {(HOUR + 5) * 60}+60x{LASTS}",
    }
    acted_out(
        tmp_path,
        {**HEALTHY, **taken_over},
        {(minute, alert): [] for minute in range(HOUR, HOUR + 30) for alert in rules},
    )


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.alert}-{fault.after}")
def test_a_fault_is_told_when_it_has_lasted_and_not_before(fault: Fault, tmp_path: Path, rules: dict[str, Manifest]):
    rule = rules[fault.alert]
    # `max` and `sum` drop the namespace; what names a single object keeps it.
    summed_up = ("max", "time() - max", "abs(time() - (max", "delta(max", "sum by (audience)", "sum by (database)")
    kept = {} if rule["expr"].startswith((*summed_up, "histogram_quantile")) else {"namespace": NAMESPACE}
    told = {
        "exp_labels": {**rule["labels"], **fault.labels, **kept},
        "exp_annotations": {**rule["annotations"], "summary": fault.summary},
    }
    acted_out(
        tmp_path,
        {**HEALTHY, **fault.series},
        {(fault.after - 1, fault.alert): [], (fault.after, fault.alert): [told]},
    )


def test_each_alert_is_acted_out(rules: dict[str, Manifest]):
    assert {fault.alert for fault in FAULTS} == rules.keys()


def test_prometheus_understands_the_dashboard(tmp_path: Path):
    dashboard = json.loads((CHART / "dashboards/bandstand.json").read_text())
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    records = [{"record": f"panel:{number}", "expr": each} for number, each in enumerate(expressions)]
    (tmp_path / "panels.yaml").write_text(json.dumps({"groups": [{"name": "panels", "rules": records}]}))
    assert len(expressions) >= 10
    promtool(tmp_path, "check", "rules", "panels.yaml")
