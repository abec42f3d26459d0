"""Every table of the store. Each has `tenant_id` first in its primary key (but for the two of the installation as a
whole); whole values are JSON in `body` or in a named column.

A column beside the body exists because it is queried, guarded, or documented for others (incidents, healing_actions,
memory_chunks and the view config_history). Views and triggers are the migrations' alone.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    column,
    false,
)
from sqlalchemy.schema import SchemaItem

from app.domain.action_states import ActionStatus
from app.domain.incidents import FEEDABLE, IncidentStatus
from app.store.sql.columns import Json, UtcTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _one_of(name: str, words: type[ActionStatus] | type[IncidentStatus]) -> str:
    return f"{name} IN ({', '.join(repr(word.value) for word in words)})"


def _of_tenant(name: str, *parts: SchemaItem, **options: Any) -> Table:
    """A table of rows that belong to tenants: the tenant comes first in its primary key."""
    return Table(name, metadata, Column("tenant_id", String(63), primary_key=True), *parts, **options)


_FEEDABLE = column("status").in_(sorted(status.value for status in FEEDABLE))
_UNSWEPT = column("swept").is_(false())
_JOINED = column("incident_id").is_not(None)
_ASIDE = column("aside_at").is_not(None)
_UNCOUNTED = column("counted").is_(false())

tenants = _of_tenant(
    "tenants",
    Column("kill_switch", Boolean, nullable=False),
    Column("body", Text, nullable=False),
)

signals = _of_tenant(
    "signals",
    Column("id", String(64), primary_key=True),
    Column("signal_type", String(32), nullable=False),
    Column("merchant_id", String(64)),
    Column("occurred_at", UtcTime, nullable=False),
    Column("swept", Boolean, nullable=False, default=False),
    Column("incident_id", String(64)),
    Column("body", Text, nullable=False),
    Column("arrived", Float(53)),
    Column("aside_at", UtcTime),
    Column("aside_reason", Text),
    Column("counted", Boolean, nullable=False, server_default=false()),
    Index("ix_signals_time", "tenant_id", "occurred_at", "id"),
    Index("ix_signals_type", "tenant_id", "signal_type", "occurred_at", "id"),
    Index("ix_signals_merchant", "tenant_id", "merchant_id", "occurred_at"),
    Index(
        "ix_signals_incident",
        "tenant_id",
        "incident_id",
        "occurred_at",
        "id",
        sqlite_where=_JOINED,
        postgresql_where=_JOINED,
    ),
    Index("ix_signals_unswept", "tenant_id", "occurred_at", "id", sqlite_where=_UNSWEPT, postgresql_where=_UNSWEPT),
    Index("ix_signals_arrived", "tenant_id", "arrived", sqlite_where=_UNSWEPT, postgresql_where=_UNSWEPT),
    Index("ix_signals_aside", "tenant_id", "aside_at", sqlite_where=_ASIDE, postgresql_where=_ASIDE),
    Index(
        "ix_signals_uncounted", "tenant_id", "occurred_at", "id", sqlite_where=_UNCOUNTED, postgresql_where=_UNCOUNTED
    ),
)

rollups = _of_tenant(
    "rollups",
    Column("slot", Integer, primary_key=True, autoincrement=False),
    Column("stream", Integer, primary_key=True, autoincrement=False),
    Column("merchant", Integer, primary_key=True, autoincrement=False),
    Column("count", Float(53), nullable=False),
    Column("exposure", Float(53), nullable=False),
    Column("value", Float(53), nullable=False),
    sqlite_with_rowid=False,
)
"""Streams and merchants are numbers of rollup_names: a cell takes 24 bytes and not 83, which there are millions of."""

rollup_names = _of_tenant(
    "rollup_names",
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Index("uq_rollup_names_name", "tenant_id", "name", unique=True),
)

rollup_slots = _of_tenant(
    "rollup_slots",
    Column("slot", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    Column("merged", Boolean, nullable=False),
    Index("ix_rollup_slots_version", "tenant_id", "version"),
)
"""When each slot changed last; `merged` once its cells lie in the first slot of their hour."""

awaited = _of_tenant(
    "awaited",
    Column("pair", String(64), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("merchant", String(64), nullable=False),
    Column("amount", BigInteger),
    Column("currency", String(3)),
    Column("signal_id", String(64), nullable=False),
    Index("ix_awaited_state", "tenant_id", "pair", "state", "at"),
    Index("ix_awaited_at", "tenant_id", "at"),
)

merchants = _of_tenant(
    "merchants",
    Column("id", String(64), primary_key=True),
    Column("body", Text, nullable=False),
)

incidents = _of_tenant(
    "incidents",
    Column("id", String(64), primary_key=True),
    Column("key", Text, nullable=False),
    Column("type", String(120), nullable=False),
    Column("status", String(16), nullable=False),
    Column("detected_at", UtcTime, nullable=False),
    Column("resolved_at", UtcTime),
    Column("mttr_seconds", Float),
    Column("metrics_snapshot", Json, nullable=False),
    Column("body", Text, nullable=False),
    CheckConstraint(_one_of("status", IncidentStatus), name="status"),
    Index("ix_incidents_key", "tenant_id", "key", "detected_at"),
    Index("ix_incidents_detected", "tenant_id", "detected_at", "id"),
    Index("uq_incidents_feedable", "tenant_id", "key", unique=True, sqlite_where=_FEEDABLE, postgresql_where=_FEEDABLE),
)

patterns = _of_tenant(
    "patterns",
    Column("id", String(64), primary_key=True),
    Column("impact_rank", Float, nullable=False),
    Column("last_seen", UtcTime, nullable=False),
    Column("body", Text, nullable=False),
    Index("ix_patterns_seen", "tenant_id", "last_seen"),
)

evidence = _of_tenant(
    "evidence",
    Column("id", String(64), primary_key=True),
    Column("incident_id", String(64), nullable=False),
    Column("body", Text, nullable=False),
    Index("ix_evidence_incident", "tenant_id", "incident_id"),
)

steps = _of_tenant(
    "steps",
    Column("incident_id", String(64), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("step", String(64), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("output", Json, nullable=False),
)

healing_actions = _of_tenant(
    "healing_actions",
    Column("id", String(64), primary_key=True),
    Column("incident_id", String(64), nullable=False),
    Column("status", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("step", String(16), nullable=False),
    Column("policy_version", String(64), nullable=False),
    Column("request_digest", String(64), nullable=False),
    Column("effect", String(32)),
    Column("title", Text, nullable=False),
    Column("proposed_action", Json, nullable=False),
    Column("agl_decision", Json, nullable=False),
    Column("approved_action", Json),
    Column("proposed_at", UtcTime, nullable=False),
    Column("decided_at", UtcTime),
    Column("decided_by", Text),
    Column("label", Text),
    Column("feedback", Text),
    Column("cause_is_wrong", Boolean, nullable=False, server_default=false()),
    Column("idempotency_key", Text, nullable=False),
    Column("executed_at", UtcTime),
    Column("result", Json),
    Column("receipt", Json),
    Column("body", Text, nullable=False),
    CheckConstraint(_one_of("status", ActionStatus), name="status"),
    Index("ix_healing_actions_incident", "tenant_id", "incident_id"),
    Index("ix_healing_actions_status", "tenant_id", "status", "proposed_at"),
    Index("ix_healing_actions_proposed", "tenant_id", "proposed_at", "id"),
)

events = _of_tenant(
    "events",
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", String(27), nullable=False),
    Column("kind", String(120), nullable=False),
    Column("subject", Text, nullable=False),
    Column("principal", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("prev_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("ix_events_subject", "tenant_id", "subject", "seq"),
    Index("ix_events_kind", "tenant_id", "kind", "seq"),
)

documents = _of_tenant(
    "documents",
    Column("id", String(120), primary_key=True),
    Column("title", Text, nullable=False),
    Column("trust", String(16), nullable=False),
    Column("body", Text, nullable=False),
)

chunks = _of_tenant(
    "chunks",
    Column("id", String(120), primary_key=True),
    Column("document_id", String(120), nullable=False),
    Column("position", Integer, nullable=False),
    Column("body", Text, nullable=False),
    ForeignKeyConstraint(["tenant_id", "document_id"], ["documents.tenant_id", "documents.id"]),
    Index("ix_chunks_document", "tenant_id", "document_id", "position"),
)

memory_chunks = _of_tenant(
    "memory_chunks",
    Column("id", String(64), primary_key=True),
    Column("incident_id", String(64), nullable=False),
    Column("cause", String(120), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("type", String(120), nullable=False),
    Column("summary", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("outcome", String(32), nullable=False),
    Column("metrics_before", Json, nullable=False),
    Column("metrics_after", Json, nullable=False),
    Column("mttr", Float),
    Column("body", Text, nullable=False),
    Index("ix_memory_chunks_cause", "tenant_id", "cause", "at"),
    Index("ix_memory_chunks_at", "tenant_id", "at", "id"),
)

turns = _of_tenant(
    "turns",
    Column("conversation_id", String(120), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
)

notes = _of_tenant(
    "notes",
    Column("key", String(200), primary_key=True),
    Column("value", Json, nullable=False),
)

leases = _of_tenant(
    "leases",
    Column("name", String(120), primary_key=True),
    Column("token", Integer, nullable=False),
    Column("holder", Text, nullable=False),
    Column("until", Float(53), nullable=False),
)

outbox = _of_tenant(
    "outbox",
    Column("key", String(64), primary_key=True),
    Column("action_id", String(64), nullable=False),
    Column("tool", String(120), nullable=False),
    Column("mode", String(16), nullable=False),
    Column("request", Json, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("tried_at", UtcTime),
    Column("ended_at", UtcTime),
    Column("ending", String(16), nullable=False),
    Column("error", Text, nullable=False),
    Index("ix_outbox_action", "tenant_id", "action_id"),
    Index("ix_outbox_created", "tenant_id", "created_at"),
)

setbacks = _of_tenant(
    "setbacks",
    Column("incident_id", String(64), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("not_before", UtcTime, nullable=False),
    Column("dead", Boolean, nullable=False),
    Column("was", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
)

replies = _of_tenant(
    "replies",
    Column("key", String(255), primary_key=True),
    Column("route", String(255), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("status", Integer),
    Column("headers", Json, nullable=False),
    Column("body", Text, nullable=False),
    Index("ix_replies_at", "tenant_id", "at"),
)

unmapped_shapes = _of_tenant(
    "unmapped_shapes",
    Column("id", String(64), primary_key=True),
    Column("last_at", UtcTime, nullable=False),
    Column("body", Text, nullable=False),
)

unmapped_items = _of_tenant(
    "unmapped_items",
    Column("id", String(64), primary_key=True),
    Column("shape_id", String(64), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("body", Text, nullable=False),
    Index("ix_unmapped_items_shape", "tenant_id", "shape_id", "at", "id"),
)

notices = _of_tenant(
    "notices",
    Column("id", String(64), primary_key=True),
    Column("target", String(63), nullable=False),
    Column("state", String(16), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    Column("body", Text, nullable=False),
    Index("ix_notices_created", "tenant_id", "created_at", "id"),
    Index("ix_notices_target", "tenant_id", "target", "state", "created_at"),
    Index("ix_notices_ended", "tenant_id", "ended_at"),
)

pack_versions = _of_tenant(
    "pack_versions",
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("body", Text, nullable=False),
    Column("content", Text, nullable=False),
)
"""Uploaded domain packs. The content is beside the body since it is large and seldom wanted."""
playbook_runs = _of_tenant(
    "playbook_runs",
    Column("id", String(64), primary_key=True),
    Column("incident_id", String(64), nullable=False),
    Column("number", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", String(16), nullable=False),
    Column("assigned_at", UtcTime, nullable=False),
    Column("body", Text, nullable=False),
    UniqueConstraint("tenant_id", "incident_id", "number", name="uq_playbook_runs_incident"),
    Index("ix_playbook_runs_status", "tenant_id", "status", "assigned_at"),
)

installation = Table(
    "installation",
    metadata,
    Column("name", String(120), primary_key=True),
    Column("value", Json, nullable=False),
)
"""Facts of the whole installation, of no tenant: a row `kill_switch` exists while everything is stopped."""

config_versions = Table(
    "config_versions",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("kind", String(32), nullable=False),
    Column("name", String(120), nullable=False),
    Column("version", String(64), nullable=False),
    Column("body", Json, nullable=False),
    Column("loaded_at", UtcTime, nullable=False),
    Index("ix_config_versions_kind", "kind", "name", "seq"),
)
"""Every version of the configuration that was ever loaded, of no tenant; the newest of a kind and name is in force."""

OF_NO_TENANT = frozenset({installation.name, config_versions.name})
