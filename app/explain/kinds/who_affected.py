"""Who is affected, and in which stages of the migration."""

from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind
from app.explain.recorded import COUNTED, list_names, list_recorded_ids, read_number


def _answer(draft: Draft, asked: Inquiry) -> None:
    dossier = draft.case.dossier
    if dossier is None:
        draft.lack("no_case")
        return
    rows = list_recorded_ids(draft.case, *COUNTED)
    names = list_names(dossier.merchants) or draft.words("none_named")
    draft.claim(
        "affected_one" if len(dossier.merchants) == 1 else "affected", rows, count=len(dossier.merchants), names=names
    )
    apart = sorted(
        (row for row in draft.case.about("contrast") if read_number(row, "lift", 0.0) > 1.5),
        key=lambda row: (read_number(row, "p", 1.0), row.id),
    )
    for row in [*draft.case.about("stage"), *apart[:2], *draft.case.about("baseline")]:
        draft.row(row)
    if dossier.blast.at_risk:
        ids = list_recorded_ids(draft.case, "contrast")
        draft.claim("perhaps_next", ids, names=list_names(dossier.blast.at_risk))


KIND = QuestionKind(
    id="who_affected",
    description="who is affected",
    examples={
        "en": (
            "Who is affected?",
            "Which merchants are affected?",
            "Which shops are hit?",
            "How many merchants are affected?",
            "Which stores have this problem?",
            "Who has the problem?",
            "Which stage is hit?",
            "Which migration stages are affected?",
            "What is the blast radius?",
            "Whom does it hurt?",
            "Which customers does this hit?",
            "Who suffers from it?",
            "Who is impacted by {incident}?",
            "and whom does it affect?",
            "Give me the names of the merchants in trouble",
            "List the affected shops",
            "Name the victims",
            "How many stores are down?",
            "How widespread is it?",
            "Which merchants complain?",
            "Show me everyone who has trouble",
            "How far does it reach?",
            "Which of our shops feel it?",
            "Which merchants does it harm?",
            "Who is in trouble because of this?",
        ),
        "de": (
            "Wer ist betroffen?",
            "Welche Händler sind betroffen?",
            "Welche Shops hat es getroffen?",
            "Wie viele Läden haben das Problem?",
            "Welche Phase ist betroffen?",
            "Welche Kunden trifft das?",
            "Wer leidet darunter?",
            "Wen betrifft {incident}?",
            "Nenn mir die betroffenen Händler",
            "Liste die betroffenen Shops",
            "Wie verbreitet ist das?",
            "Welche Händler haben Ärger?",
            "Bei wem klemmt es?",
            "Wie groß ist der Kreis der Betroffenen?",
            "Welche unserer Shops spüren das?",
            "Wem schadet es?",
        ),
        "fr": (
            "Qui est touché ?",
            "Quels marchands sont concernés ?",
            "Quelles boutiques ont le problème ?",
            "Combien de marchands sont touchés ?",
            "Quelle étape est concernée ?",
            "Qui est impacté ?",
            "Qui subit la panne ?",
            "Quels clients cela touche-t-il ?",
            "Donne-moi la liste des marchands touchés",
            "Nomme les boutiques en difficulté",
            "Quelle est l'étendue ?",
            "Chez qui ça coince ?",
            "Qui a des problèmes ?",
            "Quelles boutiques sont lésées ?",
            "À qui cela nuit-il ?",
        ),
        "es": (
            "¿Quién está afectado?",
            "¿Qué comercios están afectados?",
            "¿Qué tiendas tienen el problema?",
            "¿Cuántos comercios están afectados?",
            "¿Qué etapa está afectada?",
            "¿A quién afecta esto?",
            "¿A qué clientes afecta?",
            "¿Quién sufre el fallo?",
            "Dame los nombres de los comercios afectados",
            "Lista las tiendas con problemas",
            "¿Qué alcance tiene?",
            "¿Quién tiene problemas?",
            "¿Qué tiendas están perjudicadas?",
            "¿A quién perjudica?",
        ),
    },
    answer=_answer,
)
