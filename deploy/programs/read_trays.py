"""The agreements whose trays the hub's own readers follow, unless they are told others."""

from typing import Final

from schemas.identifiers import AgreementId

PASSPORT_AGREEMENT: Final = AgreementId("passport.coordination")
STATISTICS_AGREEMENT: Final = AgreementId("hub.statistics")
