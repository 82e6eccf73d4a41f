"""Attacks on the tables that are made from the entries: the filter believes them."""

from datetime import UTC, datetime, timedelta

from consent_ledger.rights.disclosure_batches import split_hashes
from consent_ledger.transparency.log_report import LogPart
from consent_ledger.verification.table_rows import TwoPeopleRow
from schemas.categories import BLOCKS
from schemas.identifiers import AgreementId, LedgerIndex, PassportNumber, ServiceId
from tests.tampering.attack import Target, Wanted, attack, exactly

NEVER = datetime(2099, 1, 1, tzinfo=UTC)


@attack
def a_standing_opens_more_than_its_entry(target: Target) -> Wanted | None:
    """A category more would be disclosed."""
    rows = target.copy.standings
    if not rows:
        return None
    place = target.random.randrange(len(rows))
    row = rows[place]
    closed = [int(one.bit) for one in BLOCKS if not row.granted & one.bit]
    rows[place] = row._replace(granted=row.granted | target.random.choice(closed))
    return exactly(LogPart.TABLE, row.seq)


@attack
def a_standing_lasts_longer_than_its_entry(target: Target) -> Wanted | None:
    """A grant that runs out would not."""
    rows = target.copy.standings
    places = [place for place, row in enumerate(rows) if row.until is not None]
    if not places:
        return None
    place = target.random.choice(places)
    rows[place] = rows[place]._replace(until=target.random.choice((None, NEVER)))
    return exactly(LogPart.TABLE, rows[place].seq)


@attack
def a_standing_leaves_nobody_out(target: Target) -> Wanted | None:
    """What a provider knows would be shared though it was excepted."""
    rows = target.copy.standings
    places = [place for place, row in enumerate(rows) if row.excluded]
    if not places:
        return None
    place = target.random.choice(places)
    rows[place] = rows[place]._replace(excluded=rows[place].excluded[1:])
    return exactly(LogPart.TABLE, rows[place].seq)


@attack
def an_objection_or_notice_changed(target: Target) -> Wanted | None:
    """What is paused would be shared."""
    rows = target.copy.standings
    if not rows:
        return None
    place = target.random.randrange(len(rows))
    row = rows[place]
    rows[place] = target.random.choice(
        (
            row._replace(has_objected=not row.has_objected),
            row._replace(is_informed=not row.is_informed),
            row._replace(seq=row.seq + 1),
        )
    )
    return exactly(LogPart.TABLE, row.seq)


@attack
def a_standing_deleted(target: Target) -> Wanted | None:
    """An objection would be forgotten."""
    rows = target.copy.standings
    if not rows:
        return None
    row = rows.pop(target.random.randrange(len(rows)))
    return exactly(LogPart.TABLE, row.seq)


@attack
def a_standing_made_up(target: Target) -> Wanted | None:
    """Nobody gave that consent."""
    rows = target.copy.standings
    people = target.copy.participants
    seq = target.any_entry()
    taken = {(row.participant_id, row.agreement_id) for row in rows}
    free = [
        (one.participant_id, version.agreement_id)
        for one in people
        for version in target.copy.versions
        if (one.participant_id, version.agreement_id) not in taken
    ]
    if not free:
        return None
    made_up = type(rows[0]) if rows else None
    if made_up is None:
        return None
    rows.append(made_up(*target.random.choice(free), 1, None, [], False, False, seq))
    return exactly(LogPart.TABLE, seq)


@attack
def a_change_hidden_from_the_filter(target: Target) -> Wanted:
    """The feed lacks it: nothing would be retracted."""
    row = target.copy.changes.pop(target.random.randrange(len(target.copy.changes)))
    return exactly(LogPart.TABLE, row.seq)


@attack
def a_change_made_to_say_something_else(target: Target) -> Wanted:
    """The filter would look at another person, or at nobody."""
    rows = target.copy.changes
    place = target.random.randrange(len(rows))
    row = rows[place]
    rows[place] = target.random.choice(
        (
            row._replace(kind="registered" if row.kind != "registered" else "given"),
            row._replace(participant_id=PassportNumber("NWD-somebody-else")),
            row._replace(partition=None if row.partition is not None else 1),
            row._replace(agreement_id=AgreementId("other.purpose")),
            row._replace(service_id=ServiceId("another.service")),
            row._replace(with_seq=row.seq),
            row._replace(recorded_at=row.recorded_at - timedelta(days=1)),
        )
    )
    return exactly(LogPart.TABLE, row.seq)


@attack
def a_change_made_up(target: Target) -> Wanted | None:
    """Of an entry that is not in the feed, or of none."""
    rows = target.copy.changes
    told = {row.seq for row in rows}
    free = [seq for seq in range(target.size + 3) if seq not in told]
    seq = target.random.choice(free)
    rows.append(target.random.choice(rows)._replace(seq=LedgerIndex(seq), with_seq=None))
    rows.sort()
    return exactly(LogPart.TABLE, seq)


@attack
def an_agreement_changed_without_a_version(target: Target) -> Wanted:
    """Everybody who granted it granted something else."""
    rows = target.copy.versions
    place = target.random.randrange(len(rows))
    row = rows[place]
    body = dict(row.body)
    name = target.random.choice(sorted(body))
    body[name] = "something else"
    rows[place] = row._replace(body=body)
    return exactly(LogPart.TABLE, row.seq)


@attack
def an_agreement_deleted_or_made_up(target: Target) -> Wanted:
    """A version that no entry brought in, or one that is gone."""
    rows = target.copy.versions
    place = target.random.randrange(len(rows))
    row = rows[place]
    if target.random.random() < 0.5:
        del rows[place]
    else:
        rows.append(row._replace(version=2))
    return exactly(LogPart.TABLE, row.seq)


@attack
def a_service_marked_otherwise(target: Target) -> Wanted:
    """A sensitive service would count as any other."""
    rows = target.copy.services
    place = target.random.randrange(len(rows))
    row = rows[place]
    rows[place] = row._replace(is_sensitive=not row.is_sensitive)
    return exactly(LogPart.TABLE, place)  # the services are the first entries


@attack
def somebody_erased_brought_back(target: Target) -> Wanted | None:
    """The filter would deliver about them again."""
    rows = target.copy.participants
    places = [place for place, row in enumerate(rows) if row.state == "erasing"]
    if not places:
        return None
    place = target.random.choice(places)
    rows[place] = rows[place]._replace(state="active", salt=bytes(16))
    return exactly(LogPart.TABLE, _registered(target, str(rows[place].ledger_id)))


@attack
def somebody_erased_without_an_entry(target: Target) -> Wanted | None:
    """Nobody would know that they took part."""
    rows = target.copy.participants
    places = [place for place, row in enumerate(rows) if row.state == "active"]
    if not places:
        return None
    place = target.random.choice(places)
    pseudonym = str(rows[place].ledger_id)
    rows[place] = rows[place]._replace(state="erased", ledger_id=None, salt=None)
    return Wanted(LogPart.TABLE, _registered(target, pseudonym), 0, target.size)


@attack
def two_numbers_merged_without_an_entry(target: Target) -> Wanted | None:
    """The events of one would be shown under the other."""
    rows = target.copy.participants
    places = [place for place, row in enumerate(rows) if row.ledger_id and row.merged_into is None]
    if len(places) < 2:
        return None
    one, other = target.random.sample(places, 2)
    row = rows[one]
    rows[one] = row._replace(merged_into=rows[other].participant_id)
    seq = row.named_seq
    return exactly(LogPart.TABLE, _registered(target, str(row.ledger_id)) if seq is None else seq)


@attack
def a_batch_of_disclosures_changed(target: Target) -> Wanted | None:
    """Its hashes, their order, its turn, or that it is there."""
    rows = target.copy.batches
    if not rows:
        return None
    place = target.random.randrange(len(rows))
    row = rows[place]
    match target.random.randrange(4):
        case 0:
            rows[place] = row._replace(hashes=bytes([row.hashes[0] ^ 1]) + row.hashes[1:])
        case 1:
            rows[place] = row._replace(turn=row.turn + 1)
        case 2:
            hashes = split_hashes(row.hashes)
            rows[place] = row._replace(hashes=b"".join(reversed(hashes)))
        case _:
            del rows[place]
    return exactly(LogPart.TABLE, row.seq)


@attack
def a_disclosure_changed(target: Target) -> Wanted | None:
    """Somebody was sent something else than it says, under another agreement, or nothing at all."""
    rows = target.copy.disclosures
    if not rows:
        return None
    place = target.random.randrange(len(rows))
    row = rows[place]
    other = row._replace(leaf_hash=target.random.randbytes(32))
    rows[place] = other if target.random.random() < 0.5 else other._replace(seq=None)
    if rows[place].seq is None:
        rows.insert(0, rows.pop(place))
        return Wanted(LogPart.TABLE, 0, 0, 0)
    return exactly(LogPart.TABLE, row.seq or 0)


@attack
def a_disclosure_deleted(target: Target) -> Wanted | None:
    """Nobody would see that it was made. After an erasure its hash alone is left to show it."""
    rows = target.copy.disclosures
    if not rows or target.history.somebody_erased:
        return None
    row = rows.pop(target.random.randrange(len(rows)))
    return exactly(LogPart.TABLE, row.seq or 0)


def _registered(target: Target, pseudonym: str) -> int:
    """Return the entry that registered somebody."""
    mark = f'"subject":"{pseudonym}"'.encode()
    return next(
        seq
        for seq, told, _ in target.copy.entries
        if mark in told and b'"kind":"registered"' in told
    )


@attack
def two_people_whom_no_entry_tells_apart(target: Target) -> Wanted | None:
    """Nobody would be asked whether they are one person."""
    people = sorted(row.participant_id for row in target.copy.participants)
    rows = target.copy.two_people
    if len(people) < 2 or rows:
        return None
    number, other = sorted(target.random.sample(people, 2))
    seq = target.random.randrange(target.size)
    rows.append(TwoPeopleRow(number, other, seq))
    return exactly(LogPart.TABLE, seq)


@attack
def two_others_than_were_parted(target: Target) -> Wanted | None:
    """An entry parts two numbers, and the row names a third in place of one of them."""
    rows = target.copy.two_people
    people = {row.participant_id for row in target.copy.participants}
    if not rows or len(people) < 3:
        return None
    place = target.random.randrange(len(rows))
    row = rows[place]
    third = target.random.choice(sorted(people - {row.participant_id, row.other_id}))
    number, other = sorted((target.random.choice((row.participant_id, row.other_id)), third))
    if any({number, other} == {one.participant_id, one.other_id} for one in rows):
        return None
    rows[place] = TwoPeopleRow(number, other, row.seq)
    return exactly(LogPart.TABLE, row.seq)
