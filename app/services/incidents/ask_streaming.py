"""An answer as it comes: the one of the rules stands first, then each line of a model that has passed the gate replaces
what it words, and last comes the whole as it is kept.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

from app.context import AppContext
from app.domain.questions import AnswerText
from app.domain.tenants import Scope
from app.schemas.incidents import AskProgress, AskRequest
from app.services.incidents.ask import answer_question


def stream_answer(ctx: AppContext, scope: Scope, request: AskRequest) -> Iterator[AskProgress]:
    """Each state of the answer, the kept one last; what is wrong with the question is raised before the first. Who
    stops listening misses nothing but the sight: the answer is kept all the same, in the conversation that every state
    names.
    """
    conversation = request.conversation_id or ctx.ids.fresh("CONV")
    request = request.model_copy(update={"conversation_id": conversation})
    states: SimpleQueue[AnswerText | None] = SimpleQueue()
    thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ask-stream")
    answering = thread.submit(answer_question, ctx, scope, request, states.put)
    answering.add_done_callback(lambda _: states.put(None))
    thread.shutdown(wait=False)
    while (state := states.get()) is not None:
        yield AskProgress(conversation_id=conversation, answer=state)
    whole = answering.result()
    yield AskProgress(conversation_id=conversation, answer=whole.answer, whole=whole)
