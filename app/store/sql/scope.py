"""The one place where a tenant enters SQL.

Repositories build every statement through `Scoped`: it puts `tenant_id` into each query, insert, update and delete, so
a repository has no way to forget it. It also carries what belongs to the session alone: whether it may write, and
whether its block has ended.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Connection,
    CursorResult,
    Delete,
    Executable,
    Float,
    LargeBinary,
    ScalarSelect,
    Select,
    Table,
    Text,
    Update,
    and_,
    any_,
    bindparam,
    cast,
    delete,
    exists,
    extract,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DataError, IntegrityError

from app.domain.errors import BadInput, Conflict
from app.domain.tenants import Scope
from app.store.codec import Cell, Columns
from app.store.sql.postgres import EVERY_TENANT, lock_key
from app.store.sql.tables import OF_NO_TENANT

BATCH = 500
"""How many ids one IN list carries: below every database's limit of parameters."""

MOST_ROWS = 2**31 - 1
"""The largest page: asking for more means all."""

REMEMBERED_SPELLINGS = 4_096
"""So many beginnings of statements are kept: making one anew takes as long as running it."""

_STREAMED = {"yield_per": BATCH}
_TENANT = "tenant"
"""How a statement that is spelled once calls whose rows it is about."""

Bound = tuple[str | int | float | None, ...]
"""A row as a driver takes it."""

_INSERTS: Mapping[str, Callable[[Table], Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def batch_ids(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    """The ids in pieces that fit one statement."""
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))


def page_of(statement: Select[Any], limit: int | None, offset: int = 0) -> Select[Any]:
    """A page of a query; a negative number counts as zero."""
    rows = MOST_ROWS if limit is None else min(max(limit, 0), MOST_ROWS)
    return statement.limit(rows).offset(min(max(offset, 0), MOST_ROWS))


def database_now(dialect: str) -> ColumnElement[float]:
    """The database's own clock, as seconds since 1970: the one clock that all workers share."""
    if dialect == "sqlite":
        return (func.julianday("now") - 2440587.5) * 86400.0
    return cast(extract("epoch", func.clock_timestamp()), Float(53))


class Installation:
    """The statements over the tables of no tenant: facts of the installation as a whole, which the store
    alone changes.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def select(self, table: Table, *columns: ColumnElement[Any]) -> Select[Any]:
        """A query; all columns unless some are named."""
        return select(*(columns or tuple(table.c))).select_from(_of_no_tenant(table))

    def insert(self, table: Table, rows: Sequence[Mapping[str, Cell]]) -> None:
        """New rows, in this order."""
        if rows:
            self._connection.execute(_INSERTS[self._connection.dialect.name](_of_no_tenant(table)), list(rows))

    def delete(self, table: Table) -> Delete:
        """A removal."""
        return delete(_of_no_tenant(table))

    def run(self, statement: Executable) -> CursorResult[Any]:
        """Execute in the running transaction."""
        return self._connection.execute(statement)


def _of_no_tenant(table: Table) -> Table:
    if table.name not in OF_NO_TENANT:
        raise ValueError(f"{table.name} holds rows of tenants: it is asked through a Scoped")
    return table


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
        return _spell_mine(table, self.scope.tenant_id)

    def select(self, table: Table, *columns: ColumnElement[Any]) -> Select[Any]:
        """A query over this tenant's rows; all columns unless some are named."""
        if all(isinstance(one, Column) for one in columns):
            return _spell_select(table, self.scope.tenant_id, columns)
        return select(*columns).select_from(table).where(self.mine(table))

    def find(
        self,
        table: Table,
        *columns: ColumnElement[Any],
        by: tuple[ColumnElement[Any], ...] = (),
        **holding: str | int,
    ) -> CursorResult[Any]:
        """This tenant's rows whose columns hold these values: what is asked again and again is spelled once."""
        asked = _spell_find(table, columns, tuple(holding), by)
        return self.run(asked, {**holding, _TENANT: self.scope.tenant_id})

    def find_among(
        self, table: Table, columns: tuple[ColumnElement[Any], ...], column: Column[str], names: Sequence[str]
    ) -> CursorResult[Any]:
        """This tenant's rows in which a column holds one of these, however many they are; spelled once."""
        if self.dialect != "sqlite":
            return self.run(self.select(table, *columns).where(self.among(column, names)))
        asked = _spell_find_among(table, columns, column)
        return self.run(asked, {"names": json.dumps(names), _TENANT: self.scope.tenant_id})

    def update(self, table: Table) -> Update:
        """A change of this tenant's rows."""
        return update(table).where(self.mine(table))

    def delete(self, table: Table) -> Delete:
        """A removal of this tenant's rows."""
        return delete(table).where(self.mine(table))

    def exists(self, table: Table, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
        """A guard for another statement: this tenant has such a row."""
        return exists().where(and_(self.mine(table), *conditions))

    def installed(self, table: Table, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
        """A guard for another statement: the installation as a whole has such a row."""
        return exists().where(and_(*conditions)).select_from(_of_no_tenant(table))

    def newest(self, column: Column[Any], by: Column[int], *conditions: ColumnElement[bool]) -> ScalarSelect[Any]:
        """What the newest such row of the installation says, for a guard; NULL when there is none."""
        return (
            select(column)
            .select_from(_of_no_tenant(column.table))
            .where(*conditions)
            .order_by(by.desc())
            .limit(1)
            .scalar_subquery()
        )

    def holds(self, guard: ColumnElement[bool]) -> bool:
        """Whether a guard holds now."""
        return bool(self.answer(guard))

    def answer(self, asked: ColumnElement[Any]) -> Any:
        """The value of one expression now."""
        return self.run(select(asked)).scalar()

    def stand_still(self) -> None:
        """Until this transaction ends, whoever wants to change the installation's rows waits; its changes before are
        seen after.

        On SQLite the one writer is alone anyway.
        """
        if self.dialect != "sqlite":
            self.run(select(func.pg_advisory_xact_lock_shared(lock_key(EVERY_TENANT))))

    def now(self) -> ColumnElement[float]:
        """The database's clock in a statement."""
        return database_now(self.dialect)

    def bytes_of(self, column: ColumnElement[Any]) -> ColumnElement[bytes]:
        """A text as the bytes the database holds, also where they are no text any more."""
        return (
            cast(column, LargeBinary)
            if self.dialect == "sqlite"
            else func.convert_to(column, "UTF8", type_=LargeBinary)
        )

    def insert(self, table: Table, rows: Sequence[Mapping[str, Cell]]) -> None:
        """New rows; Conflict when one breaks a rule of the table."""
        if rows:
            self.run(_spell_new(self.dialect, table), self._owned(rows))

    def among(self, column: ColumnElement[str], names: Sequence[str]) -> ColumnElement[bool]:
        """The filter: one of these, however many they are."""
        if self.dialect == "sqlite":
            return column.in_(select(func.json_each(json.dumps(names)).table_valued("value").c.value))
        return column == any_(literal(list(names), ARRAY(Text)))

    def insert_many(
        self,
        table: Table,
        columns: Sequence[str],
        rows: Sequence[Bound],
        *,
        adding: Collection[str] = (),
        if_missing: bool = False,
    ) -> None:
        """New rows of what comes in thousands: their columns in the table's order, as the driver takes them.

        Conflict when one is there already, unless `adding` names columns whose numbers are then added, or only what is
        missing is wanted.
        """
        if not rows:
            return
        self._check_use(writing=True)
        sql, by_place = _spell_insert(self._connection.dialect, table, tuple(columns), frozenset(adding), if_missing)
        mine, names = (self.scope.tenant_id,), ("tenant_id", *columns)
        owned: Any = [mine + row if by_place else dict(zip(names, mine + row, strict=True)) for row in rows]
        with _refusing():
            self._connection.exec_driver_sql(sql, owned)

    def insert_new(self, table: Table, rows: Sequence[Mapping[str, Cell]]) -> set[str]:
        """Those rows whose id is not there yet; the ids that were new."""
        if not rows:
            return set()
        statement = (
            _INSERTS[self.dialect](table)
            .on_conflict_do_nothing(index_elements=list(table.primary_key.columns))
            .returning(table.c.id)
        )
        return {row.id for row in self.run(statement, self._owned(rows))}

    def insert_once(self, table: Table, row: Mapping[str, Cell]) -> bool:
        """One row, unless its primary key is there; whether it was new."""
        statement = _INSERTS[self.dialect](table).on_conflict_do_nothing(index_elements=list(table.primary_key.columns))
        added = statement.values(**row, tenant_id=self.scope.tenant_id).returning(table.c.tenant_id)
        return self.run(added).first() is not None

    def put(self, table: Table, rows: Sequence[Mapping[str, Cell]], *, adding: Collection[str] = ()) -> None:
        """Insert, or replace by primary key; the numbers `adding` names are added to those that are there."""
        if rows:
            self.run(_spell_put(self.dialect, table, tuple(rows[0]), frozenset(adding)), self._owned(rows))

    def put_from(self, table: Table, columns: Sequence[str], source: Select[Any], *, adding: Collection[str]) -> None:
        """The same with rows that a query of this tenant makes, its tenant among them."""
        inserted = _INSERTS[self.dialect](table).from_select(columns, source)
        self.run(_upsert(table, inserted, columns, adding))

    def run(
        self,
        statement: Executable,
        given: Sequence[Mapping[str, Cell]] | Mapping[str, Cell] | None = None,
        *,
        streamed: bool = False,
    ) -> CursorResult[Any]:
        """Execute within the block that opened this session, with the rows or the values that the statement takes."""
        self._check_use(writing=getattr(statement, "is_dml", False))
        with _refusing():
            return self._connection.execute(statement, given, execution_options=_STREAMED if streamed else None)

    @property
    def dialect(self) -> str:
        """The name of the database's kind."""
        return self._connection.dialect.name

    def _check_use(self, *, writing: bool) -> None:
        if not self._open:
            raise RuntimeError("this session's block has ended; open another one")
        if writing and not self._writable:
            raise RuntimeError("a reading session cannot write")

    def _owned(self, rows: Sequence[Mapping[str, Cell]]) -> list[Columns]:
        return [{**row, "tenant_id": self.scope.tenant_id} for row in rows]


@contextmanager
def _refusing() -> Iterator[None]:
    """What the database refuses of a row becomes an error of ours."""
    try:
        yield
    except IntegrityError as clash:
        raise Conflict("such a row exists already, or a rule of its table forbids this") from clash
    except DataError as misfit:
        raise BadInput(f"something to be stored does not fit: {str(misfit.orig).splitlines()[0]}") from misfit


def _upsert(table: Table, statement: Any, columns: Iterable[str], adding: Collection[str]) -> Executable:
    keys = list(table.primary_key.columns)
    changes = {
        name: table.c[name] + statement.excluded[name] if name in adding else statement.excluded[name]
        for name in columns
        if table.c[name] not in keys
    }
    upsert: Executable = statement.on_conflict_do_update(index_elements=keys, set_=changes)
    return upsert


@lru_cache(maxsize=REMEMBERED_SPELLINGS)
def _spell_mine(table: Table, tenant_id: str) -> ColumnElement[bool]:
    return table.c.tenant_id == tenant_id


@lru_cache(maxsize=REMEMBERED_SPELLINGS)
def _spell_select(table: Table, tenant_id: str, columns: tuple[ColumnElement[Any], ...]) -> Select[Any]:
    return select(*(columns or tuple(table.c))).select_from(table).where(_spell_mine(table, tenant_id))


@lru_cache(maxsize=REMEMBERED_SPELLINGS)
def _spell_find(
    table: Table, columns: tuple[ColumnElement[Any], ...], holding: tuple[str, ...], by: tuple[ColumnElement[Any], ...]
) -> Select[Any]:
    equal = [table.c[name] == bindparam(name, type_=table.c[name].type) for name in holding]
    return select(*columns).select_from(table).where(table.c.tenant_id == bindparam(_TENANT), *equal).order_by(*by)


@lru_cache(maxsize=REMEMBERED_SPELLINGS)
def _spell_find_among(table: Table, columns: tuple[ColumnElement[Any], ...], column: Column[str]) -> Select[Any]:
    names = select(func.json_each(bindparam("names", type_=Text)).table_valued("value").c.value)
    return select(*columns).select_from(table).where(table.c.tenant_id == bindparam(_TENANT), column.in_(names))


@lru_cache(maxsize=REMEMBERED_SPELLINGS)
def _spell_new(dialect: str, table: Table) -> Executable:
    statement: Executable = _INSERTS[dialect](table)
    return statement


@lru_cache(maxsize=REMEMBERED_SPELLINGS)
def _spell_put(dialect: str, table: Table, columns: tuple[str, ...], adding: frozenset[str]) -> Executable:
    return _upsert(table, _INSERTS[dialect](table), columns, adding)


@lru_cache(maxsize=64)
def _spell_insert(
    dialect: Dialect, table: Table, columns: tuple[str, ...], adding: frozenset[str], if_missing: bool
) -> tuple[str, bool]:
    """The statement as a driver takes it, and whether the driver takes its values by their places."""
    names = [one.name for one in table.c if one.name in {"tenant_id", *columns}]
    if names != ["tenant_id", *columns]:
        raise ValueError(f"{columns} are no columns of {table.name} in its order")
    statement = _INSERTS[dialect.name](table)
    if adding:
        statement = _upsert(table, statement, columns, adding)
    elif if_missing:
        statement = statement.on_conflict_do_nothing(index_elements=list(table.primary_key.columns))
    compiled = statement.compile(dialect=dialect, column_keys=names)
    return str(compiled), compiled.positional
