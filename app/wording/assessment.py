"""The sentences of an assessment: what we conclude, what we assume, what we do not know."""

from collections.abc import Sequence

from app.config.model import DomainPack
from app.domain.hypotheses import UNKNOWN, Dossier, Hypothesis, shown_confidence
from app.domain.knowledge import Passage
from app.wording.seen import list_checks, word_seen

FEW_SIGNALS = 5


def word_for(confidence: float) -> str:
    """A confidence as a word."""
    steps = ((0.9, "almost certainly"), (0.7, "probably"), (0.5, "possibly"))
    return next((word for floor, word in steps if confidence >= floor), "perhaps")


def word_summary(dossier: Dossier, hypotheses: Sequence[Hypothesis]) -> str:
    """What was seen, and what it is taken for, in one or two sentences."""
    best = hypotheses[0]
    reach = len(dossier.merchants)
    seen = (
        f"{dossier.signal_count} {'signal' if dossier.signal_count == 1 else 'signals'} from {reach}"
        f" {'merchant' if reach == 1 else 'merchants'}"
    )
    if best.cause == UNKNOWN:
        known = next((one for one in hypotheses if one.cause != UNKNOWN), None)
        likeliest = (
            f" The likeliest known cause is {known.cause} with {shown_confidence(known.confidence)}: {known.title}."
            if known
            else ""
        )
        return (
            f"{dossier.title}: {seen}.{word_seen(dossier)} No known cause fits well enough"
            f" ({shown_confidence(best.confidence)} that it is something else).{likeliest}"
        )
    reasons = "; ".join(one.statement.rstrip(".") for one in best.findings_for[:3])
    because = f" because: {reasons}" if reasons else ""
    return (
        f"{dossier.title}: {seen}. It is {word_for(best.confidence)} ({shown_confidence(best.confidence)}) this:"
        f" {best.title}{because}."
    )


def list_assumptions(dossier: Dossier) -> list[str]:
    """What was taken for granted."""
    assumed = [f"The cost is an estimate: {dossier.impact.basis}."]
    if not dossier.facts.attributes:
        assumed.append(
            "No attributes of the affected merchants are known, so the broken could not be compared with the healthy."
        )
    else:
        assumed.append("Merchants that reported nothing are taken to be healthy.")
    if not dossier.facts.errors:
        assumed.append("No machine reported a failure; people's words are taken as they stand.")
    return assumed


def list_uncertainties(
    dossier: Dossier,
    hypotheses: Sequence[Hypothesis],
    passages: Sequence[Passage],
    pack: DomainPack | None,
    clear: float,
) -> list[str]:
    """What is not known; a runner-up that is nearer than `clear` is named."""
    best = hypotheses[0]
    unsure = []
    if dossier.facts.signals < FEW_SIGNALS:
        unsure.append("There are only a few signals; more may change the ranking.")
    if len(hypotheses) > 1 and best.confidence - hypotheses[1].confidence < clear:
        unsure.append(f"The runner-up is close: {hypotheses[1].title} ({shown_confidence(hypotheses[1].confidence)}).")
    if best.missing and best.cause != UNKNOWN:
        unsure.append(f"Not seen so far: {', '.join(best.missing[:4])}.")
    if not passages:
        unsure.append("No runbook covers this.")
    if best.cause == UNKNOWN:
        return [*unsure, *(f"To check: {question}" for question in list_checks(dossier))]
    causes = [cause for one in hypotheses[:2] if pack and (cause := pack.cause(one.cause))]
    return [*unsure, *(f"To check: {question}" for cause in causes for question in cause.questions[:2])]
