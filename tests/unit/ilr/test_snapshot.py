"""The snapshot in memory keeps the rules that the real one keeps."""

import pytest

from tests.support.ilr.hub import MemorySnapshots
from tests.support.ilr.snapshot_conformance import SnapshotStoreConformance


class TestMemorySnapshots(SnapshotStoreConformance):
    """The suite on the store that the unit tests use."""

    @pytest.fixture
    def store(self) -> MemorySnapshots:
        """Give an empty store."""
        return MemorySnapshots()
