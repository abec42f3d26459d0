"""A signal comes back from its row as it was kept, is decoded once, and rows of older versions still read."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from app.domain.base import Severity, Stage, Untrusted
from app.domain.signals import Signal, SignalType
from app.store import codec
from app.store.sql.signal_rows import WRITTEN, read_signal, row_of_signal
from tests.builders import make_signal, make_ticket, minutes

KINDS = [
    make_signal(1),
    make_signal(2, attributes={"b": 1, "a": None, "c": 2.5, "d": True, "e": "Grüße"}),
    make_ticket(3, body="Zahlung fällt aus 日本", merchant_id=None),
    make_ticket(4, body="half \ud800 and \x00 nothing", severity=Severity.HIGH),
    Signal(
        id="SIG-5",
        signal_type=SignalType.MIGRATION_UPDATE,
        source="tool",
        stage=Stage.POST,
        occurred_at=datetime(2026, 3, 2, 9, 0, tzinfo=timezone(timedelta(hours=2))),
        received_at=minutes(1),
        cutover_at=minutes(2),
        health=1,
    ),
    Signal(
        id="SIG-6",
        signal_type=SignalType.KPI,
        source="tool",
        occurred_at=minutes(1),
        received_at=minutes(1),
        name="share",
        value=1,
        trials=7,
    ),
]


def body_of(signal: Signal) -> str:
    row = dict(zip(WRITTEN, row_of_signal(signal.id, signal, 0.0, counted=True), strict=True))
    return str(row["body"])


@pytest.mark.parametrize("signal", KINDS, ids=lambda one: one.id)
def test_a_signal_comes_back_as_validation_would_give_it(signal: Signal) -> None:
    stored = body_of(signal)

    assert read_signal(stored) == Signal.model_validate_json(stored)
    for name, value in vars(Signal.model_validate_json(stored)).items():
        assert type(getattr(read_signal(stored), name)) is type(value), name
    assert read_signal(stored).occurred_at.tzinfo is UTC


@pytest.mark.parametrize("signal", KINDS, ids=lambda one: one.id)
def test_a_row_in_which_an_older_version_wrote_every_field_reads_the_same(signal: Signal) -> None:
    older = codec.to_body(codec.to_fields(signal))

    assert '"wave":null' in older
    assert '"wave":null' not in body_of(signal)
    assert read_signal(older) == read_signal(body_of(signal))


def test_the_same_signal_is_written_the_same_whatever_the_order_of_its_members() -> None:
    one = make_signal(1, attributes={"a": 1, "b": 2})

    assert body_of(one) == body_of(one.changed(attributes={"b": 2, "a": 1}))


def test_words_of_others_stay_marked() -> None:
    assert type(read_signal(body_of(make_ticket(1))).body) is Untrusted


def test_a_number_that_is_not_finite_is_not_kept() -> None:
    with pytest.raises(ValueError, match="not finite"):
        body_of(make_signal(1, attributes={"share": float("inf")}))


def test_a_row_with_a_field_nobody_knows_is_refused_as_validation_refuses_it() -> None:
    stored = body_of(make_signal(1)).replace('"id"', '"di":1,"id"', 1)

    with pytest.raises(ValueError, match="di"):
        read_signal(stored)
