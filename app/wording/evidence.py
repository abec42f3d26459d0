"""What an evidence row shows, in the language of whoever asks. It is kept in English; in the others it is put together
again from the values it was counted into, so that it says the same and nothing more.
"""

from typing import Final

from app.domain.base import JsonObject
from app.domain.evidence import Evidence
from app.domain.hypotheses import OTHER_TROUBLE
from app.wording.titles import Titles

SHOWN: Final = {
    "de": {
        "error_group": "{count} Fehler, betroffene Händler: {merchants}: {what}.",
        "contrast": (
            "{cases_with} von {cases} betroffenen Händlern haben {dimension} = {value}, von den anderen"
            " {controls_with} von {controls} (allein durch Zufall: p = {p})."
        ),
        "attribute": "{cases_with} von {cases} betroffenen Händlern haben {dimension} = {value}.",
        "stage": "Betroffene Händler nach Phase des Umzugs: {stages}.",
        "stage_one": "{count} in {stage} (von {all} dort)",
        "baseline": "{others} andere bekannte Händler zeigen nichts davon.",
        "tickets": "{count} Tickets, Händler: {merchants}, sprechen von demselben.",
        "symptom": "{messages} von {of} Meldungen zeigen das Anzeichen '{sign}'.",
        "meaning": "Was {messages} Meldungen sagen, erklärt am besten: {explained}.",
        "other_trouble": "eine Störung anderer Art",
    },
    "fr": {
        "error_group": "{count} échecs, marchands touchés : {merchants} : {what}.",
        "contrast": (
            "{cases_with} marchands touchés sur {cases} ont {dimension} = {value}, contre {controls_with} autres sur"
            " {controls} (par le seul hasard : p = {p})."
        ),
        "attribute": "{cases_with} marchands touchés sur {cases} ont {dimension} = {value}.",
        "stage": "Marchands touchés par étape de la migration : {stages}.",
        "stage_one": "{count} en {stage} (sur {all} à cette étape)",
        "baseline": "{others} autres marchands connus ne montrent rien de cela.",
        "tickets": "{count} tickets, marchands : {merchants}, parlent de la même chose.",
        "symptom": "{messages} messages sur {of} montrent le signe « {sign} ».",
        "meaning": "Ce que disent {messages} messages s'explique le mieux par : {explained}.",
        "other_trouble": "un trouble d'un autre genre",
    },
    "es": {
        "error_group": "{count} fallos, comercios afectados: {merchants}: {what}.",
        "contrast": (
            "{cases_with} de {cases} comercios afectados tienen {dimension} = {value}, y {controls_with} de {controls}"
            " de los demás (solo por azar: p = {p})."
        ),
        "attribute": "{cases_with} de {cases} comercios afectados tienen {dimension} = {value}.",
        "stage": "Comercios afectados por etapa de la migración: {stages}.",
        "stage_one": "{count} en {stage} (de {all} en ella)",
        "baseline": "Otros {others} comercios conocidos no muestran nada de esto.",
        "tickets": "{count} tickets, comercios: {merchants}, hablan de lo mismo.",
        "symptom": "{messages} de {of} mensajes muestran la señal «{sign}».",
        "meaning": "Lo que dicen {messages} mensajes se explica mejor por: {explained}.",
        "other_trouble": "un problema de otra clase",
    },
}
"""By language and kind of evidence. What is not here is told by the form of its recorded sentence."""
NO_TITLES: Final = Titles()


def word_evidence(language: str, row: Evidence, titles: Titles = NO_TITLES) -> str:
    """The sentence of a row in a language; by the form of what was recorded where its values are not known here."""
    shown: dict[str, str] = SHOWN.get(language, {})
    if row.kind not in shown:
        return titles.word_text(language, row.statement)
    values: JsonObject = {"count": row.count, **row.data}
    if row.kind == "error_group":
        values["what"] = titles.word_text(language, _name_group(row.statement))
    for name in ("dimension", "value"):
        if " against " in str(row.data.get("dimension", "")):
            values[name] = titles.word_title(language, str(row.data[name]))
    if row.kind == "stage":
        stages, everybody = row.data.get("stages"), row.data.get("all")
        if not isinstance(stages, dict) or not isinstance(everybody, dict):
            return row.statement
        each = (shown["stage_one"].format(count=stages[one], stage=one, all=everybody.get(one, 0)) for one in stages)
        values["stages"] = ", ".join(each)
    if "sign" in row.data:
        values["sign"] = titles.word_title(language, str(row.data["sign"]).rpartition("/")[2].replace("_", " "))
    explained, shape = row.data.get("explained"), row.kind
    if isinstance(explained, dict):
        shape = "meaning"
        named = {what: shown["other_trouble"] if what == OTHER_TROUBLE else what for what in explained}
        each = (f"{titles.word_title(language, name)} ({explained[what]:.0%})" for what, name in named.items())
        values["explained"] = "; ".join(each)
    if isinstance(row.data.get("p"), float):
        values["p"] = f"{row.data['p']:.3g}"
    try:
        return shown[shape].format(**values)
    except KeyError:
        return titles.word_text(language, row.statement)


def _name_group(statement: str) -> str:
    """What failed where: it stands behind the colon of the recorded sentence, in the words of machines."""
    return statement.partition(": ")[2].rstrip(".") or statement.rstrip(".")
