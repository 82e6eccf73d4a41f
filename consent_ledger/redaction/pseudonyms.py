"""Names that stand for a person and an event in one pseudonymous tray and nowhere else."""

import base64

from schemas.identifiers import (
    AgreementId,
    EventId,
    PassportNumber,
    TrayPseudonym,
    derived_event_id,
    derived_token,
)


class Pseudonyms:
    """The keyed names of one agreement: without the pepper they cannot be joined or confirmed."""

    def __init__(self, pepper: bytes, agreement_id: AgreementId) -> None:
        self._pepper = derived_token(pepper, "pseudonyms", agreement_id)

    def participant(self, participant_id: PassportNumber) -> TrayPseudonym:
        """Return P and 26 base32 characters."""
        token = derived_token(self._pepper, "participant", participant_id)[:16]
        return TrayPseudonym("P" + base64.b32encode(token).decode().rstrip("="))

    def event(self, participant_id: PassportNumber, event_id: EventId) -> EventId:
        """Return a UUID."""
        return derived_event_id(self._pepper, participant_id, event_id)
