"""Attacks on trays: by whoever may write to a topic of Kafka."""

from consent_ledger.audit.differences import DifferenceKind, WrongPart
from schemas.codec import decode, encode_fields
from schemas.framing import schema_id_of
from schemas.registry import schema_by_id
from schemas.trays import tick_key
from tests.tampering.victim import STATISTICS, SUPPORT, Named, Victim, attack


def header(name: str) -> Named:
    """Want a record's header named."""
    return Named(WrongPart.TRAY, DifferenceKind.DIFFERENT, (f"header {name}",))


@attack
def a_value_that_shows_more(victim: Victim) -> Named:
    """A block that nobody opened."""
    _, record = victim.record(SUPPORT)
    assert record.value is not None
    fields = dict(decode(record.value)) | {"notes": {"text": "not for you"}}
    schema = schema_by_id(schema_id_of(record.value))
    victim.forge(value=encode_fields(schema, fields))
    return Named(WrongPart.TRAY, DifferenceKind.DIFFERENT, ("value",))


@attack
def a_basis_made_up(victim: Victim) -> Named:
    """The recipient would think that it needs no consent."""
    victim.forge_header("basis", b"legal-obligation")
    return header("basis")


@attack
def another_agreement_named(victim: Victim) -> Named:
    """The recipient would keep it for another purpose."""
    victim.forge_header("agreement", b"evil.purpose")
    return header("agreement")


@attack
def another_entry_named(victim: Victim) -> Named:
    """What the recipient was told to delete could not be counted."""
    victim.forge_header("ledgerseq", b"999999")
    return header("ledgerseq")


@attack
def an_entry_named_in_a_pseudonymous_tray(victim: Victim) -> Named:
    """An entry about the person is the same in two trays."""
    entry = str(len(victim.ground.leaves) - 1).encode()
    victim.forge_header("ledgerseq", entry, agreement_id=STATISTICS)
    return header("ledgerseq")


@attack
def something_told_as_closed(victim: Victim) -> Named:
    """What is absent would be taken for closed, or the other way round."""
    victim.forge_header("closed", b"health")
    return header("closed")


@attack
def another_number_of_the_issue(victim: Victim) -> Named:
    """A reader that knows the CloudEvent would skip it."""
    _, record = victim.record(SUPPORT)
    event_id = record.key.partition(b"|")[2]
    victim.forge_header("ce_id", event_id + b".77")
    return header("ce_id")


@attack
def another_time(victim: Victim) -> Named:
    """It would have happened at another time than it says."""
    victim.forge_header("ce_time", b"1999-01-01T00:00:00.000Z")
    return header("ce_time")


@attack
def another_source(victim: Victim) -> Named:
    """Of a CloudEvent."""
    victim.forge_header("ce_source", b"/trays/evil.purpose")
    return header("ce_source")


@attack
def another_type(victim: Victim) -> Named:
    """A reader that goes by it would take the value for something else."""
    victim.forge_header("ce_type", b"org.nowrongdoor.retracted")
    return header("ce_type")


@attack
def another_content_type(victim: Victim) -> Named:
    """A reader that goes by it could not decode the value."""
    victim.forge_header("content-type", b"text/plain")
    return header("content-type")


@attack
def a_header_twice(victim: Victim) -> Named:
    """The right one comes first, and some readers take the last."""
    victim.forge_header("basis", b"consent", b"none")
    return header("basis")


@attack
def a_header_added(victim: Victim) -> Named:
    """Whatever it says, nobody else wrote it."""
    victim.forge_header("name", b"Ada Nwosu")
    return header("name")


@attack
def a_header_taken_away(victim: Victim) -> Named:
    """A reader could not tell what is closed."""
    victim.forge_header("closed")
    return header("closed")


@attack
def a_copy_in_another_partition(victim: Victim) -> Named:
    """It outlives a withdrawal."""
    victim.forge(by=1)
    return Named(WrongPart.TRAY, DifferenceKind.COPY)


@attack
def a_record_of_nobody(victim: Victim) -> Named:
    """Under a key that no event has."""
    victim.forge(key=b"NWD-0000-0000-0|nothing")
    return Named(WrongPart.TRAY, DifferenceKind.SURPLUS)


@attack
def a_record_of_nobody_elsewhere(victim: Victim) -> Named:
    """In a pseudonymous tray, and in another partition."""
    victim.forge(STATISTICS, by=1, key=b"PNOBODY|nothing")
    return Named(WrongPart.TRAY, DifferenceKind.SURPLUS)


@attack
def a_tick_that_holds_something(victim: Victim) -> Named:
    """Readers skip ticks."""
    victim.forge(key=tick_key(0))
    return Named(WrongPart.TRAY, DifferenceKind.SURPLUS)


@attack
def a_record_taken_away(victim: Victim) -> Named:
    """By a tombstone of somebody else's."""
    victim.forge(value=None)
    return Named(WrongPart.TRAY, DifferenceKind.MISSING)


@attack
def an_older_record_written_again(victim: Victim) -> Named:
    """The first revision of what was corrected: the value is the same, and its issue is not."""
    victim.forge_header("ce_id", victim.record(SUPPORT)[1].key.partition(b"|")[2] + b".0")
    return header("ce_id")
