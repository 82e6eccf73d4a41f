from collections.abc import Iterator

import pytest

from schemas.identifiers import AgreementId, PassportNumber
from tests.support.bus import Bus
from tests.support.erasures import EVERYWHERE, erase, somebody


@pytest.fixture
def erased(bus: Bus) -> Iterator[PassportNumber]:
    """Give the number of somebody whose erasure is finished."""
    participant_id = somebody(bus)
    assert all(bus.tray(AgreementId(one)) for one in EVERYWHERE)
    erase(bus, participant_id)
    yield participant_id
    bus.assert_holds()
