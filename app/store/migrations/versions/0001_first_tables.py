"""The first tables: signals, merchants, incidents, the ledger of actions, the chain of events, knowledge, memory, conversations, notes."""

import sqlalchemy as sa
from alembic import op

from app.store.sql.columns import Json, UtcTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

FEEDABLE = sa.text("status IN ('AWAITING', 'DIAGNOSED', 'ESCALATED', 'MITIGATING', 'OPEN', 'VERIFYING')")

EDGES = (
    "PROPOSED>PENDING",
    "PENDING>APPROVED",
    "PENDING>EXPIRED",
    "PENDING>REJECTED",
    "PENDING>SUPERSEDED",
    "APPROVED>EXPIRED",
    "APPROVED>SENDING",
    "APPROVED>SUPERSEDED",
    "SENDING>EXECUTED",
    "SENDING>FAILED",
    "SENDING>IN_DOUBT",
    "SENDING>NOT_APPLIED",
    "IN_DOUBT>EXECUTED",
    "IN_DOUBT>FAILED",
    "EXECUTED>HARMED",
    "EXECUTED>INEFFECTIVE",
    "EXECUTED>UNDONE",
    "EXECUTED>VERIFIED",
    "VERIFIED>UNDONE",
    "INEFFECTIVE>UNDONE",
    "HARMED>UNDONE",
)

CONFIG_HISTORY = """
CREATE VIEW config_history AS
SELECT tenant_id, id, decided_by AS changed_by, approved_action AS changes, COALESCE(feedback, title) AS reason, incident_id,
    executed_at AS created_at
FROM healing_actions
WHERE effect IN ('merchant_setting', 'platform_setting') AND status IN ('EXECUTED', 'VERIFIED', 'INEFFECTIVE', 'HARMED', 'UNDONE')
"""

GUARDS = (
    """CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
    BEGIN SELECT RAISE(ABORT, 'events are never changed'); END""",
    """CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END""",
    f"""CREATE TRIGGER actions_move_along_the_table BEFORE UPDATE OF status ON healing_actions
    WHEN OLD.status <> NEW.status AND OLD.status || '>' || NEW.status NOT IN ({", ".join(repr(edge) for edge in EDGES)})
    BEGIN SELECT RAISE(ABORT, 'no action makes this move'); END""",
)

TABLES = (
    "chunks", "documents", "turns", "tenants", "steps", "signals", "patterns", "notes", "merchants", "memory_chunks", "incidents",
    "healing_actions", "evidence", "events",
)


def upgrade() -> None:
    """Apply."""
    op.create_table('documents',
        sa.Column('tenant_id', sa.String(length=63), nullable=False),
        sa.Column('id', sa.String(length=120), nullable=False),
        sa.Column('title', sa.Text(), nullable=False),
        sa.Column('trust', sa.String(length=16), nullable=False),
        sa.Column('body', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_documents'))
    )
    op.create_table('events',
        sa.Column('tenant_id', sa.String(length=63), nullable=False),
        sa.Column('seq', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('at', sa.String(length=27), nullable=False),
        sa.Column('kind', sa.String(length=120), nullable=False),
        sa.Column('subject', sa.Text(), nullable=False),
        sa.Column('principal', sa.Text(), nullable=False),
        sa.Column('payload', sa.Text(), nullable=False),
        sa.Column('prev_hash', sa.String(length=64), nullable=False),
        sa.Column('hash', sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint('tenant_id', 'seq', name=op.f('pk_events'))
    )
    op.create_index('ix_events_kind', 'events', ['tenant_id', 'kind', 'seq'], unique=False)
    op.create_index('ix_events_subject', 'events', ['tenant_id', 'subject', 'seq'], unique=False)
    op.create_table('evidence',
        sa.Column('tenant_id', sa.String(length=63), nullable=False),
        sa.Column('id', sa.String(length=64), nullable=False),
        sa.Column('incident_id', sa.String(length=64), nullable=False),
        sa.Column('body', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_evidence'))
    )
    op.create_index('ix_evidence_incident', 'evidence', ['tenant_id', 'incident_id'], unique=False)
    op.create_table('healing_actions',
        sa.Column('tenant_id', sa.String(length=63), nullable=False),
        sa.Column('id', sa.String(length=64), nullable=False),
        sa.Column('incident_id', sa.String(length=64), nullable=False),
        sa.Column('status', sa.String(length=16), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('digest', sa.String(length=64), nullable=False),
        sa.Column('request_digest', sa.String(length=64), nullable=False),
        sa.Column('effect', sa.String(length=32), nullable=True),
        sa.Column('title', sa.Text(), nullable=False),
        sa.Column('proposed_action', Json(), nullable=False),
        sa.Column('agl_decision', Json(), nullable=False),
        sa.Column('approved_action', Json(), nullable=True),
        sa.Column('proposed_at', UtcTime(), nullable=False),
        sa.Column('decided_at', UtcTime(), nullable=True),
        sa.Column('decided_by', sa.Text(), nullable=True),
        sa.Column('label', sa.Text(), nullable=True),
        sa.Column('feedback', sa.Text(), nullable=True),
        sa.Column('idempotency_key', sa.Text(), nullable=False),
        sa.Column('executed_at', UtcTime(), nullable=True),
        sa.Column('result', Json(), nullable=True),
        sa.Column('receipt', Json(), nullable=True),
        sa.Column('body', sa.Text(), nullable=False),
        sa.CheckConstraint("status IN ('PROPOSED', 'PENDING', 'APPROVED', 'REJECTED', 'EXPIRED', 'SUPERSEDED', 'SENDING', 'EXECUTED', 'NOT_APPLIED', 'FAILED', 'IN_DOUBT', 'VERIFIED', 'INEFFECTIVE', 'HARMED', 'UNDONE')", name=op.f('ck_healing_actions_status')),
        sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_healing_actions'))
    )
    op.create_index('ix_healing_actions_incident', 'healing_actions', ['tenant_id', 'incident_id'], unique=False)
    op.create_index('ix_healing_actions_proposed', 'healing_actions', ['tenant_id', 'proposed_at', 'id'], unique=False)
    op.create_index('ix_healing_actions_status', 'healing_actions', ['tenant_id', 'status', 'proposed_at'], unique=False)
    op.create_table('incidents',
        sa.Column('tenant_id', sa.String(length=63), nullable=False),
        sa.Column('id', sa.String(length=64), nullable=False),
        sa.Column('key', sa.Text(), nullable=False),
        sa.Column('type', sa.String(length=120), nullable=False),
        sa.Column('status', sa.String(length=16), nullable=False),
        sa.Column('detected_at', UtcTime(), nullable=False),
        sa.Column('resolved_at', UtcTime(), nullable=True),
        sa.Column('mttr_seconds', sa.Float(), nullable=True),
        sa.Column('metrics_snapshot', Json(), nullable=False),
        sa.Column('body', sa.Text(), nullable=False),
        sa.CheckConstraint("status IN ('OPEN', 'DIAGNOSED', 'AWAITING', 'MITIGATING', 'VERIFYING', 'RESOLVED', 'ESCALATED', 'CLOSED', 'MERGED', 'FAILED')", name=op.f('ck_incidents_status')),
        sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_incidents'))
    )
    op.create_index('ix_incidents_detected', 'incidents', ['tenant_id', 'detected_at', 'id'], unique=False)
    op.create_index('ix_incidents_key', 'incidents', ['tenant_id', 'key', 'detected_at'], unique=False)
    op.create_index('uq_incidents_feedable', 'incidents', ['tenant_id', 'key'], unique=True, sqlite_where=FEEDABLE, postgresql_where=FEEDABLE)
    op.create_table('memory_chunks',
        sa.Column('tenant_id', sa.String(length=63), nullable=False),
        sa.Column('id', sa.String(length=64), nullable=False),
        sa.Column('incident_id', sa.String(length=64), nullable=False),
        sa.Column('cause', sa.String(length=120), nullable=False),
        sa.Column('at', UtcTime(), nullable=False),
        sa.Column('type', sa.String(length=120), nullable=False),
        sa.Column('summary', sa.Text(), nullable=False),
        sa.Column('action', sa.Text(), nullable=False),
        sa.Column('outcome', sa.String(length=32), nullable=False),
        sa.Column('metrics_before', Json(), nullable=False),
        sa.Column('metrics_after', Json(), nullable=False),
        sa.Column('mttr', sa.Float(), nullable=True),
        sa.Column('body', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_memory_chunks'))
    )
    op.create_index('ix_memory_chunks_at', 'memory_chunks', ['tenant_id', 'at', 'id'], unique=False)
    op.create_index('ix_memory_chunks_cause', 'memory_chunks', ['tenant_id', 'cause', 'at'], unique=False)
    op.create_table('merchants',
        sa.Column('tenant_id', sa.String(length=63), nullable=False),
        sa.Column('id', sa.String(length=64), nullable=False),
        sa.Column('body', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_merchants'))
    )
    op.create_table('notes',
        sa.Column('tenant_id', sa.String(length=63), nullable=False),
        sa.Column('key', sa.String(length=200), nullable=False),
        sa.Column('value', Json(), nullable=False),
        sa.PrimaryKeyConstraint('tenant_id', 'key', name=op.f('pk_notes'))
    )
    op.create_table('patterns',
        sa.Column('tenant_id', sa.String(length=63), nullable=False),
        sa.Column('id', sa.String(length=64), nullable=False),
        sa.Column('impact_rank', sa.Float(), nullable=False),
        sa.Column('last_seen', UtcTime(), nullable=False),
        sa.Column('body', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_patterns'))
    )
    op.create_index('ix_patterns_seen', 'patterns', ['tenant_id', 'last_seen'], unique=False)
    op.create_table('signals',
        sa.Column('tenant_id', sa.String(length=63), nullable=False),
        sa.Column('id', sa.String(length=64), nullable=False),
        sa.Column('signal_type', sa.String(length=32), nullable=False),
        sa.Column('merchant_id', sa.String(length=64), nullable=True),
        sa.Column('occurred_at', UtcTime(), nullable=False),
        sa.Column('swept', sa.Boolean(), nullable=False),
        sa.Column('incident_id', sa.String(length=64), nullable=True),
        sa.Column('body', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_signals'))
    )
    op.create_index('ix_signals_incident', 'signals', ['tenant_id', 'incident_id', 'occurred_at', 'id'], unique=False)
    op.create_index('ix_signals_merchant', 'signals', ['tenant_id', 'merchant_id', 'occurred_at'], unique=False)
    op.create_index('ix_signals_time', 'signals', ['tenant_id', 'occurred_at', 'id'], unique=False)
    op.create_index('ix_signals_unswept', 'signals', ['tenant_id', 'occurred_at', 'id'], unique=False, sqlite_where=sa.column('swept').is_(sa.false()), postgresql_where=sa.column('swept').is_(sa.false()))
    op.create_table('steps',
        sa.Column('tenant_id', sa.String(length=63), nullable=False),
        sa.Column('incident_id', sa.String(length=64), nullable=False),
        sa.Column('seq', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('step', sa.String(length=64), nullable=False),
        sa.Column('at', UtcTime(), nullable=False),
        sa.Column('output', Json(), nullable=False),
        sa.PrimaryKeyConstraint('tenant_id', 'incident_id', 'seq', name=op.f('pk_steps'))
    )
    op.create_table('tenants',
        sa.Column('tenant_id', sa.String(length=63), nullable=False),
        sa.Column('kill_switch', sa.Boolean(), nullable=False),
        sa.Column('body', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('tenant_id', name=op.f('pk_tenants'))
    )
    op.create_table('turns',
        sa.Column('tenant_id', sa.String(length=63), nullable=False),
        sa.Column('conversation_id', sa.String(length=120), nullable=False),
        sa.Column('seq', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('body', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('tenant_id', 'conversation_id', 'seq', name=op.f('pk_turns'))
    )
    op.create_table('chunks',
        sa.Column('tenant_id', sa.String(length=63), nullable=False),
        sa.Column('id', sa.String(length=120), nullable=False),
        sa.Column('document_id', sa.String(length=120), nullable=False),
        sa.Column('position', sa.Integer(), nullable=False),
        sa.Column('body', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(['tenant_id', 'document_id'], ['documents.tenant_id', 'documents.id'], name=op.f('fk_chunks_documents')),
        sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_chunks'))
    )
    op.create_index('ix_chunks_document', 'chunks', ['tenant_id', 'document_id', 'position'], unique=False)
    op.execute(CONFIG_HISTORY)
    if op.get_bind().dialect.name == "sqlite":
        for guard in GUARDS:
            op.get_bind().exec_driver_sql(guard)


def downgrade() -> None:
    """Take back."""
    op.execute("DROP VIEW config_history")
    for table in TABLES:
        op.drop_table(table)
