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
    examples={
        "en": (
            "What is the state of the migration?",
            "How far is the migration?",
            "Where does {wave} stand?",
            "What is the status of {wave}?",
            "In which stage is {merchant}?",
            "Has {merchant} been migrated?",
            "How many merchants are migrated?",
            "When is the cutover of {merchant}?",
            "Which wave is {merchant} in?",
            "How many shops have moved already?",
            "How many are still to be migrated?",
            "Progress of the migration",
            "How are we doing with the move?",
            "Has everybody been moved over?",
            "Which merchants are already on the new platform?",
            "How many have been cut over?",
            "Who is not migrated yet?",
            "In what phase is {merchant}?",
            "What share of merchants has been migrated?",
            "Is {merchant} on the new system already?",
            "Percentage of migrated stores",
        ),
        "de": (
            "Wie steht es um die Migration?",
            "Wie weit ist die Migration?",
            "Wo steht {wave}?",
            "Ist {merchant} schon migriert?",
            "In welcher Phase ist {merchant}?",
            "Wie viele Shops sind schon umgezogen?",
            "Wie viele müssen noch migriert werden?",
            "Wie läuft der Umzug?",
            "Wer ist schon auf der neuen Plattform?",
            "Wer fehlt noch bei der Migration?",
            "In welcher Stufe steckt {merchant}?",
            "Welcher Anteil ist migriert?",
            "Ist {merchant} schon auf der neuen Plattform?",
        ),
        "fr": (
            "Où en est la migration ?",
            "Quel est l'état de la migration ?",
            "Où en est {wave} ?",
            "{merchant} a-t-il été migré ?",
            "Dans quelle étape est {merchant} ?",
            "Combien de boutiques ont migré ?",
            "Combien restent à migrer ?",
            "Comment avance le déménagement ?",
            "Qui est déjà sur la nouvelle plateforme ?",
            "À quelle phase est {merchant} ?",
            "Quelle part des boutiques a migré ?",
            "{merchant} est-il déjà sur le nouveau système ?",
        ),
        "es": (
            "¿Cómo va la migración?",
            "¿Cuál es el estado de la migración?",
            "¿Cómo va {wave}?",
            "¿Ya se migró {merchant}?",
            "¿En qué etapa está {merchant}?",
            "¿Cuántas tiendas se han migrado?",
            "¿Cuántas faltan por migrar?",
            "¿Cómo avanza el traslado?",
            "¿Quién está ya en la nueva plataforma?",
            "¿En qué fase está {merchant}?",
            "¿Qué parte de las tiendas ha migrado?",
            "¿Está {merchant} ya en el nuevo sistema?",
        ),
    },
    answer=_answer,
)
