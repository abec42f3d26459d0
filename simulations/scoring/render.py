"""The scorecard for people: aligned text for a terminal, Markdown for a page."""

from typing import Final

from simulations.scoring.figures import Figures
from simulations.scoring.score import Scorecard
from simulations.scoring.statistics import Calibration, Rate

MORE, LESS, NEITHER = "more", "less", ""
LABELS: Final = {
    "found": ("Incident found", MORE),
    "found_of_all": ("Found of all that hurt anybody", MORE),
    "found_visible": ("Found of those an oracle would see", MORE),
    "found_busy": ("Found of those with ten events an hour", MORE),
    "minutes_to_incident": ("Minutes from the fifth affected event", LESS),
    "incident_precision": ("Incidents that were the one about their fault", MORE),
    "duplicate_incidents": ("Duplicate incidents", LESS),
    "two_stay_two": ("Two at once stay two", MORE),
    "false_incidents": ("False incidents", LESS),
    "false_per_healthy_day": ("False incidents per healthy day of 200 merchants", LESS),
    "decoy_incidents_per_day": ("Incidents about decoys per day", LESS),
    "thin_per_day": ("Thin incidents about nothing per day", LESS),
    "watch_rows_per_day": ("Watch rows per day", NEITHER),
    "diagnosis": ("Answered rightly: cause, or left open", MORE),
    "cause_top1": ("Root cause first", MORE),
    "cause_top1_end": ("Root cause first, at the end", MORE),
    "cause_top3": ("Root cause among the first three", MORE),
    "cause_precision": ("Causes named rightly", MORE),
    "abstention": ("Abstained where the fault is uncatalogued", MORE),
    "needless_abstention": ("Abstained where it is catalogued", LESS),
    "forbidden_named": ("Worlds with a forbidden cause named", LESS),
    "scope_precision": ("Scope precision", MORE),
    "scope_recall": ("Scope recall", MORE),
    "scope_precision_end": ("Scope precision, at the end", MORE),
    "scope_recall_end": ("Scope recall, at the end", MORE),
    "silent_found": ("Silent victims found", MORE),
    "next_precision": ("Next to break, precision", MORE),
    "next_recall": ("Next to break, recall", MORE),
    "rule_exact": ("The rule exact, where the directory tells it", MORE),
    "rule_claimed_hidden": ("A rule claimed, where it is hidden", LESS),
    "revenue_error": ("Revenue estimate, relative error", LESS),
    "revenue_covered": ("Revenue inside its interval", MORE),
    "revenue_covered_end": ("Revenue inside its interval, at the end", MORE),
    "revenue_width": ("Revenue interval, relative width", LESS),
    "bills_for_nothing": ("Losses billed that nobody had", LESS),
    "wrong_proposed": ("Wrong actions proposed", LESS),
    "wrong_proposed_per_day": ("Wrong actions proposed per day of 200 merchants", LESS),
    "wrong_executed_rubber_stamp": ("Wrong actions executed, rubber stamp", LESS),
    "wrong_executed_automatic": ("Wrong actions executed, granted by a rule", LESS),
    "repaired": ("Verified repairs", MORE),
    "repaired_testable": ("Verified repairs of those diagnosed and testable", MORE),
    "treated_in_time": ("Exposed treated within two hours", MORE),
    "all_treated_in_time": ("Faults with nearly all of the exposed treated by then", MORE),
    "unlisted_in_time": ("Exposed that only failures show, by then", MORE),
    "minutes_to_judge_canary": ("Minutes until its first cohort was judged", LESS),
    "minutes_to_verified": ("Minutes from detection to verified", LESS),
    "false_verified": ("VERIFIED without a cure", LESS),
    "harm_undone": ("Harm undone", MORE),
    "harm_at_one": ("Harm kept to one merchant", MORE),
    "calibration": ("Calibration", LESS),
    "asked_per_incident": ("Decisions asked of people per incident", NEITHER),
    "asked_per_day": ("Decisions asked of people per day of 200 merchants", NEITHER),
}
COLUMNS: Final = (
    "found",
    "minutes",
    "top-1",
    "top-3",
    "open",
    "false",
    "double",
    "scope P",
    "scope R",
    "wrong",
    "repaired",
    "asked",
)
Rows = list[tuple[str, ...]]


def render_table(card: Scorecard) -> str:
    """The scorecard as aligned text."""
    return "\n".join(f"{title}\n{_align_rows(rows)}\n" for title, rows in _build_sections(card))


def render_markdown(card: Scorecard) -> str:
    """The scorecard as a page of documentation."""
    return "\n".join(f"### {title}\n\n{_pipe_rows(rows)}\n" for title, rows in _build_sections(card))


def _build_sections(card: Scorecard) -> list[tuple[str, Rows]]:
    title = f"Faults: {card.cases}, worlds: {card.worlds}, trials: {card.trials}"
    totals: Rows = [("figure", "value", "of", "95 % interval", "better")]
    totals += [(label, *getattr(card.total, name).cells(), better) for name, (label, better) in LABELS.items()]
    return [
        (title, totals),
        ("By scenario", _scenario_rows(card)),
        ("Repairs, step by step", _funnel_rows(card)),
        ("Confidence against truth", _reliability_rows(card.total.calibration)),
    ]


def _scenario_rows(card: Scorecard) -> Rows:
    return [
        ("scenario", "worlds", *COLUMNS),
        *((line.scenario, str(line.worlds), *_summarise_figures(line.figures)) for line in card.lines),
    ]


def _funnel_rows(card: Scorecard) -> Rows:
    """How many repairs came how far, and why the others ended there."""
    rows: Rows = [("step", "came", "of", "why not")]
    for one in card.funnel:
        why = "; ".join(f"{count} {reason}" for reason, count in one.lost.items())
        rows.append((one.step, str(one.came.hits), str(one.came.n), why))
    return rows


def _summarise_figures(told: Figures) -> tuple[str, ...]:
    """One line's figures: of how many each is said, the intervals are in the JSON."""
    delay = told.minutes_to_incident
    minutes = (
        "-" if not delay.n else "never" if delay.median is None else f"{delay.median:.1f} ({delay.known}/{delay.n})"
    )
    rates = [told.cause_top1, told.cause_top3, told.abstention, told.false_incidents, told.duplicate_incidents]
    rates += [told.scope_precision, told.scope_recall, told.wrong_proposed, told.repaired]
    return (_hits_of_cases(told.found), minutes, *map(_hits_of_cases, rates), str(told.asked_per_day.count))


def _hits_of_cases(told: Rate) -> str:
    return f"{told.hits}/{told.n}" if told.n else "-"


def _reliability_rows(told: Calibration) -> Rows:
    rows: Rows = [("confidence", "mean claimed", "right", "of", "95 % interval")]
    return rows + [
        (f"{one.above:.1f} to {one.up_to:.1f}", f"{one.claimed:.3f}", *one.right.cells())
        for one in told.bins
        if one.claimed is not None
    ]


def _align_rows(rows: Rows) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def _pipe_rows(rows: Rows) -> str:
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])
