"""What it costs, so far and per hour."""

from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind


def _answer(draft: Draft, asked: Inquiry) -> None:
    dossier = draft.case.dossier
    if dossier is None:
        draft.lack("no_case")
        return
    impact, ids = dossier.impact, dossier.impact.evidence_ids
    orders = impact.lost_orders
    key = "orders_lost_one" if orders.middle == 1 else "orders_lost"
    numbers = {"middle": f"{orders.middle:.1f}", "low": f"{orders.low:.1f}", "high": f"{orders.high:.1f}"}
    said = draft.claim(key, ids, basis=impact.basis, **numbers)
    for total, hourly in zip(impact.lost_revenue, impact.per_hour, strict=True):
        amounts = {"middle": total.middle, "low": total.low, "high": total.high, "hourly": hourly.middle}
        draft.claim("revenue_lost", ids, **amounts)
    if impact.paid_without_order_count:
        exact = " + ".join(str(one) for one in impact.paid_without_order)
        count = impact.paid_without_order_count
        draft.claim("paid_exactly_one" if count == 1 else "paid_exactly", ids, count=count, amount=exact)
    if said and not impact.lost_revenue:
        draft.lack("no_amount")


KIND = QuestionKind(
    id="cost",
    description="what it costs",
    examples={
        "en": (
            "What does it cost?",
            "How much does it cost us?",
            "How much money are we losing?",
            "What is the revenue impact?",
            "How many orders were lost?",
            "What has it cost so far?",
            "How much per hour?",
            "How expensive is the damage?",
            "and the cost?",
            "How expensive is this outage?",
            "What are the losses?",
            "How much did we lose?",
            "What is it costing {merchant}?",
            "Put a figure on the damage",
            "How big is the bill?",
            "How much harm did it do in euros?",
            "How many sales went missing?",
            "What's the price tag?",
            "What is the loss per hour?",
            "How much turnover is gone?",
            "How much is at stake?",
            "How badly are sales hit?",
            "What has it cost us up to now?",
            "How much revenue do we lose every hour?",
            "What is the impact on sales?",
        ),
        "de": (
            "Was kostet das?",
            "Wie viel Geld verlieren wir?",
            "Wie hoch ist der Schaden?",
            "Wie viel Umsatz ist verloren?",
            "Wie viele Bestellungen gingen verloren?",
            "Wie teuer ist das?",
            "Welche Verluste haben wir?",
            "Wie viel haben wir verloren?",
            "Nenn mir eine Zahl für den Schaden",
            "Wie hoch ist die Rechnung?",
            "Wie viele Euro sind weg?",
            "Was geht uns pro Stunde durch die Lappen?",
            "Wie viele Verkäufe fehlen?",
            "Was steht auf dem Spiel?",
            "Was hat uns das bis jetzt gekostet?",
            "Wie stark leidet der Umsatz?",
            "Was verlieren wir pro Stunde?",
        ),
        "fr": (
            "Combien ça coûte ?",
            "Combien d'argent perdons-nous ?",
            "Quel est le préjudice ?",
            "Combien de commandes perdues ?",
            "Quel est l'impact sur le chiffre d'affaires ?",
            "Quelles sont les pertes ?",
            "Combien avons-nous perdu ?",
            "Chiffre les dégâts",
            "À combien ça revient ?",
            "Combien ça nous revient ?",
            "Combien de ventes perdues ?",
            "À combien s'élève la facture ?",
            "Combien par heure ?",
            "Combien cela nous a-t-il coûté ?",
            "Quel est l'effet sur les ventes ?",
        ),
        "es": (
            "¿Cuánto cuesta?",
            "¿Cuánto dinero perdemos?",
            "¿Cuál es el daño económico?",
            "¿Cuántos pedidos se perdieron?",
            "¿Cuántos ingresos perdemos por hora?",
            "¿Qué pérdidas hay?",
            "¿Cuánto hemos perdido?",
            "Ponle cifra al daño",
            "¿A cuánto asciende?",
            "¿Cuántas ventas faltan?",
            "¿Por cuánto nos sale?",
            "¿Cuánto por hora?",
            "¿Cuánto nos ha costado hasta ahora?",
            "¿Cómo afecta a las ventas?",
        ),
    },
    answer=_answer,
)
