"""Numbers that a question takes for granted: "are really 12 shops affected?". Each is compared with what is recorded,
and the answer begins with the true one where it is wrong.
"""

import re
from dataclasses import dataclass
from typing import Final

from app.domain.base import Money
from app.domain.hypotheses import shown_confidence
from app.domain.incidents import FEEDABLE
from app.explain.case import Draft
from app.explain.concepts import find_concepts
from app.explain.matcher import load_matcher
from app.explain.plain_text import NUMBER_WORDS, plain_form
from app.explain.recorded import COUNTED, find_best, list_core_evidence, list_recorded_ids

UNITS: Final = ("merchant", "incident", "action", "payment", "order")
"""What is counted, as concepts; the first of them in the words behind a number is what it counts."""
OF_ONE: Final = frozenset(("order", "percent"))
"""What is counted of an incident only, whatever else the question is about."""
REACH: Final = 3
_CHOSEN_WORDS: Final = (
    "top first last latest next ersten letzten premiers premieres derniers dernieres primeros primeras ultimos ultimas"
    " wave welle vague oleada"
)
_CHOSEN: Final = frozenset(_CHOSEN_WORDS.split())
"""After these a number says how many are wanted, not how many there are."""
_TIMES: Final = ("minut", "hour", "day", "week", "stunde", "tag", "woche", "heure", "jour", "semaine", "hora", "dia")
"""Beginnings of words by which a number tells how long, whatever comes after them."""
_TOKEN: Final = re.compile(r"[€$£]|\d+(?:[.,]\d{3})*(?:[.,]\d{1,2})?(?![\w-])|%|[a-z]+")
_MONEY: Final = frozenset(("€", "$", "£", "eur", "euro", "euros", "usd", "dollar", "dollars", "dolares", "gbp"))
_PERCENT: Final = ("%", "percent", "prozent", "pour cent", "por ciento", "per cent")
_SHARES: Final = frozenset(word for one in _PERCENT for word in one.split())


@dataclass(frozen=True)
class Premise:
    """So many of something, as a question has it."""

    number: float
    unit: str
    written: str


def read_premises(question: str) -> tuple[Premise, ...]:
    """Every number that stands before what it counts. Numbers in names are none: they hang on a letter or a dash."""
    written = _TOKEN.findall(re.sub(r"\S*[a-z_]-\S*|\d+:\d+", " ", plain_form(question)))
    tokens = _mend(written)
    found: list[Premise] = []
    for place, token in enumerate(tokens):
        number = _read_number(token)
        before = tokens[place - 1] if place else ""
        if number is None or before in _CHOSEN:
            continue
        unit = _find_unit(before, tokens[place + 1 : place + 1 + REACH])
        if unit:
            found.append(Premise(number, unit, token))
    return tuple(found)


def _mend(written: list[str]) -> list[str]:
    """The tokens as they were meant; one that counts or is counted as it stands is left so."""
    meant = load_matcher().speller.read_words(written)
    return [
        word for token, one in zip(written, meant, strict=True) for word in ([token] if _is_told(token) else one.words)
    ]


def _is_told(token: str) -> bool:
    plain = token in NUMBER_WORDS or token in _MONEY or token in _CHOSEN or token in _SHARES or token.startswith(_TIMES)
    return plain or not token.isalpha() or bool(find_concepts(token))


def _read_number(token: str) -> float | None:
    if token in NUMBER_WORDS:
        return float(NUMBER_WORDS[token])
    if not token[0].isdigit():
        return None
    grouped = re.sub(r"[.,](?=\d{3}(?:\D|$))", "", token)
    return float(grouped.replace(",", "."))


def _find_unit(before: str, following: list[str]) -> str:
    if " ".join(following).startswith(_PERCENT):
        return "percent"
    if before in _MONEY or (following[:1] and following[0] in _MONEY):
        return "money"
    for word in following:
        if _read_number(word) is not None or word.startswith(_TIMES):
            return ""
        unit = next((one for one in UNITS if one in find_concepts(word)), "")
        if unit:
            return unit
    return ""


def correct_premises(draft: Draft, premises: tuple[Premise, ...], *, of_incident: bool) -> None:
    """Begin with the true number, where a question has a wrong one."""
    for premise in premises:
        of_it = of_incident or premise.unit in OF_ONE
        if of_it and draft.has_case and draft.case.dossier is not None:
            _correct_of_incident(draft, premise)
        elif not of_it:
            _correct_count(draft, premise)


def _correct_count(draft: Draft, premise: Premise) -> None:
    """How many incidents or actions there are."""
    said = premise.written
    if premise.unit == "incident":
        every = draft.facts.incidents
        still = [one for one in every if one.status in FEEDABLE]
        if premise.number not in {len(still), len(every)}:
            draft.tell("premise_incidents", *(one.id for one in still), said=said, count=len(still), total=len(every))
    elif premise.unit == "action":
        rows = [row for row in draft.facts.actions if row.parent_id is None]
        waiting = [row for row in rows if row.status.value == "PENDING"]
        done = [row for row in rows if row.executed_at is not None]
        counts = {"waiting": len(waiting), "done": len(done), "total": len(rows)}
        if premise.number not in counts.values():
            draft.tell("premise_actions", *(row.id for row in rows), said=said, **counts)


def _correct_of_incident(draft: Draft, premise: Premise) -> None:
    """How many merchants, orders and payments, how much money, and how sure."""
    dossier, best, said = draft.case.dossier, find_best(draft.case), premise.written
    assert dossier is not None
    impact, lost = dossier.impact, dossier.impact.lost_orders
    if premise.unit == "merchant" and premise.number != len(dossier.merchants):
        rows = list_recorded_ids(draft.case, *COUNTED)
        draft.claim("premise_merchants", rows, said=said, count=len(dossier.merchants))
    elif premise.unit == "order" and not lost.low - 0.5 <= premise.number <= lost.high + 0.5:
        shown = {"middle": f"{lost.middle:.1f}", "low": f"{lost.low:.1f}", "high": f"{lost.high:.1f}"}
        draft.claim("premise_orders", impact.evidence_ids, said=said, **shown)
    elif premise.unit == "payment" and premise.number != impact.paid_without_order_count:
        draft.claim("premise_payments", impact.evidence_ids, said=said, count=impact.paid_without_order_count)
    elif (
        premise.unit == "money"
        and impact.lost_revenue
        and not any(_is_near(premise.number, one) for one in _sums(draft))
    ):
        total = impact.lost_revenue[0]
        amounts = {"middle": total.middle, "low": total.low, "high": total.high}
        draft.claim("premise_money", impact.evidence_ids, said=said, **amounts)
    elif premise.unit == "percent" and best is not None and abs(premise.number - 100 * best.confidence) > 1:
        ids = list_core_evidence(draft.case, best.cause)
        draft.claim("premise_percent", ids, said=said, confidence=shown_confidence(best.confidence))


def _sums(draft: Draft) -> list[Money]:
    """Every amount that is recorded of what an incident costs."""
    impact = draft.case.dossier.impact if draft.case.dossier else None
    if impact is None:
        return []
    bands = [*impact.lost_revenue, *impact.per_hour]
    return [*(money for one in bands for money in (one.low, one.middle, one.high)), *impact.paid_without_order]


def _is_near(number: float, money: Money) -> bool:
    """Whether somebody who says this number may well mean that amount."""
    amount = money.minor / 100
    return abs(number - amount) <= max(1.0, 0.02 * amount)
