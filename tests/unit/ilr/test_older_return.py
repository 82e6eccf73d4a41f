"""A return that was prepared before the last accepted one of its year."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from producers.ilr.errors import ReturnRefusedError
from schemas.identifiers import ProviderId
from tests.support.ilr.hub import CollegeHub
from tests.support.ilr.returns import write_made_return


def test_an_older_return_is_refused_by_its_rule(tmp_path: Path) -> None:
    """It would undo what has changed since: the college's rule book calls it Filename_8."""
    hub = CollegeHub()
    later = datetime(2025, 12, 1, tzinfo=UTC)
    with hub.snapshots.begin(ProviderId("college-c"), "2025-26", later) as session:
        session.accept()
    file = write_made_return(tmp_path / "made.xml", 1)

    with file.stream, pytest.raises(ReturnRefusedError, match=r"Filename_8: .* 2025-26 has been"):
        hub.run(file)
    assert hub.published == []
