"""Counts what came in, in the transaction that keeps it: every sweep reads these sums, and none of them the signals.

What was kept without being counted, by an older version say, or came back from where it was set aside, is counted
later, in slices.
"""

from collections.abc import Sequence
from typing import Final

from app.config.vocabulary import Vocabulary
from app.context import AppContext
from app.domain.rollups import Awaited
from app.domain.signals import Signal, SignalType
from app.domain.tenants import Scope
from app.observe.reconciliation import RETURNED, TAKEN, payment_state
from app.observe.streams import PAYMENT_ORDER, Readers
from app.ports.store import Session

SLICE: Final = 2_000
"""So many signals are counted in one transaction."""


def count_signals(readers: Readers, words: Vocabulary, session: Session, signals: Sequence[Signal]) -> None:
    """Add up these, each of which was just kept, or just taken note of as counted, by the words of their domain."""
    if signals:
        session.rollups.add(readers.of(session.scope.tenant_id, words).read(signals))
        _follow_payments(session, signals)


def uncount_signals(readers: Readers, words: Vocabulary, session: Session, signals: Sequence[Signal]) -> None:
    """These count no longer."""
    session.rollups.add(readers.of(session.scope.tenant_id, words).take_back(signals))


def count_waiting(ctx: AppContext, scope: Scope, limit: int = SLICE) -> int:
    """Count some of what is kept and was never counted, the oldest first; how many that were."""
    with ctx.store.read(scope) as session:
        if not session.signals.uncounted(1):
            return 0
    words = ctx.words(scope)
    with ctx.store.write(scope) as session:
        found = session.signals.uncounted(limit)
        session.signals.mark_counted([signal.id for signal in found])
        count_signals(ctx.readers, words, session, found)
    return len(found)


def _follow_payments(session: Session, signals: Sequence[Signal]) -> None:
    """Payments that took money await their orders; an order that names no payment pays for one that is alike."""
    money = [one for one in signals if one.signal_type in (SignalType.PAYMENT, SignalType.ORDER)]
    if not money:
        return
    paid = [one for one in money if one.signal_type is SignalType.PAYMENT]
    session.awaits.add([_awaiting(one) for one in paid if _took_money(one)])
    settling = [one for one in money if one.signal_type is SignalType.ORDER or payment_state(one.status) in RETURNED]
    named = {one.payment_id: one.occurred_at for one in settling if one.payment_id}
    if named:
        session.awaits.fulfil([(PAYMENT_ORDER, name) for name in named], at=max(named.values()))
    loose = [one for one in settling if not one.payment_id and one.signal_type is SignalType.ORDER]
    if loose:
        session.awaits.fulfil_alike([_awaiting(one) for one in loose])


def _awaiting(signal: Signal) -> Awaited:
    return Awaited(
        PAYMENT_ORDER,
        signal.payment_id or signal.id,
        signal.merchant_id or "",
        signal.occurred_at,
        signal.amount,
        signal.currency,
        signal.id,
    )


def _took_money(payment: Signal) -> bool:
    return payment_state(payment.status) in TAKEN and (payment.amount is None or payment.amount > 0)
