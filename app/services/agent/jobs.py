"""A cycle that lasts longer than anybody waits for an answer becomes a job: it goes on here, and what becomes of it is
kept in its tenant.

Which process is at it is said by a lease, so that whoever asks after a restart is told the truth without anybody having
had to clean up.
"""

import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import structlog

from app.context import AppContext
from app.domain.base import JsonMapping
from app.domain.errors import CausewayError, NotFound, Temporary
from app.domain.incidents import FEEDABLE
from app.domain.tenants import Fence, Scope
from app.ports.store import Session
from app.schemas.signals import CycleAnswer, CycleJob, JobState
from app.services.agent import cycle

log = structlog.get_logger()
PATIENCE = 20.0
"""Seconds after which a caller gets a job in place of the answer."""
STOPPING = 10.0
JOBS_NOTE = "jobs"
MOST_JOBS = 20
"""So many jobs of a tenant are told about; the oldest that ended is forgotten first."""
INTERRUPTED = "Interrupted by a restart of the server; what was done stays, and the worker goes on by itself."


@dataclass
class _Cycle:
    """One cycle at work in this process."""

    scope: Scope
    lock: threading.Lock = field(default_factory=threading.Lock)
    over: threading.Event = field(default_factory=threading.Event)
    job: CycleJob | None = None
    fence: Fence | None = None


class CycleJobs:
    """The cycles of one process, each in a thread of its own; of a tenant that has a job no second one is begun."""

    def __init__(self, ctx: AppContext, *, patience: float = PATIENCE) -> None:
        self._ctx, self._patience = ctx, patience
        self._lock = threading.Lock()
        self._working: dict[int, _Cycle] = {}
        self._stopping = threading.Event()

    def run_cycle(self, scope: Scope) -> CycleAnswer | CycleJob:
        """The answer of a cycle when it comes in time, else the job that it has become; what went wrong in time is
        raised.
        """
        promised = self._promised_in(scope.tenant_id)
        if promised is not None:
            return self.read_job(scope, promised)
        own = _Cycle(scope)
        with self._lock:
            self._working[id(own)] = own
        thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"cycle-{scope.tenant_id}")
        work = thread.submit(cycle.run_cycle, self._ctx, scope, stopping=self._stopping.is_set)
        work.add_done_callback(partial(self._end, own))
        thread.shutdown(wait=False)
        wait([work], timeout=self._patience)
        with own.lock:
            if not work.done():
                return self._promise(own)
        return work.result()

    def read_job(self, scope: Scope, job_id: str) -> CycleJob:
        """How a job stands now; a running one that no process is at any more was interrupted."""
        with self._ctx.store.read(scope) as session:
            kept = _kept_jobs(session).get(job_id)
            if kept is None:
                raise NotFound(f"There is no job {job_id}; the latest {MOST_JOBS} are kept.")
            job = CycleJob.model_validate(kept)
            if job.state is not JobState.RUNNING:
                return job
            open_now = [incident.id for incident in session.incidents.page(statuses=FEEDABLE)]
            if all(lease.fence.name != _lease_of(job_id) for lease in session.leases.page()):
                return job.model_copy(update={"state": JobState.FAILED, "incidents": open_now, "detail": INTERRUPTED})
        return job.model_copy(update={"incidents": open_now})

    def stop(self) -> None:
        """Let what is at work come to its next resting place and end."""
        self._stopping.set()
        with self._lock:
            working = list(self._working.values())
        for own in working:
            own.over.wait(STOPPING)

    def _promised_in(self, tenant_id: str) -> str | None:
        with self._lock:
            jobs = [own.job for own in self._working.values() if own.scope.tenant_id == tenant_id]
        return next((job.id for job in jobs if job is not None), None)

    def _end(self, own: _Cycle, work: Future[CycleAnswer]) -> None:
        """A cycle is over: nobody waits for it any more when it has become a job, so its end is kept."""
        try:
            with own.lock:
                if own.job is not None:
                    self._keep_end(own, work)
        finally:
            own.over.set()
            with self._lock:
                self._working.pop(id(own), None)

    def _promise(self, own: _Cycle) -> CycleJob:
        """From here on the answer is kept in the tenant, and a lease says that somebody is at it."""
        job_id = self._ctx.ids.fresh("JOB")
        with self._ctx.store.write(own.scope) as session:
            open_now = [incident.id for incident in session.incidents.page(statuses=FEEDABLE)]
            job = CycleJob(id=job_id, state=JobState.RUNNING, began=self._ctx.system.now(), incidents=open_now)
            own.fence = session.leases.take(_lease_of(job_id), self._ctx.holder, seconds=self._ctx.lease_seconds)
            _keep_job(session, job)
        own.job = job
        threading.Thread(target=partial(self._hold, own), name=f"holds-{job_id}", daemon=True).start()
        return job

    def _hold(self, own: _Cycle) -> None:
        """Keep the job's lease for as long as its cycle is at work, however long one step of it lasts."""
        assert own.fence is not None
        while not own.over.wait(self._ctx.lease_seconds / 3):
            try:
                with self._ctx.store.write(own.scope) as session:
                    session.leases.renew(own.fence, seconds=self._ctx.lease_seconds)
            except Temporary as busy:
                log.warning("job.lease_not_renewed", tenant=own.scope.tenant_id, why=busy.detail)

    def _keep_end(self, own: _Cycle, work: Future[CycleAnswer]) -> None:
        assert own.job is not None and own.fence is not None
        ended = self._ended(own.job, own.scope, work)
        try:
            with self._ctx.store.write(own.scope) as session:
                _keep_job(session, ended)
                session.leases.release(own.fence)
        except Temporary as busy:
            log.warning("job.end_not_kept", job=own.job.id, tenant=own.scope.tenant_id, why=busy.detail)

    def _ended(self, job: CycleJob, scope: Scope, work: Future[CycleAnswer]) -> CycleJob:
        now: datetime = self._ctx.system.now()
        if self._stopping.is_set():
            return job.model_copy(update={"state": JobState.FAILED, "ended": now, "detail": INTERRUPTED})
        error = work.exception()
        if error is None:
            answer = work.result()
            found = [incident.id for incident in answer.incidents]
            changes = {"state": JobState.DONE, "ended": now, "incidents": found, "answer": answer}
            return job.model_copy(update=changes)
        if isinstance(error, CausewayError):
            return job.model_copy(update={"state": JobState.FAILED, "ended": now, "detail": error.detail})
        log.error("job.failed", job=job.id, tenant=scope.tenant_id, exc_info=error)
        detail = f"Something went wrong on our side and was logged as {job.id}. The worker goes on by itself."
        return job.model_copy(update={"state": JobState.FAILED, "ended": now, "detail": detail})


def _lease_of(job_id: str) -> str:
    return f"job:{job_id}"


def _kept_jobs(session: Session) -> dict[str, JsonMapping]:
    return dict(session.notes.get(JOBS_NOTE) or {})


def _keep_job(session: Session, job: CycleJob) -> None:
    """Insert or replace a job; of too many, those that ended longest ago go first."""
    kept = _kept_jobs(session) | {job.id: job.model_dump(mode="json")}
    by_age = sorted(kept, key=lambda name: (kept[name]["state"] == JobState.RUNNING, kept[name]["began"]))
    session.notes.put(JOBS_NOTE, {name: kept[name] for name in by_age[-MOST_JOBS:]})
