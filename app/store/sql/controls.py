"""The kill switches in SQL: a tenant's own, and the one for every tenant. Both take part in the statement
that sends.
"""

from datetime import datetime

from sqlalchemy import Connection

from app.domain.base import JsonObject
from app.domain.tenants import KillSwitch, Tenant
from app.store import codec, transitions
from app.store.sql.events import SqlEvents
from app.store.sql.scope import Installation, Scoped
from app.store.sql.tables import installation, tenants


def read_global_switch(connection: Connection) -> KillSwitch:
    """The switch for every tenant."""
    facts = Installation(connection)
    stored = facts.run(
        facts.select(installation, installation.c.value).where(installation.c.name == transitions.KILL_SWITCH)
    ).scalar()
    return KillSwitch() if stored is None else KillSwitch.model_validate(stored)


def set_everywhere(connection: Connection, switch: KillSwitch) -> None:
    """Turn the switch for every tenant: its row exists while it is on."""
    facts = Installation(connection)
    facts.run(facts.delete(installation).where(installation.c.name == transitions.KILL_SWITCH))
    if switch.on:
        facts.insert(
            installation, [{"name": transitions.KILL_SWITCH, "value": switch.changed(everywhere=True).plain()}]
        )


def put_pulse(connection: Connection, name: str, value: JsonObject) -> None:
    """Replace a row that means nothing: that it could be written is what was to be known."""
    facts = Installation(connection)
    facts.run(facts.delete(installation).where(installation.c.name == name))
    facts.insert(installation, [{"name": name, "value": value}])


class SqlControls:
    """The Controls port over a database."""

    def __init__(self, rows: Scoped, chain: SqlEvents) -> None:
        self._rows = rows
        self._chain = chain

    def kill_switch(self) -> KillSwitch:
        """What holds this tenant's actions: the switch for everything, or its own with who turned it last, when and
        why.
        """
        stored = self._rows.answer(
            self._rows.newest(installation.c.value, installation.c.name, installation.c.name == transitions.KILL_SWITCH)
        )
        if stored is not None:
            return KillSwitch.model_validate(stored)
        return transitions.own_switch(
            self._tenant().kill_switch, self._chain.newest(*transitions.SWITCH_KINDS.values())
        )

    def switch(self, on: bool, *, reason: str, at: datetime) -> None:
        """Turn the tenant's own switch, with the event kill_switch.on or kill_switch.off by the scope's principal."""
        turned = self._tenant().changed(kill_switch=on)
        self._rows.run(self._rows.update(tenants).values(kill_switch=on, body=codec.to_body(codec.to_fields(turned))))
        self._chain.tell(transitions.switch_turned(turned.id, on, reason), at)

    def _tenant(self) -> Tenant:
        stored = self._rows.find(tenants, tenants.c.body).scalar()
        return transitions.known_tenant(stored, self._rows.scope.tenant_id)
