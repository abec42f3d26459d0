"""What a question may need beyond one incident, read in one transaction, and no more of it than its kinds read."""

from collections.abc import Collection

from app.context import EVERY_ONE, AppContext
from app.domain.hypotheses import Dossier
from app.domain.incidents import FEEDABLE
from app.domain.lessons import list_standing
from app.domain.questions import Turn
from app.domain.tenants import Scope
from app.explain.inquiry import TenantFacts, UnorderedPayments, WaveFacts
from app.explain.kind import QuestionKind
from app.explain.readers import KnownNames
from app.ports.store import Session
from app.services.incidents.cases import latest_step
from app.services.incidents.outlooks import list_reasons, read_outlooks
from app.wording.titles import list_titles


def read_known_names(ctx: AppContext, scope: Scope, session: Session) -> KnownNames:
    """What a question can name."""
    return KnownNames(
        merchants={one.id: one.name for one in session.merchants.all()},
        tools={one.name: one.title for one in ctx.config.tools},
        causes={one.id: one.title for one in ctx.pack(scope).causes},
    )


def read_tenant_facts(
    ctx: AppContext, scope: Scope, session: Session, kinds: Collection[QuestionKind], turns: Collection[Turn]
) -> TenantFacts:
    """What these kinds of question need to be answered."""
    pack, reads = ctx.pack(scope), {name for kind in kinds for name in kind.reads}
    beyond = any(not kind.of_incident for kind in kinds)
    treats: dict[str, tuple[str, ...]] = {}
    for cause in pack.causes:
        for one in cause.treatments:
            treats[one.tool] = tuple(dict.fromkeys((*treats.get(one.tool, ()), cause.id)))
    return TenantFacts(
        now=ctx.clock(scope).now(),
        incidents=tuple(session.incidents.page(limit=EVERY_ONE)) if beyond else (),
        actions=tuple(session.actions.page(limit=EVERY_ONE)) if beyond else (),
        merchants={one.id: one for one in session.merchants.all()} if beyond else {},
        lessons=tuple(list_standing(session.lessons.page())) if "lessons" in reads else (),
        waves=_read_waves(ctx, scope, session) if "waves" in reads else (),
        unordered=_read_unordered(session) if "dossiers" in reads else (),
        tools={one.name: one.title for one in ctx.config.tools},
        causes={one.id: one.title for one in pack.causes},
        treats=treats,
        titles=list_titles(pack, ctx.config.tools, ctx.config.policies.rules, ctx.config.playbooks),
        last_look=max((turn.at for turn in turns), default=None),
    )


def _read_waves(ctx: AppContext, scope: Scope, session: Session) -> tuple[WaveFacts, ...]:
    return tuple(
        WaveFacts(
            wave=one.wave,
            readiness=one.readiness.value,
            stages=one.stages(),
            waiting=tuple(member.merchant.id for member in one.waiting),
            reasons=tuple(list_reasons(one)),
        )
        for one in read_outlooks(ctx, scope, session)
    )


def _read_unordered(session: Session) -> tuple[UnorderedPayments, ...]:
    found: list[UnorderedPayments] = []
    for incident in session.incidents.page(statuses=FEEDABLE, limit=EVERY_ONE):
        looked = latest_step(session.incidents.steps(incident.id), "observe")
        impact = Dossier.model_validate(looked).impact if looked else None
        if impact and impact.paid_without_order_count:
            count, amounts = impact.paid_without_order_count, impact.paid_without_order
            found.append(UnorderedPayments(incident=incident.id, count=count, amounts=amounts))
    return tuple(found)
