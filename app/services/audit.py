"""The record of everything that happened, and the proof that nobody changed it."""

from app.domain.events import ChainCheck, Event
from app.domain.tenants import Scope
from app.services.house import House


def events(house: House, scope: Scope, *, subject: str | None = None, after: int = 0, limit: int = 200, newest_first: bool = False) -> list[Event]:
    """Links of the chain."""
    with house.store.read(scope) as session:
        return session.events.page(subject=subject, after=after, limit=limit, newest_first=newest_first)


def verify(house: House, scope: Scope) -> ChainCheck:
    """Walk the chain."""
    with house.store.read(scope) as session:
        return session.events.verify()
