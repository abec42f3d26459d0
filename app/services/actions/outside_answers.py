"""A person's word as other consoles say it. It goes through the same review as every other, by the digest that was
shown; what is none of the known words decides nothing.
"""

from app.context import AppContext
from app.domain.base import JsonObject
from app.domain.errors import BadInput
from app.domain.tenants import Scope
from app.schemas.actions import ApproveRequest, EditRequest
from app.schemas.incidents import AskRequest
from app.schemas.outside import InboxAnswer, InboxEdit, MiddlewareDecision, OutsideAnswer, OutsideOutcome
from app.services.actions import review, rows
from app.services.incidents.ask import answer_question

IGNORED = "to ignore a question decides nothing: reject it with its reason, or leave it to somebody else"
NOT_THAT_TOOL = "only the arguments can be edited: the action stays {tool!r}, and {other!r} was sent"
NO_ARGUMENTS = "an edit needs the action's name and its arguments"
NO_QUESTION = "a response needs its text: it is answered, and the action stays pending"


def answer_from_outside(
    ctx: AppContext, scope: Scope, action_id: str, digest: str, body: OutsideAnswer
) -> OutsideOutcome:
    """Approve, edit, reject or ask, as the one answer in the body says."""
    (said,) = body.root if isinstance(body.root, list) else [_as_inbox(one) for one in body.root.decisions]
    text = said.args if isinstance(said.args, str) else ""
    match said.type:
        case "accept":
            action = review.decide_action(ctx, scope, ApproveRequest(action_id=action_id, approved=True, digest=digest))
            return OutsideOutcome(action=action, note=action.still_needs_another)
        case "edit":
            arguments = _read_arguments(ctx, scope, action_id, said)
            edited = review.edit_action(ctx, scope, action_id, EditRequest(arguments=arguments, digest=digest))
            return OutsideOutcome(action=edited, note=edited.note)
        case "response":
            if not text.strip():
                raise BadInput(NO_QUESTION)
            told = answer_question(ctx, scope, AskRequest(question=text, about=action_id))
            return OutsideOutcome(action=rows.read_action(ctx, scope, action_id), answer=told)
        case "ignore" if text:
            rejected = ApproveRequest(action_id=action_id, approved=False, feedback=text, digest=digest)
            return OutsideOutcome(action=review.decide_action(ctx, scope, rejected))
        case _:
            raise BadInput(IGNORED)


def _as_inbox(one: MiddlewareDecision) -> InboxAnswer:
    """The same in the words of the inbox; a rejection there is to ignore with a reason."""
    if one.type == "edit":
        edited = one.edited_action
        return InboxAnswer(type="edit", args=InboxEdit(action=edited.name, args=edited.args) if edited else None)
    if one.type == "reject" and not one.message.strip():
        raise BadInput("a rejection needs its reason in `message`: the next proposal depends on it")
    kinds = {"approve": "accept", "reject": "ignore", "respond": "response"}
    return InboxAnswer.model_validate({"type": kinds[one.type], "args": one.message or None})


def _read_arguments(ctx: AppContext, scope: Scope, action_id: str, said: InboxAnswer) -> JsonObject:
    if not isinstance(said.args, InboxEdit):
        raise BadInput(NO_ARGUMENTS)
    tool = rows.read_action(ctx, scope, action_id).decision.tool
    if said.args.action != tool:
        raise BadInput(NOT_THAT_TOOL.format(tool=tool, other=said.args.action))
    return said.args.args
