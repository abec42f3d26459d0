"""Where the migration stands: as a whole, a wave, or a merchant."""

from collections import Counter

from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind


def _answer(draft: Draft, asked: Inquiry) -> None:
    facts = draft.facts
    for name in asked.merchants:
        one = facts.merchants.get(name)
        if one is None:
            draft.lack("no_merchant", name=name)
        else:
            number = "-" if one.wave is None else str(one.wave)
            day = str(one.cutover_date or "-")
            draft.tell("merchant_stands", name, name=name, stage=one.stage.value, wave=number, day=day)
    for asked_wave in asked.waves:
        found = next((wave for wave in facts.waves if wave.wave == asked_wave), None)
        if found is None:
            draft.lack("no_wave", wave=asked_wave, waves=_list_waves(draft))
        else:
            members = [one.id for one in facts.merchants.values() if one.wave == asked_wave]
            draft.tell(
                "wave_stands", *members[:8], wave=asked_wave, stages=_list_stages(found.stages), verdict=found.readiness
            )
    if asked.merchants or asked.waves:
        return
    stages = Counter(one.stage.value for one in facts.merchants.values())
    draft.tell("migration_stands", *list(facts.merchants)[:8], count=len(facts.merchants), stages=_list_stages(stages))
    for wave in facts.waves:
        if wave.wave is not None:
            draft.tell("wave_line", wave=wave.wave, stages=_list_stages(wave.stages), verdict=wave.readiness)


def _list_stages(stages: dict[str, int] | Counter[str]) -> str:
    return ", ".join(f"{count} {stage}" for stage, count in sorted(stages.items())) or "-"


def _list_waves(draft: Draft) -> str:
    return ", ".join(str(wave.wave) for wave in draft.facts.waves if wave.wave is not None) or "-"


KIND = QuestionKind(
    id="migration",
    description="where the migration, a wave or a merchant stands",
    of_incident=False,
    takes=("waves", "merchants"),
    reads=("waves",),
    answer=_answer,
)
