"""The servers that everything stands on."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from bandstand.settings.variables.declaring import Variables, variable

POOLERS = ("off", "transaction")


@dataclass(frozen=True, kw_only=True)
class ServerVariables(Variables):
    """Database, its replica and pooler, Redis."""

    database_url: str = variable(
        secret=True,
        name="DATABASE_URL",
        about="PostgreSQL as the runtime role: postgresql://user:password@host:5432/name?sslmode=verify-full",
    )
    database_pooler: str = variable(
        default="off",
        name="BANDSTAND_DATABASE_POOLER",
        about="transaction when DATABASE_URL leads to a pooler such as PgBouncer in transaction mode, else off.",
    )
    database_direct_url: str = variable(
        default="",
        secret=True,
        name="BANDSTAND_DATABASE_DIRECT_URL",
        about="Behind such a pooler: PostgreSQL itself, as the runtime role, for the dispatcher, backups and the like.",
    )
    replica_url: str = variable(
        default="",
        secret=True,
        name="BANDSTAND_REPLICA_URL",
        about="A streaming replica of the same database, from which web makes visitors' pages; none if empty.",
    )
    citus: bool = variable(
        default=False,
        name="BANDSTAND_CITUS",
        about="Whether PostgreSQL is a Citus cluster over which jobs spread portals' schemas; true or false.",
    )
    redis_url: str = variable(
        secret=True, name="REDIS_URL", about="Redis or Valkey for cache and job transport: redis://host:6379/0"
    )
    page_cache_url: str = variable(
        default="",
        secret=True,
        name="PAGE_CACHE_URL",
        about="Redis or Valkey for pages, which throws old ones away when it is full; where REDIS_URL leads if empty.",
    )
    database_pool_size: int = variable(
        default=8, name="BANDSTAND_DATABASE_POOL_SIZE", about="Most database connections per process."
    )
    spare_schemas: int = variable(
        default=5,
        name="BANDSTAND_SPARE_SCHEMAS",
        about="Schemas kept ready for the next sign-ups; 0 builds each portal when it is wanted.",
    )
    pg_dump: str = variable(
        default="pg_dump", name="BANDSTAND_PG_DUMP", about="The pg_dump program, at least as new as the server."
    )

    def problems(self) -> list[str]:
        if self.database_pooler not in POOLERS:
            return [f"BANDSTAND_DATABASE_POOLER must be one of {', '.join(POOLERS)}."]
        if self.database_pooler == "transaction" and "options" in parse_qs(urlsplit(self.database_url).query):
            return ["DATABASE_URL has options, which a pooler refuses: leave them out, or BANDSTAND_DATABASE_POOLER."]
        if self.citus and self.replica_url:
            return ["BANDSTAND_REPLICA_URL has no rows of schemas that BANDSTAND_CITUS spread: unset one of them."]
        return []
