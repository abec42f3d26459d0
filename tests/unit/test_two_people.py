"""Above a line of money two people must approve: what counts, and that no rule of the agent goes ahead alone."""

import pytest

from app.config.model import MoneyLines
from app.domain.base import Money
from app.domain.decisions import Ruling, Verdict
from app.domain.impact import BaseTotal, MoneyInterval
from app.policy.two_people import ask_two, weigh_stakes
from tests.builders import make_decision


def total(lost: int = 0, hourly: int = 0, paid: int = 0, unconverted: tuple[str, ...] = ()) -> BaseTotal:
    def money(minor: int) -> Money:
        return Money(minor=minor, currency="EUR")

    def around(minor: int) -> MoneyInterval:
        return MoneyInterval(low=money(0), middle=money(minor), high=money(9 * minor))

    return BaseTotal(
        currency="EUR",
        lost=around(lost),
        per_hour=around(hourly),
        paid_without_order=money(paid),
        unconverted=unconverted,
    )


@pytest.mark.parametrize(
    ("base", "line", "above"),
    [
        (total(lost=10_001), 100, True),
        (total(lost=10_000), 100, False),
        (total(hourly=10_001), 100, True),
        (total(lost=9_000, paid=1_001), 100, True),
        (total(unconverted=("USD",)), 100, True),
        (total(), 0, False),
        (total(lost=10**9, unconverted=("USD",)), None, False),
        (None, 0, False),
    ],
)
def test_what_was_lost_or_is_lost_an_hour_is_held_against_the_line(
    base: BaseTotal | None, line: float | None, above: bool
) -> None:
    found = weigh_stakes(base, line)
    assert found.above is above
    assert not above or "must approve" in found.why


def test_a_tenant_has_a_line_of_its_own_or_that_of_the_others() -> None:
    lines = MoneyLines(tenants={"acme": 5}, others=9)
    assert (lines.line_of("acme"), lines.line_of("else"), MoneyLines().line_of("acme")) == (5, 9, None)


@pytest.mark.parametrize("verdict", Verdict)
def test_no_rule_allows_what_two_must_approve_and_a_denial_stays_one(verdict: Verdict) -> None:
    ruling = Ruling(verdict=verdict, rule_ids=("a.rule",), reasons=("because",), policy_version="1")
    asked = ask_two(ruling, weigh_stakes(total(lost=500), 1))
    ids = {Verdict.ALLOW: ("ask.two_people",), Verdict.ASK: ("a.rule", "ask.two_people"), Verdict.DENY: ("a.rule",)}
    assert asked.rule_ids == ids[verdict] and len(asked.reasons) == len(asked.rule_ids)
    assert asked.verdict is (Verdict.DENY if verdict is Verdict.DENY else Verdict.ASK)
    assert ask_two(ruling, weigh_stakes(total(lost=50), 1)) == ruling


def test_how_many_must_approve_is_part_of_what_is_approved() -> None:
    assert make_decision(approvers=2).digest != make_decision().digest
    assert "approvers" not in make_decision().plain() and "at_stake" not in make_decision().plain()
