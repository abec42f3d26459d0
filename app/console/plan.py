"""The plan of an incident: its steps, how far each is, who must do what, and the buttons for what is people's."""

import streamlit as st

from app.access import UseCase
from app.console import navigation, queries, safe_text
from app.domain.actions import Action
from app.domain.playbooks import RunStatus, StepKind, StepState
from app.schemas.playbooks import PlanShown, StepShown

LONGEST_NOTE = 1_500
STEP_MARKS = {
    StepState.WAITING: ("○ Its turn will come", "gray"),
    StepState.OPEN: ("◔ Under way", "blue"),
    StepState.DONE: ("✓ Done", "green"),
    StepState.FAILED: ("✕ Given up", "red"),
}
RUN_MARKS = {
    RunStatus.ASSIGNED: ("◑ Waits for its approval", "orange"),
    RunStatus.RUNNING: ("◔ Under way", "blue"),
    RunStatus.COMPLETED: ("✓ Completed", "green"),
    RunStatus.STOPPED: ("■ Stopped", "gray"),
}
FOR_PEOPLE = ("◑ Waits for a person", "orange")
DOERS = {"agent": "by the agent", "person": "by a person", "approver": "by a tool, once a person or a rule approves"}


def draw_waiting(plan: PlanShown | None) -> None:
    """Above everything else on the page: which steps a person can do now."""
    if plan is not None and plan.standing.for_people:
        titles = [plan.run.plan.step(one).title for one in plan.standing.for_people]
        safe_text.notice("warning", f"The plan waits for a person: {'; '.join(titles)}.")


def draw_plan(tenant: str, plan: PlanShown | None) -> None:
    """Every step of the plan, with what each promises and how it is taken back."""
    if plan is None:
        safe_text.plain("No playbook fits this incident, so it has no plan of several steps.")
        return
    run = plan.run
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        safe_text.badge(*RUN_MARKS[run.status])
        safe_text.caption(f"{run.plan.title} · {run.id} · {plan.standing.sentence}")
    for place, step in enumerate(plan.steps, start=1):
        _draw_step(tenant, plan, step, place)
    if plan.to_take_back:
        safe_text.strong("What was done, and how it is taken back")
        safe_text.lines(f"·  {line}" for line in plan.to_take_back)
    may = queries.read_state(tenant).may
    if run.is_open and UseCase.STOP_PLAN.name in may:
        _draw_stop(tenant, plan)
    nothing_done = run.status is RunStatus.ASSIGNED and not run.done_steps
    if nothing_done and UseCase.RECALCULATE_PLAN.name in may:
        st.button("↻ Make the plan anew", key="recalculate-plan", on_click=_recalculate, args=(tenant, run.incident_id))
    for earlier in plan.earlier:
        safe_text.caption(f"Earlier: {earlier.plan.title} · {earlier.status.value} · {earlier.ended_because}")


def _draw_step(tenant: str, plan: PlanShown, shown: StepShown, place: int) -> None:
    step, record = shown.step, shown.record
    with st.container(border=True, gap="xsmall", key=f"step-{step.id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            with st.container(width="stretch"):
                safe_text.strong(f"{place}. {step.title}")
            for_people = step.by_person and record.state is StepState.OPEN
            safe_text.badge(*(FOR_PEOPLE if for_people else STEP_MARKS[record.state]))
            if shown.asks and st.button("Open the card", key=f"step-card-{step.id}", type="tertiary"):
                navigation.go("inbox", action=shown.asks)
        safe_text.caption(f"{DOERS[shown.doer]} · {shown.now}")
        if step.says and step.kind is not StepKind.NOTIFY:
            safe_text.block(step.says)
        safe_text.plain(f"Promises: {step.forecast}")
        safe_text.plain(f"Taken back: {step.undo}")
        if for_people and plan.run.is_open and UseCase.COMPLETE_STEP.name in queries.read_state(tenant).may:
            _draw_answer(tenant, plan, shown)


def _draw_answer(tenant: str, plan: PlanShown, shown: StepShown) -> None:
    """What a person says of a step: it is done, or it cannot be done and why."""
    name, incident_id = shown.step.id, plan.run.incident_id
    said = st.text_input("What came of it", key=f"step-note-{incident_id}-{name}", max_chars=LONGEST_NOTE)
    note = (said or "").strip()
    with st.container(horizontal=True, gap="small"):
        args = (tenant, incident_id, name, note, plan.plan_digest)
        st.button("✓ It is done", key=f"step-done-{name}", on_click=_answer, args=(*args, True), type="primary")
        st.button(
            "✕ It cannot be done",
            key=f"step-cannot-{name}",
            on_click=_answer,
            args=(*args, False),
            disabled=not note,
            help="Say why; the plan stops, and people take over.",
        )


def _answer(tenant: str, incident_id: str, step_id: str, note: str, digest: str, done: bool) -> None:
    answered = navigation.attempt(queries.send_step, tenant, incident_id, step_id, done, note, digest)
    if answered is not None:
        navigation.show_notice("success", f"{answered.run.plan.step(step_id).title}: {'done' if done else 'given up'}.")


def _draw_stop(tenant: str, plan: PlanShown) -> None:
    """A person has it go no further, and says why."""
    incident_id = plan.run.incident_id
    with st.expander("Stop this plan", expanded=False):
        safe_text.plain(
            "Nothing of it is begun any more. What its steps have asked and a treatment that was not sent are"
            " withdrawn; what was done stands, and is listed with its way back. A rollout that has begun goes on until"
            " the action is taken back."
        )
        said = st.text_input("Why it goes no further", key=f"stop-why-{incident_id}", max_chars=LONGEST_NOTE)
        reason = (said or "").strip()
        args = (tenant, incident_id, reason, plan.plan_digest)
        st.button("■ Stop it", key="stop-plan", on_click=_stop, args=args, disabled=not reason)


def _stop(tenant: str, incident_id: str, reason: str, digest: str) -> None:
    stopped = navigation.attempt(queries.send_plan_stop, tenant, incident_id, reason, digest)
    if stopped is not None:
        navigation.show_notice("success", stopped.standing.sentence)


def _recalculate(tenant: str, incident_id: str) -> None:
    if navigation.attempt(queries.send_recalculation, tenant, incident_id) is not None:
        navigation.show_notice("success", f"{incident_id} is reasoned about anew, and with it the plan.")


def draw_part(row: Action) -> None:
    """On the card of an action: the whole plan that its approval is about, or of whose plan it is a step."""
    plan, part = row.decision.plan, row.decision.part_of
    if plan is not None:
        safe_text.strong(f"It begins a plan: {plan.title}")
        safe_text.lines(
            f"{place}. {step.title}{' (a person does it)' if step.by_person else ''}"
            for place, step in enumerate(plan.steps, start=1)
        )
        safe_text.caption("The approval covers this plan as it stands; each other tool in it is asked for by itself.")
    if part is not None:
        safe_text.caption(f"It is a step of the plan of {part.incident_id} ({part.run_id}).")
