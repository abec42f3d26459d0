"""How values read on a screen: money, times, shares and states in words. Pure, so that every rule can be
tested alone.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from app.domain.action_states import ActionStatus
from app.domain.base import Money
from app.domain.incidents import Incident, IncidentStatus
from app.schemas.base import Lag
from app.schemas.incidents import MoneyRange

NOTHING = "–"
CONFIDENCE_WORDS = (
    (0.95, "almost certain"),
    (0.8, "likely"),
    (0.6, "more likely than not"),
    (0.4, "uncertain"),
    (0.0, "a guess"),
)
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))

INCIDENT_MARKS: dict[IncidentStatus, tuple[str, str]] = {
    IncidentStatus.OPEN: ("○ Open", "gray"),
    IncidentStatus.DIAGNOSED: ("◔ Diagnosed", "blue"),
    IncidentStatus.AWAITING: ("◑ Waits for you", "orange"),
    IncidentStatus.MITIGATING: ("◕ Acting", "blue"),
    IncidentStatus.VERIFYING: ("◕ Verifying", "blue"),
    IncidentStatus.RESOLVED: ("✓ Resolved", "green"),
    IncidentStatus.ESCALATED: ("↗ Escalated", "violet"),
    IncidentStatus.CLOSED: ("■ Closed", "gray"),
    IncidentStatus.MERGED: ("⇢ Merged", "gray"),
    IncidentStatus.FAILED: ("✕ Failed", "red"),
}
ACTION_MARKS: dict[ActionStatus, tuple[str, str]] = {
    ActionStatus.PROPOSED: ("○ Proposed", "gray"),
    ActionStatus.PENDING: ("◑ Waits for you", "orange"),
    ActionStatus.APPROVED: ("◔ Approved", "blue"),
    ActionStatus.SENDING: ("◔ Sending", "blue"),
    ActionStatus.EXECUTED: ("◕ Executed, not proven yet", "blue"),
    ActionStatus.VERIFIED: ("✓ Verified", "green"),
    ActionStatus.NOT_APPLIED: ("◇ Shown, not applied", "gray"),
    ActionStatus.REJECTED: ("✕ Rejected", "gray"),
    ActionStatus.EXPIRED: ("✕ Expired", "gray"),
    ActionStatus.SUPERSEDED: ("⇢ Superseded", "gray"),
    ActionStatus.FAILED: ("✕ Failed", "red"),
    ActionStatus.IN_DOUBT: ("? In doubt", "red"),
    ActionStatus.INEFFECTIVE: ("≠ Ineffective", "orange"),
    ActionStatus.HARMED: ("✕ Harmed", "red"),
    ActionStatus.UNDONE: ("↶ Undone", "violet"),
}
LEVEL_MARKS = {
    "info": ("· info", "gray"),
    "low": ("▁ low", "gray"),
    "medium": ("▃ medium", "yellow"),
    "high": ("▅ high", "orange"),
    "critical": ("▇ critical", "red"),
}
READINESS_MARKS = {"no_go": ("✕ No go", "red"), "go": ("● Go", "green"), "done": ("✓ Cut over", "gray")}
STAGES = {
    "pre_migration": "before the migration",
    "in_progress": "mid-migration",
    "post_migration": "after the migration",
}


def money(minor: float, currency: str) -> str:
    """1,234.50 EUR; whole units from a thousand up, so that a list stays readable."""
    amount = Decimal(round(minor)) / 100
    return f"{amount:,.0f} {currency}" if abs(amount) >= 1_000 else f"{amount:,.2f} {currency}"


def amounts(sums: Iterable[Money]) -> str:
    """Amounts of several currencies side by side; they are never added."""
    return " + ".join(money(one.minor, one.currency) for one in sums) or NOTHING


def interval(ranges: Iterable[MoneyRange]) -> str:
    """The middle of each amount with its range."""
    parts = [
        f"{money(one.middle, one.currency)} ({money(one.low, one.currency)} to {money(one.high, one.currency)})"
        for one in ranges
    ]
    return " + ".join(parts) or NOTHING


def middles(ranges: Iterable[MoneyRange]) -> str:
    """Only the middles of intervals."""
    return " + ".join(money(one.middle, one.currency) for one in ranges) or NOTHING


def confidence(share: float) -> str:
    """A word and the number: almost certain (97 %)."""
    word = next(word for least, word in CONFIDENCE_WORDS if share >= least)
    return f"{word} ({percent(share)})"


def percent(share: float) -> str:
    """A share in whole per cent, never rounded up to certainty or down to impossibility."""
    whole = round(share * 100)
    if share < 1 and whole == 100:
        return "> 99 %"
    return "< 1 %" if share > 0 and whole == 0 else f"{whole} %"


def moment(at: datetime) -> str:
    """An absolute time: 21 Nov 2026, 08:54 UTC."""
    return f"{at:%d %b %Y, %H:%M} UTC"


def day(at: date | None) -> str:
    """A date without its time: Mon 2 Mar 2026; said when it is not known."""
    return f"{at:%a} {at.day} {at:%b %Y}" if at else "not known"


def days(count: int) -> str:
    """1 day, 3 days."""
    return f"{count} day{'' if count == 1 else 's'}"


def apart(seconds: float) -> str:
    """A stretch of time in one unit: 3 hours."""
    for size, unit in UNITS:
        count = int(abs(seconds) // size)
        if count:
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return "less than a minute"


def signals_waiting(lag: Lag) -> str:
    """26,020 signals not looked at, 4 hours behind."""
    some = f"{lag.waiting:,} signal{'' if lag.waiting == 1 else 's'} not looked at"
    return f"{some}, {apart(lag.waited_seconds)} behind"


def since(at: datetime, now: datetime) -> str:
    """Relative: 3 hours ago, or in 20 minutes."""
    seconds = (now - at).total_seconds()
    return f"{apart(seconds)} ago" if seconds >= 0 else f"in {apart(seconds)}"


def when(at: datetime | None, now: datetime) -> str:
    """Relative and absolute together."""
    return NOTHING if at is None else f"{since(at, now)} · {moment(at)}"


def stores(count: int) -> str:
    """1 store, 3 stores."""
    return f"{count} store{'' if count == 1 else 's'}"


def headline(incident: Incident) -> str:
    """What is wrong in the words of a shop ("Checkout refuses payments at 2 stores"); before anybody looked at it, what
    it shows as, and at how many.
    """
    if incident.headline != incident.title or not incident.merchants:
        return incident.headline
    return f"{incident.title} · {stores(len(incident.merchants))}"


def other_title(incident: Incident) -> str:
    """The title that machines gave it, where the headline does not say it already."""
    return incident.title if incident.headline != incident.title else ""


def stages(counts: Mapping[str, int]) -> str:
    """2 mid-migration, 1 after the migration."""
    return ", ".join(f"{count} {STAGES.get(stage, stage)}" for stage, count in counts.items()) or NOTHING


def cell_text(value: Any) -> str:
    """A value of a record in words: lists and tables drawn out in one line."""
    if isinstance(value, dict):
        return ", ".join(f"{name}: {cell_text(item)}" for name, item in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def words(name: str) -> str:
    """An identifier in words."""
    return name.replace("_", " ")


def marks(numbers: Iterable[int]) -> str:
    """Citation marks, runs drawn together: [1-3] [7]."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return " ".join(f"[{first}]" if first == last else f"[{first}-{last}]" for first, last in runs)


Cell = str | int | float | datetime | None
"""What a cell of an exported table holds."""


def inert_cell(value: object) -> str:
    """A cell that no spreadsheet takes for a formula."""
    plain = "" if value is None else str(value)
    return f"'{plain}" if plain.startswith(FORMULA_STARTS) else plain


def csv_of(rows: Sequence[Mapping[str, Cell]], columns: Sequence[str]) -> str:
    """The rows as CSV with inert cells."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([inert_cell(row.get(column)) for column in columns] for row in rows)
    return out.getvalue()
