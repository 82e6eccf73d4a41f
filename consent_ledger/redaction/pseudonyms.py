"""Pseudonyms of a person, a journey and an event, which hold in one pseudonymous tray only."""

import base64

from consent_ledger.agreements.agreement import Pseudonym
from schemas.codec import FIELD_AT, WalkedEvent
from schemas.derivation import derived_event_id, derived_token
from schemas.identifiers import AgreementId, EventId, PassportNumber, TrayPseudonym
from schemas.walk import read_long, read_text

_SOURCE = FIELD_AT["source"]
_REFERRAL_REF = FIELD_AT["referral_ref"]


class Pseudonyms:
    """The keyed names of one agreement: without the pepper they cannot be joined or confirmed.

    A record's key never depends on what an event says: it must be known when an event is corrected,
    and when its person was erased and nobody can read it any more. So where a pseudonym stands for
    less than the person, the key's first part is the event's own, and `participant_id` in the value
    says which journey it is.
    """

    def __init__(
        self, pepper: bytes, agreement_id: AgreementId, stands_for: Pseudonym = Pseudonym.PERSON
    ) -> None:
        self._pepper = derived_token(pepper, "pseudonyms", agreement_id)
        self._stands_for = stands_for

    def participant(self, participant_id: PassportNumber) -> TrayPseudonym:
        """Return a person's pseudonym: P and 26 base32 characters, as all of them are."""
        return self._name("participant", participant_id)

    def event(self, participant_id: PassportNumber, event_id: EventId) -> EventId:
        """Return a UUID."""
        return derived_event_id(self._pepper, participant_id, event_id)

    def in_key(self, participant_id: PassportNumber, event: EventId) -> TrayPseudonym:
        """Return the first part of the key of a record, whose event this tray knows as `event`.

        Whoever has the pepper can tell by it whether a key is about a participant.
        """
        if self._stands_for is Pseudonym.PERSON:
            return self.participant(participant_id)
        return self._name("event of", participant_id, event)

    def in_value(
        self, participant_id: PassportNumber, event: EventId, walked: WalkedEvent
    ) -> TrayPseudonym:
        """Return what a record's value says of whom it is about."""
        if self._stands_for is Pseudonym.JOURNEY:
            return self._name("journey of", participant_id, *journey_of(walked))
        return self.in_key(participant_id, event)

    def _name(self, *parts: str) -> TrayPseudonym:
        token = derived_token(self._pepper, *parts)[:16]
        return TrayPseudonym("P" + base64.b32encode(token).decode().rstrip("="))


def journey_of(event: WalkedEvent) -> tuple[str, ...]:
    """Return what names an event's journey, within one person.

    Events that name the same referral are one journey, whoever publishes them: the referral, each
    answer to it, the enrolment that followed. An event that names none belongs with those that the
    same provider made of the same record of its own, such as an aim or a case. An event without
    either is a journey of its own: nothing says what it belongs to.
    """
    value, at = event.value, event.offsets
    if value[at[_REFERRAL_REF]]:
        return "referral", read_text(value, at[_REFERRAL_REF] + 1)
    if value[at[_SOURCE]]:
        length, begin = read_long(value, at[_SOURCE] + 1)
        system, reference = value[begin : begin + length].decode(), read_text(value, begin + length)
        return "record", event.provider_id, system, reference
    return "event", event.event_id
