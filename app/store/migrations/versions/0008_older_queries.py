"""What the queries of older systems ask for, under the names they ask by: on PostgreSQL views in a schema `reports`, on
SQLite views called `reports_...`, which `python -m app sql` shows under the plain names.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INCIDENTS = """
SELECT tenant_id, id, id AS incident_id, type, type AS incident_type, {time:detected_at} AS detected_at,
    {time:detected_at} AS created_at, {time:resolved_at} AS resolved_at,
    CASE WHEN status IN ('OPEN', 'DIAGNOSED', 'AWAITING') THEN 'OPEN'
        WHEN status IN ('MITIGATING', 'VERIFYING') THEN 'MITIGATING'
        WHEN status IN ('ESCALATED', 'FAILED') THEN 'FAILED'
        WHEN status = 'CLOSED' AND resolved_at IS NOT NULL THEN 'RESOLVED'
        ELSE status END AS status,
    status AS stands, metrics_snapshot, mttr_seconds
FROM {table:incidents}
"""

ACTIONS = """
SELECT tenant_id, id, id AS action_id, incident_id, {time:proposed_at} AS created_at, proposed_action,
    {json:proposed_action.tool} AS action_type,
    CASE WHEN status IN ('PROPOSED', 'PENDING') THEN NULL
        WHEN status IN ('REJECTED', 'EXPIRED', 'SUPERSEDED') THEN 'DENIED'
        WHEN version > 1 THEN 'MODIFIED'
        ELSE 'APPROVED' END AS agl_decision,
    approved_action, {time:executed_at} AS executed_at,
    CASE WHEN status IN ('EXECUTED', 'VERIFIED') THEN 'SUCCESS'
        WHEN status IN ('FAILED', 'INEFFECTIVE', 'HARMED', 'UNDONE') THEN 'FAIL' END AS result,
    COALESCE(feedback, title) AS reasoning, status, status AS stands
FROM {table:healing_actions}
"""

CONFIG_HISTORY = """
SELECT tenant_id, id, id AS config_id, changed_by, changes, reason, incident_id, {time:created_at} AS created_at
FROM {table:config_history}
"""

MEMORY = """
SELECT tenant_id, id, id AS memory_id, incident_id, type, type AS incident_type, summary, summary AS incident_summary,
    action, action AS action_taken, outcome, metrics_before, metrics_after, mttr, mttr AS mttr_seconds,
    {time:at} AS created_at
FROM {table:memory_chunks}
"""

VIEWS = {"incidents": INCIDENTS, "healing_actions": ACTIONS, "config_history": CONFIG_HISTORY, "memory_chunks": MEMORY}

OWN_ROWS = "tenant_id = nullif(current_setting('app.tenant', true), '') OR current_setting('app.tenant', true) = '*'"
"""The rows of the tenant of the session, as row-level security has it; also for an owner whom that does not bind."""


class _Words:
    """How one database says what the views need."""

    def __init__(self, kind: str, served: bool) -> None:
        self._kind = kind
        self._served = served

    def __format__(self, name: str) -> str:
        if self._kind == "table":
            return f"public.{name}" if self._served else name
        if self._kind == "time":
            return f"CAST({name} AS timestamptz)" if self._served else name
        column, key = name.split(".")
        return f"CAST({column} AS json) ->> '{key}'" if self._served else f"json_extract({column}, '$.{key}')"


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind()
    served = connection.dialect.name == "postgresql"
    if served:
        connection.execute(sa.text("CREATE SCHEMA IF NOT EXISTS reports"))
    words = {kind: _Words(kind, served) for kind in ("table", "time", "json")}
    for name, asked in VIEWS.items():
        body = asked.format(**words)
        connection.exec_driver_sql(
            f"CREATE VIEW reports.{name} AS {body} WHERE {OWN_ROWS}"
            if served
            else f"CREATE VIEW reports_{name} AS {body}"
        )


def downgrade() -> None:
    """Take back."""
    served = op.get_bind().dialect.name == "postgresql"
    for name in VIEWS:
        op.execute(f"DROP VIEW reports.{name}" if served else f"DROP VIEW reports_{name}")
    if served:
        op.execute("DROP SCHEMA reports")
