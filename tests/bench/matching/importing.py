"""An import of very many learners: the time a learner, held against that of few.

Through the registrar of the providers' doors, in the sets in which an import registers, on a real
PostgreSQL: a college's return, of which each learner is another person. What an import does besides
is done line by line, and not measured here.
"""

import time
from itertools import islice
from typing import Any, Final

from sqlalchemy import text

from deploy.operations.registrar import TOGETHER, HubRegistrar
from producers.hub import Applicant, Registered
from tests.bench.matching.cost import Meter, new_hub
from tests.bench.matching.filling import PROVIDER
from tests.bench.matching.londoners import tellings
from tests.bench.matching.plots import Line, Plots

PART: Final = 10
"""The first of so many parts of the learners is held against all of them."""
RATIO_MAX: Final = 1.25
_TOLD_EVERY: Final = 2_000
_MS: Final = 1e3


def measure(learners: int, broken: list[str], plots: Plots) -> dict[str, Any]:
    """Return the time a learner, of the first tenth and of all, and the ratio of both."""
    people = (
        Applicant(f"L{told.person}", told.identity, None, contact=told.contact)
        for told, *_ in tellings(learners, seed=4)
    )
    done = issued = 0
    seconds = spent = 0.0
    spent_upto: dict[int, float] = {}
    seconds_upto: dict[int, float] = {}
    with new_hub() as hub:
        registrar = HubRegistrar(hub.ledger, hub.register)
        meter = Meter(hub.ledger.engine)
        while some := list(islice(people, TOGETHER)):
            begun = time.perf_counter()
            meter.begin()
            answers = registrar.register(PROVIDER, some)
            spent += meter.end().both / _MS
            seconds += time.perf_counter() - begun
            done += len(some)
            issued += sum(isinstance(answer, Registered) for answer in answers)
            spent_upto[done], seconds_upto[done] = spent, seconds
            if done % _TOLD_EVERY < TOGETHER:
                print(f"{done:,} learners, {_MS * spent / done:.2f} ms each", flush=True)
        meter.demand_same_backend()
        with hub.ledger.engine.connect() as connection:
            assert connection.scalar(text("SELECT count(*) FROM ledger.participant")) == issued
    first = min(spent_upto, key=lambda count: abs(count - learners // PART))
    a_learner = {count: _MS * used / count for count, used in spent_upto.items()}
    ratio = a_learner[done] / a_learner[first]
    if ratio > RATIO_MAX:
        broken.append(f"an import of {done:,}: {ratio:.2f} times the time a learner")
    plots.cost("import", [Line("an import of so many", a_learner)], "processor time a learner, ms")
    return {
        "learners": done,
        "possible_matches": done - issued,
        f"ms_a_learner_of_{first}": round(a_learner[first], 2),
        f"ms_a_learner_of_{done}": round(a_learner[done], 2),
        "ratio": round(ratio, 2),
        "ratio_of_the_clock": round(seconds_upto[done] / done / (seconds_upto[first] / first), 2),
        "seconds": round(seconds),
    }
