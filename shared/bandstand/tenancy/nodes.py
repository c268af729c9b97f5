"""Which node of a Citus cluster has a schema's rows, and which nodes don't answer. Without a cluster there is none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import OperationalError, transaction

from bandstand.database.connection import connection

_PATIENCE = "5s"  # for a node's answer
# Reads the coordinator's catalog alone, so it answers while nodes don't.
_PLACEMENTS = """
    SELECT n.nspname, node.nodename || ':' || node.nodeport
    FROM pg_dist_schema s
    JOIN pg_namespace n ON n.oid = s.schemaid
    CROSS JOIN LATERAL (
        SELECT place.groupid
        FROM pg_dist_partition part
        JOIN pg_dist_shard shard ON shard.logicalrelid = part.logicalrelid
        JOIN pg_dist_placement place ON place.shardid = shard.shardid
        WHERE part.colocationid = s.colocationid LIMIT 1
    ) AS placed
    JOIN pg_dist_node node ON node.groupid = placed.groupid AND node.noderole = 'primary'
"""
_NODES = """
    SELECT nodename, nodeport FROM pg_dist_node
    WHERE groupid <> 0 AND isactive AND noderole = 'primary' ORDER BY nodename, nodeport
"""


def placements() -> dict[str, str]:
    """Return the node, as `host:port`, of each schema that is spread. One query."""
    if not settings.CITUS:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_PLACEMENTS)
        return dict(cursor.fetchall())


def silent_nodes() -> list[str]:
    """Return the nodes that the coordinator can't connect to, as `host:port`; asks for 5 seconds each."""
    if not settings.CITUS:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_NODES)
        nodes = list(cursor.fetchall())
    return [f"{host}:{port}" for host, port in nodes if not _answers(host, port)]


def schemas_out_of_reach() -> dict[str, str]:
    """Return the schemas whose node doesn't answer, and that node."""
    silent = silent_nodes()
    return {schema: node for schema, node in placements().items() if node in silent} if silent else {}


@contextmanager
def built_on_the_coordinator() -> Iterator[None]:
    """Tell the nodes nothing of what is built in the block: jobs spread it later, also when a node comes back by then.

    Call it inside a transaction.
    """
    if not settings.CITUS:
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL citus.enable_ddl_propagation = off")
        yield
        cursor.execute("SET LOCAL citus.enable_ddl_propagation = on")


def _answers(host: str, port: int) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = '{_PATIENCE}'")
            cursor.execute("SELECT citus_check_connection_to_node(%s, %s)", [host, port])
            return bool(cursor.fetchone()[0])
    except OperationalError:
        return False
