"""What a metric counts for, by its name, its window and its tries."""

import pytest

from app.domain.signals import SignalType
from app.observe.measures import read_metric
from tests.builders import make_signal, minutes
from tests.faults import pack

AT = minutes(60)


@pytest.mark.parametrize(("window", "slots"), [(900, 3), (1800, 6), (3600, 12)])
def test_how_many_came_is_spread_over_the_time_for_which_it_is_told(window: int, slots: int) -> None:
    told = make_signal(1, signal_type=SignalType.KPI, name="front.visits", value=24.0, window_s=window, occurred_at=AT)
    rows = read_metric(told, AT.timestamp(), pack().vocabulary)
    assert len(rows) == slots
    assert sum(row[2] for row in rows) == pytest.approx(24.0)
    assert max(row[0] for row in rows) < AT.timestamp() // 300 + 1


@pytest.mark.parametrize(("name", "window"), [("front.visits", 86_400), ("queue_depth", 900), ("basket_value", 900)])
def test_what_is_told_of_a_day_or_is_no_visit_counts_for_none(name: str, window: int) -> None:
    told = make_signal(1, signal_type=SignalType.KPI, name=name, value=24.0, window_s=window, occurred_at=AT)
    assert read_metric(told, AT.timestamp(), pack().vocabulary) == []


def test_a_share_of_tries_counts_what_went_well_and_who_came() -> None:
    told = make_signal(
        1, signal_type=SignalType.KPI, name="conversion", value=0.25, trials=40, window_s=900, occurred_at=AT
    )
    rows = read_metric(told, AT.timestamp(), pack().vocabulary)
    assert [(row[1], row[2]) for row in rows] == [("ratio|conversion", 10.0), ("visits|conversion", 40.0)]
