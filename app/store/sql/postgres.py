"""What only PostgreSQL needs: a lock per tenant, row-level security, and an application role that cannot touch what was
written.

Whoever logs in, every transaction runs as the role `causeway_app`, which owns nothing: it sees one tenant's rows and
may neither change nor delete an event. A login that may not make roles works as the owner, whom FORCE ROW LEVEL
SECURITY binds too.
"""

import hashlib
from contextlib import AbstractContextManager

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.engine import URL

from app.domain.action_states import ACTION_MOVES
from app.domain.base import Json
from app.store.sql.tables import OF_NO_TENANT, metadata

ROLE = "causeway_app"
EVERY_TENANT = "*"
"""No tenant can be called that; the store's own functions see all rows by it."""
CONNECTIONS = 10
IDLE_SHARE = 0.5
"""How much of a waiting writer's patience one that has fallen silent may use up: then the server ends it, and its
tenant goes on.
"""


class Postgres:
    """A server, many processes, one writer at a time in a tenant."""

    one_writer = False

    def __init__(self, url: URL, busy_seconds: float) -> None:
        self.place = f"{url.host or 'a local socket'}/{url.database}"
        self._url = url.set(drivername="postgresql+psycopg")
        self._busy = busy_seconds
        self._role: str | None = None

    def prepare(self) -> None:
        """Nothing to refuse before the server is asked."""

    def hold(self) -> None:
        """Nothing: its files are the server's."""

    def looking(self, reading: Engine) -> AbstractContextManager[Connection]:
        """A connection to look at what is there: the server has no memory of its own for each of them."""
        return reading.connect()

    def writing(self) -> Engine:
        """The engine of writing transactions: each statement sees what was committed before the tenant's
        lock was ours.
        """
        return self._engine("READ COMMITTED", readonly=False)

    def reading(self) -> Engine:
        """The engine of views: one snapshot, and it cannot write."""
        return self._engine("REPEATABLE READ", readonly=True)

    def enter(self, connection: Connection, tenant_id: str, *, write: bool) -> None:
        """Take the application's role and the tenant for this transaction; a writer also takes the tenant's lock."""
        if self._role is None:
            self._role = _usable_role(connection)
        settings = {"app.tenant": tenant_id, "lock_timeout": f"{int(self._busy * 1000)}ms"} | (
            {"role": self._role} if self._role else {}
        )
        if write:
            settings["idle_in_transaction_session_timeout"] = f"{int(self._busy * IDLE_SHARE * 1000)}ms"
        chosen = ", ".join(f"set_config('{name}', :s{number}, true)" for number, name in enumerate(settings))
        connection.execute(
            text(f"SELECT {chosen}"), {f"s{number}": value for number, value in enumerate(settings.values())}
        )
        if write:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": lock_key(tenant_id)})

    def claim_schema(self, connection: Connection) -> None:
        """Keep other processes out while the schema is looked at and changed."""
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": lock_key("schema of the store")})

    def protect(self, connection: Connection) -> None:
        """Role, grants, row-level security and the triggers, as they must be after any migration; repeating it changes
        nothing.
        """
        connection.execute(text(_MAKE_ROLE))
        self._role = _usable_role(connection)
        for statement in _protection_statements(granted=_role_exists(connection)):
            connection.execute(text(statement))

    def take_over(self, connection: Connection) -> None:
        """Nothing to do: other processes may hold leases, and those of a dead one run out."""

    def settle(self, writing: Engine) -> None:
        """Nothing to do: a server keeps its own files."""

    def tidy(self, writing: Engine) -> None:
        """Nothing to do: a server vacuums by itself."""

    def traits(self, connection: Connection) -> dict[str, Json]:
        """What /health/db says about this database."""
        return {"version": connection.execute(text("SHOW server_version")).scalar_one(), "role": self._role or "owner"}

    def _engine(self, isolation: str, *, readonly: bool) -> Engine:
        return create_engine(
            self._url,
            isolation_level=isolation,
            execution_options={"postgresql_readonly": readonly},
            pool_size=CONNECTIONS,
            max_overflow=CONNECTIONS,
            pool_timeout=self._busy,
            pool_pre_ping=True,
            connect_args={"connect_timeout": 10},
        )


def lock_key(name: str) -> int:
    """The number of an advisory lock: one per name."""
    return int.from_bytes(hashlib.sha256(f"causeway:{name}".encode()).digest()[:8], "big", signed=True)


def _role_exists(connection: Connection) -> bool:
    return connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": ROLE}).scalar() is not None


def _usable_role(connection: Connection) -> str:
    """The application's role when there is one this login may take; else nothing, and it works as what it is."""
    asked = text("SELECT pg_has_role(current_user, oid, 'MEMBER') FROM pg_roles WHERE rolname = :role")
    return ROLE if connection.execute(asked, {"role": ROLE}).scalar() else ""


_MAKE_ROLE = f"""
DO $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}') THEN
        CREATE ROLE {ROLE} NOLOGIN;
        EXECUTE format('GRANT {ROLE} TO %I', current_user);
    END IF;
EXCEPTION WHEN insufficient_privilege OR duplicate_object OR unique_violation THEN NULL;
END $$
"""

_EDGES = sorted(f"{source.value}>{target.value}" for source, targets in ACTION_MOVES.items() for target in targets)

_GUARDS = (
    """CREATE OR REPLACE FUNCTION causeway_never() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'events are never changed and never deleted'
        USING ERRCODE = 'integrity_constraint_violation'; END $$""",
    f"""CREATE OR REPLACE FUNCTION causeway_moves() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN
        IF OLD.status <> NEW.status AND OLD.status || '>' || NEW.status NOT IN
            ({", ".join(repr(edge) for edge in _EDGES)}) THEN
            RAISE EXCEPTION 'no action makes this move' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$""",
    (
        "CREATE OR REPLACE TRIGGER events_are_kept BEFORE UPDATE OR DELETE ON events FOR EACH ROW EXECUTE FUNCTION"
        " causeway_never()"
    ),
    (
        "CREATE OR REPLACE TRIGGER events_stay BEFORE TRUNCATE ON events FOR EACH STATEMENT EXECUTE FUNCTION"
        " causeway_never()"
    ),
    """CREATE OR REPLACE TRIGGER actions_move_along_the_table BEFORE UPDATE OF status ON healing_actions
    FOR EACH ROW EXECUTE FUNCTION causeway_moves()""",
)

_GRANT_REPORTS = f"""
DO $$ BEGIN
    IF to_regnamespace('reports') IS NOT NULL THEN
        GRANT USAGE ON SCHEMA reports TO {ROLE};
        GRANT SELECT ON ALL TABLES IN SCHEMA reports TO {ROLE};
    END IF;
END $$
"""
_OWN_ROWS = "tenant_id = nullif(current_setting('app.tenant', true), '') OR current_setting('app.tenant', true) = '*'"


def _protection_statements(*, granted: bool) -> list[str]:
    tables = [table.name for table in metadata.sorted_tables]
    statements = list(_GUARDS)
    for name in tables:
        if name not in OF_NO_TENANT:
            statements += [
                f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY",
                f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY",
                f"DROP POLICY IF EXISTS own_rows ON {name}",
                f"CREATE POLICY own_rows ON {name} USING ({_OWN_ROWS}) WITH CHECK ({_OWN_ROWS})",
            ]
    return statements + (_grant_statements(tables) if granted else [])


def _grant_statements(tables: list[str]) -> list[str]:
    """What the application may do: everything it does with its rows, and with events nothing but read and append."""
    every = [
        f"GRANT SELECT, INSERT{'' if name == 'events' else ', UPDATE, DELETE'} ON {name} TO {ROLE}" for name in tables
    ]
    return [
        f"GRANT USAGE ON SCHEMA public TO {ROLE}",
        *every,
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {ROLE}",
        f"GRANT SELECT ON config_history, policy_packs, domain_packs, playbooks, tools TO {ROLE}",
        f"GRANT SELECT ON causeway_revision TO {ROLE}",
        _GRANT_REPORTS,
    ]
