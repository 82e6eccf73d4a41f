"""What mypy must refuse: each line below is wrong, and says so by its ignore.

The file is checked and never run. Where mypy let one of these pass, its ignore would be unused, and
`make check` would fail.
"""

from consent_ledger.redaction.pseudonyms import Pseudonyms
from schemas.identifiers import (
    AgreementId,
    EventId,
    LedgerIndex,
    PassportNumber,
    ProviderId,
    ServiceId,
    TopicName,
    TrayPseudonym,
)
from schemas.trays import in_tray, out_key, out_tray


def real_number_and_pseudonym(number: PassportNumber, pseudonym: TrayPseudonym) -> None:
    """The one must never stand where the other belongs."""
    pseudonyms = Pseudonyms(b"", AgreementId("hub.statistics"))
    pseudonyms.participant(pseudonym)  # type: ignore[arg-type]  # a pseudonym of a pseudonym
    shown: TrayPseudonym = number  # type: ignore[assignment]  # the real number in such a tray
    held: PassportNumber = shown  # type: ignore[assignment]  # a pseudonym opens nothing
    del held


def names_side_by_side(provider: ProviderId, agreement: AgreementId, event: EventId) -> None:
    """Four names in a row are four types."""
    in_tray(agreement)  # type: ignore[arg-type]  # an agreement has no in-tray
    out_tray(provider)  # type: ignore[arg-type]  # a provider has no out-tray
    out_key(event, event)  # type: ignore[arg-type]  # the participant comes first
    topic: TopicName = provider  # type: ignore[assignment]  # a provider is no topic
    service: ServiceId = provider  # type: ignore[assignment]  # a provider is no service
    index: LedgerIndex = 7  # type: ignore[assignment]  # a count is no place in the ledger
    del topic, service, index
