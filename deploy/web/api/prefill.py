"""Forms filled from the passport, with an organisation's key: known answers are not typed again."""

from typing import Final

from fastapi import APIRouter, Request

from deploy.hub import Hub
from deploy.operations.prefill import answer_form, offer_form
from deploy.web.api.prefill_bodies import (
    FilledOut,
    FormAnswer,
    FormAnswers,
    FormEntered,
    FormQuestion,
    FormWanted,
)
from deploy.web.api.reading_route import ReadingRoute
from deploy.web.guard.closed_route import KnownCaller
from deploy.web.guard.declared_answers import OF_CLOSED_ROUTES, problem_answer
from deploy.web.work import Work

_NO_OFFER: Final = problem_answer("There is no such offer: it was answered, or has run out.")


router = APIRouter(
    prefix="/v1/prefill",
    tags=["prefill"],
    route_class=ReadingRoute,
    responses=OF_CLOSED_ROUTES,
)


@router.post("")
async def prefill(body: FormWanted, request: Request, caller: KnownCaller) -> FilledOut:
    """Fill a form with what the organisation sees of a participant by the agreements of its key.

    Each answer has its source and date. The person sees that they were looked up.
    """
    hub: Hub = request.app.state.hub
    work: Work = request.app.state.work
    offered = await work.run(offer_form, hub, caller.reader(), body.number, body.form)
    filled = offered.filled
    return FilledOut(
        offer=offered.offer,
        form=filled.form_id,
        name=filled.form,
        answers=[
            FormAnswer(
                question=known.question.id,
                text=known.question.text,
                value=known.answer.value,
                provider=known.answer.provider_id,
                service=known.answer.service_id,
                observed_at=known.answer.observed_at,
            )
            for known in filled.reused
        ],
        to_ask=[
            FormQuestion(question=asked.question.id, text=asked.question.text, why=asked.why)
            for asked in filled.to_ask
        ],
    )


@router.post("/answers", responses={404: _NO_OFFER})
async def answers(body: FormAnswers, request: Request, caller: KnownCaller) -> FormEntered:
    """Say what came back of a form: which answers were reused, and which are new, is counted.

    No answer is kept. To share what is new, publish it as an event.
    """
    hub: Hub = request.app.state.hub
    work: Work = request.app.state.work
    organisation = caller.reader().organisation
    entered = await work.run(answer_form, hub, organisation, body.offer, body.answers)
    return FormEntered(answers=entered)
