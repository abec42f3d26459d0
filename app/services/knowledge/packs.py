"""A tenant's own domain packs: uploaded and checked, tried over what was recorded, put in force and taken back."""

import structlog

from app.access import UseCase, require
from app.config.packs_in_force import PackInForce, read_choice
from app.config.uploaded import read_uploaded_pack
from app.context import AppContext
from app.domain.base import JsonMapping, JsonObject, digest_of
from app.domain.errors import BadConfig, BadInput, Conflict, TooLarge
from app.domain.packs import MOST_CHOICES, PACK_CHOICE, SHIPPED, PackChoice, PackContent, PackPut, PackVersion
from app.domain.tenants import Scope
from app.ports.store import Session
from app.privacy.redact import redact
from app.schemas.packs import CauseShown, PackDetail, PacksAnswer, PackShown, PackUpload
from app.services.loop.anew import reopen_handed_over

log = structlog.get_logger()


def subject_of(number: int) -> str:
    """What the events about a pack are about."""
    return f"pack:{number}"


def list_packs(ctx: AppContext, scope: Scope) -> PacksAnswer:
    """What is in force, what came with the product, and every upload, newest first."""
    tenant = ctx.tenant(scope)
    with ctx.store.read(scope) as session:
        now, choice = ctx.packs.read(session, tenant), read_choice(session)
        versions = [_shown(one, choice, now) for one in session.packs.all()]
    return PacksAnswer(
        in_force=now.label,
        number=now.number,
        shipped=ctx.packs.shipped(tenant).label,
        causes=[
            CauseShown(id=one.id, title=one.title, category=one.category, explanation=one.explanation)
            for one in now.pack.causes
        ],
        trouble=now.trouble,
        put=list(choice.put),
        versions=versions,
    )


def read_pack(ctx: AppContext, scope: Scope, number: int) -> PackDetail:
    """One upload with its files."""
    with ctx.store.read(scope) as session:
        kept, choice = session.packs.get(number), read_choice(session)
        shown = _shown(kept, choice, ctx.packs.read(session, ctx.tenant(scope)))
        return PackDetail(**dict(shown), content=session.packs.content(number).files)


def _shown(kept: PackVersion, choice: PackChoice, now: PackInForce) -> PackShown:
    return PackShown(**dict(kept), in_force=now.number == kept.number, tried=choice.tried.get(str(kept.number)))


def upload_pack(ctx: AppContext, scope: Scope, wanted: PackUpload) -> PackShown:
    """Check a pack and keep it under the next number; it changes nothing before it is put in force."""
    require(scope, UseCase.UPLOAD_PACK)
    size = sum(len(text.encode()) for text in wanted.files.values())
    if size > ctx.limits.upload_bytes:
        raise TooLarge(f"{size:,} bytes; at most {ctx.limits.upload_bytes:,} are accepted")
    tenant, at = ctx.tenant(scope), ctx.clock(scope).now()
    with ctx.store.write(scope) as session:
        now = ctx.packs.read(session, tenant)
        base = None if wanted.whole else now.pack
        try:
            pack = read_uploaded_pack(wanted.files, base, ctx.tools.specs(), wanted.left_out)
        except BadConfig as refusal:
            raise BadInput(
                f"The pack was not kept: {refusal.problems[0]}"
                + (f", and {len(refusal.problems) - 1} more" if len(refusal.problems) > 1 else ""),
                [_problem_of(problem) for problem in refusal.problems],
            ) from None
        known = {cause.id: cause for cause in base.causes} if base else {}
        versions = session.packs.all()
        version = PackVersion(
            number=max((one.number for one in versions), default=0) + 1,
            name=pack.name,
            title=pack.title,
            digest=digest_of(pack.plain()),
            made_of=now.label if base else "",
            files=tuple(sorted(wanted.files)),
            causes=len(pack.causes),
            added=tuple(one.id for one in pack.causes if one.id not in known),
            replaced=tuple(one.id for one in pack.causes if one.id in known and known[one.id] != one),
            left_out=tuple(sorted(set(wanted.left_out))),
            note=redact(wanted.note.strip()).text,
            by=scope.principal.id,
            at=at,
        )
        session.packs.add(version, PackContent(pack=pack.plain(), files=wanted.files))
        told = version.model_dump(mode="json", exclude={"number", "at", "by", "files"})
        session.events.append("pack.uploaded", subject_of(version.number), told, at=at)
    log.info("pack.uploaded", tenant=scope.tenant_id, pack=version.number, by=version.by)
    return PackShown(**dict(version))


def _problem_of(problem: str) -> JsonMapping:
    """A problem of a file in the shape of every other problem of a body."""
    place, _, what = problem.partition(" ")
    return {"path": place.rstrip(":"), "problem": what}


def activate_pack(ctx: AppContext, scope: Scope, number: int, reason: str) -> PacksAnswer:
    """Put an upload in force that was tried before. What is looked at from now on is looked at with it; what waits for
    an answer, or was granted and not sent, is withdrawn by the next tick and reasoned about anew.
    """
    require(scope, UseCase.ACTIVATE_PACK)
    with ctx.store.write(scope) as session:
        kept, choice = session.packs.get(number), read_choice(session)
        if str(number) not in choice.tried:
            raise Conflict(f"pack {number} was not tried yet; try it over recorded incidents first", number=number)
        usable = ctx.packs.version(session, ctx.tenant(scope), number)
        if usable.trouble:
            raise Conflict(usable.trouble, number=number)
        if choice.in_force is None or choice.in_force.number != number:
            _put(ctx, scope, session, choice, _put_of(ctx, scope, reason, number, kept.digest))
    ctx.wake()
    return list_packs(ctx, scope)


def roll_back_pack(ctx: AppContext, scope: Scope, reason: str) -> PacksAnswer:
    """Put in force again what was in force before; that may be the pack that came with the product."""
    require(scope, UseCase.ROLL_BACK_PACK)
    with ctx.store.write(scope) as session:
        choice = read_choice(session)
        if choice.in_force is None:
            raise Conflict("the pack that came with the product is in force; there is nothing to go back to")
        *earlier, gone = choice.put
        before = earlier[-1] if earlier else None
        number, digest = (before.number, before.digest) if before else (SHIPPED, "")
        back = _put_of(ctx, scope, reason, number, digest)
        _put(ctx, scope, session, choice.changed(put=tuple(earlier[:-1])), back, instead_of=gone.number)
    ctx.wake()
    return list_packs(ctx, scope)


def _put_of(ctx: AppContext, scope: Scope, reason: str, number: int, digest: str) -> PackPut:
    said = redact(reason.strip()).text
    if not said:
        raise BadInput("say in `reason` why: it is part of the audit record")
    return PackPut(by=scope.principal.id, at=ctx.clock(scope).now(), reason=said, number=number, digest=digest)


def _put(
    ctx: AppContext, scope: Scope, session: Session, choice: PackChoice, put: PackPut, instead_of: int | None = None
) -> None:
    kept = choice.changed(put=(*choice.put, put)[-MOST_CHOICES:])
    session.notes.put(PACK_CHOICE, kept.plain())
    kind = "pack.activated" if instead_of is None else "pack.rolled_back"
    again = reopen_handed_over(session, f"{put.by} has put other causes in force: {put.reason}", put.at)
    told: JsonObject = {"number": put.number, "digest": put.digest, "reason": put.reason, "instead_of": instead_of}
    told |= {"reasoned_anew": [*again]}
    session.events.append(kind, subject_of(put.number), told, at=put.at)
    log.warning(kind, tenant=scope.tenant_id, pack=put.number, by=put.by)
