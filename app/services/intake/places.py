"""Gives each call and delivery whose address names its merchant the place it has without that name, in the transaction
that keeps it: the same place of many shops is then one route, whatever the directory says later.
"""

from collections.abc import Mapping, Sequence

from app.domain.signals import Signal, build_trusted
from app.observe.own_names import list_own_names, mask_own_name
from app.observe.streams import Readers
from app.ports.store import Session


def name_places(readers: Readers, session: Session, signals: Sequence[Signal]) -> list[Signal]:
    """The same signals, with their places where an address names their merchant."""
    called = {one.merchant_id for one in signals if one.endpoint and one.merchant_id}
    if not called:
        return list(signals)
    names = _own_names(readers, session, called)
    return [_placed(one, names) for one in signals]


def _own_names(readers: Readers, session: Session, called: set[str]) -> Mapping[str, frozenset[str]]:
    """What this process knows, or what the directory says now where somebody new is called."""
    known = readers.own_names_of(session.scope.tenant_id)
    if called <= known.keys():
        return known
    told = list_own_names(session.merchants.all())
    return readers.keep_own_names(session.scope.tenant_id, {**dict.fromkeys(called, frozenset()), **told})


def _placed(signal: Signal, names: Mapping[str, frozenset[str]]) -> Signal:
    own = names.get(signal.merchant_id or "") if signal.endpoint else None
    place = mask_own_name(signal.endpoint or "", own) if own else None
    if place is None:
        return signal
    return build_trusted(Signal, {**vars(signal), "route": place}, signal.model_fields_set | {"route"})
