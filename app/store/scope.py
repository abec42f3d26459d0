"""The one place where a tenant enters SQL.

Repositories build every statement through `Scoped`: it puts `tenant_id` into each query, insert, update and delete, so a repository
has no way to forget it. It also carries what belongs to the session alone: whether it may write, and whether its block has ended.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, CursorResult, Delete, Executable, Select, Table, Update, and_, delete, exists, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from app.domain.errors import Conflict
from app.domain.tenants import Scope

BATCH = 500
"""How many ids one IN list carries: below every database's limit of parameters."""

MOST_ROWS = 2**31 - 1
"""The largest page: asking for more means all."""

_INSERTS: Mapping[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def batches(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    """The ids in pieces that fit one statement."""
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))


def page(statement: Select[Any], limit: int | None, offset: int = 0) -> Select[Any]:
    """A page of a query; a negative number counts as zero."""
    rows = MOST_ROWS if limit is None else min(max(limit, 0), MOST_ROWS)
    return statement.limit(rows).offset(min(max(offset, 0), MOST_ROWS))


class Scoped:
    """The statements of one tenant in one transaction."""

    def __init__(self, connection: Connection, scope: Scope, *, writable: bool) -> None:
        self.scope = scope
        self._connection = connection
        self._writable = writable
        self._open = True

    def end(self) -> None:
        """The block is over: whatever still holds this session gets an error instead of another transaction."""
        self._open = False

    def mine(self, table: Table) -> ColumnElement[bool]:
        """The filter: rows of this tenant."""
        return table.c.tenant_id == self.scope.tenant_id

    def select(self, table: Table, *columns: ColumnElement[Any]) -> Select[Any]:
        """A query over this tenant's rows; all columns unless some are named."""
        return select(*(columns or tuple(table.c))).select_from(table).where(self.mine(table))

    def update(self, table: Table) -> Update:
        """A change of this tenant's rows."""
        return update(table).where(self.mine(table))

    def delete(self, table: Table) -> Delete:
        """A removal of this tenant's rows."""
        return delete(table).where(self.mine(table))

    def exists(self, table: Table, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
        """A guard for another statement: this tenant has such a row."""
        return exists().where(and_(self.mine(table), *conditions))

    def insert(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """New rows; Conflict when one breaks a rule of the table."""
        if rows:
            self.run(_INSERTS[self._dialect](table), self._owned(rows))

    def insert_new(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> set[str]:
        """Those rows whose id is not there yet; the ids that were new."""
        if not rows:
            return set()
        statement = _INSERTS[self._dialect](table).on_conflict_do_nothing(index_elements=list(table.primary_key.columns)).returning(table.c.id)
        return {row.id for row in self.run(statement, self._owned(rows))}

    def put(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert, or replace by primary key."""
        if not rows:
            return
        keys = list(table.primary_key.columns)
        statement = _INSERTS[self._dialect](table)
        changes = {name: statement.excluded[name] for name in rows[0] if table.c[name] not in keys}
        self.run(statement.on_conflict_do_update(index_elements=keys, set_=changes), self._owned(rows))

    def run(self, statement: Executable, rows: Sequence[Mapping[str, Any]] | None = None, *, streamed: bool = False) -> CursorResult[Any]:
        """Execute within the block that opened this session."""
        if not self._open:
            raise RuntimeError("this session's block has ended; open another one")
        if not self._writable and getattr(statement, "is_dml", False):
            raise RuntimeError("a reading session cannot write")
        try:
            return self._connection.execute(statement, rows, execution_options={"yield_per": BATCH} if streamed else {})
        except IntegrityError as clash:
            raise Conflict("such a row exists already, or a rule of its table forbids this") from clash

    @property
    def _dialect(self) -> str:
        return self._connection.dialect.name

    def _owned(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        return [{**row, "tenant_id": self.scope.tenant_id} for row in rows]
