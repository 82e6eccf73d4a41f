"""What every bus that tests make has in common."""

from typing import Final

PEPPER: Final = b"a pepper for tests, 32 bytes long"
PARTITIONS: Final = 4
