"""Who may do what: the role that each use case needs, in one table. What is not in it, everybody of the tenant may."""

from enum import StrEnum

from app.domain.errors import Forbidden
from app.domain.tenants import Role, Scope


class UseCase(StrEnum):
    """What not every principal of a tenant may do."""

    CLOSE_INCIDENT = "close an incident, whatever it is at"
    ANSWER_CHECK = "say whether a sign of an incident holds"
    NAME_CAUSE = "name the cause of an incident"
    RETRY_INCIDENT = "have an incident tried again that was set aside"
    BRING_BACK_SIGNALS = "have signals looked at again that were set aside"
    MAP_SHAPE = "say what the fields of something unmapped mean"
    PROPOSE_HOLD = "propose that a wave is not cut over yet"
    COMPLETE_STEP = "say that a step of a plan is done"
    RECALCULATE_PLAN = "have the plan of an incident made anew"
    STOP_PLAN = "stop the plan of an incident"
    RECONCILE_DOUBT = "ask the other system whether something was done"
    DECIDE_ACTION = "approve or reject an action"
    SNOOZE_ACTION = "put a question off"
    EDIT_ACTION = "change an action that waits"
    EXECUTE_ACTION = "have an approved action sent at once"
    UNDO_ACTION = "have something taken back that was sent"
    RESOLVE_DOUBT = "say whether something was done"
    TRUST_UPLOAD = "have an upload trusted at once"
    APPROVE_DOCUMENT = "trust a document that waits"
    REMOVE_DOCUMENT = "remove a document"
    REMOVE_UPLOADS = "remove every upload"
    ADD_WINDOW = "open a maintenance window"
    ADD_MUTE = "stop asking about something for a while"
    END_QUIET = "end a window or a mute"
    STOP_TENANT = "turn the kill switch of a tenant"
    STOP_EVERYTHING = "turn the kill switch of everything"
    ACCEPT_CHAIN = "accept an audit chain as it stands"
    UPLOAD_PACK = "upload a domain pack"
    TRY_PACK = "try a domain pack over recorded incidents"
    ACTIVATE_PACK = "put a domain pack in force"
    ROLL_BACK_PACK = "go back to the domain pack before"
    SET_TOOL = "say how far a tool may reach"
    TEST_TOOL = "try the connections of a tool"
    TEST_TARGET = "try whether a target can be reached"
    RESEND_NOTICE = "have people told what did not reach them"
    WRITE_BACKUP = "write a backup"
    PRUNE_DATA = "prune old data"
    CHECK_DATA = "check the data folder"


NEEDED_ROLES = {
    UseCase.CLOSE_INCIDENT: Role.OPERATOR,
    UseCase.RETRY_INCIDENT: Role.OPERATOR,
    UseCase.ANSWER_CHECK: Role.OPERATOR,
    UseCase.BRING_BACK_SIGNALS: Role.OPERATOR,
    UseCase.MAP_SHAPE: Role.OPERATOR,
    UseCase.PROPOSE_HOLD: Role.OPERATOR,
    UseCase.COMPLETE_STEP: Role.OPERATOR,
    UseCase.RECALCULATE_PLAN: Role.OPERATOR,
    UseCase.STOP_PLAN: Role.OPERATOR,
    UseCase.RECONCILE_DOUBT: Role.OPERATOR,
    UseCase.DECIDE_ACTION: Role.APPROVER,
    UseCase.NAME_CAUSE: Role.APPROVER,
    UseCase.SNOOZE_ACTION: Role.APPROVER,
    UseCase.EDIT_ACTION: Role.APPROVER,
    UseCase.EXECUTE_ACTION: Role.APPROVER,
    UseCase.UNDO_ACTION: Role.APPROVER,
    UseCase.RESOLVE_DOUBT: Role.APPROVER,
    UseCase.TRUST_UPLOAD: Role.APPROVER,
    UseCase.APPROVE_DOCUMENT: Role.APPROVER,
    UseCase.REMOVE_DOCUMENT: Role.APPROVER,
    UseCase.REMOVE_UPLOADS: Role.APPROVER,
    UseCase.ADD_WINDOW: Role.APPROVER,
    UseCase.ADD_MUTE: Role.APPROVER,
    UseCase.END_QUIET: Role.APPROVER,
    UseCase.STOP_TENANT: Role.APPROVER,
    UseCase.STOP_EVERYTHING: Role.ADMIN,
    UseCase.ACCEPT_CHAIN: Role.ADMIN,
    UseCase.UPLOAD_PACK: Role.APPROVER,
    UseCase.TRY_PACK: Role.APPROVER,
    UseCase.ACTIVATE_PACK: Role.ADMIN,
    UseCase.ROLL_BACK_PACK: Role.ADMIN,
    UseCase.SET_TOOL: Role.ADMIN,
    UseCase.TEST_TOOL: Role.OPERATOR,
    UseCase.TEST_TARGET: Role.OPERATOR,
    UseCase.RESEND_NOTICE: Role.OPERATOR,
    UseCase.WRITE_BACKUP: Role.ADMIN,
    UseCase.PRUNE_DATA: Role.ADMIN,
    UseCase.CHECK_DATA: Role.ADMIN,
}


def is_allowed(scope: Scope, use_case: UseCase) -> bool:
    """Whether the principal's role covers the one that is needed."""
    return scope.principal.role.covers(NEEDED_ROLES[use_case])


def require(scope: Scope, use_case: UseCase) -> None:
    """Refuse a principal whose role does not cover the one that is needed."""
    if not is_allowed(scope, use_case):
        role = NEEDED_ROLES[use_case]
        raise Forbidden(f"this needs the role {role.value}; {scope.principal.id} is {scope.principal.role.value}")


def list_allowed(scope: Scope) -> list[str]:
    """The names of everything in the table that the principal may do, so that nobody is shown a button that refuses."""
    return [use_case.name for use_case in UseCase if is_allowed(scope, use_case)]
