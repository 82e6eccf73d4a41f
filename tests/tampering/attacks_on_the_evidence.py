"""Attacks on what the bus says of its own work: enforcement, turns, shards, certificates."""

from datetime import timedelta

from consent_ledger.transparency.log_report import LogPart
from consent_ledger.verification.table_rows import CertificateRow, SweepRow
from schemas.identifiers import AgreementId, LedgerIndex, PassportNumber, ProviderId
from tests.tampering.attack import Target, Wanted, attack, exactly


def _any_enforcement(target: Target, *, entered: bool = True) -> int | None:
    rows = target.copy.enforcements
    places = [place for place, row in enumerate(rows) if (row.seq is not None) is entered]
    return target.random.choice(places) if places else None


@attack
def an_enforcement_made_earlier(target: Target) -> Wanted | None:
    """The bus would have been quicker than it was."""
    place = _any_enforcement(target)
    if place is None:
        return None
    rows = target.copy.enforcements
    row = rows[place]
    rows[place] = row._replace(enforced_at=row.enforced_at - timedelta(hours=1))
    return exactly(LogPart.TABLE, row.seq or 0)


@attack
def an_enforcement_with_other_counts(target: Target) -> Wanted | None:
    """More would have been retracted than was, the sums with it."""
    place = _any_enforcement(target)
    if place is None:
        return None
    rows = target.copy.enforcements
    row = rows[place]
    name, (records, tombstones) = target.random.choice(sorted(row.by_agreement.items()))
    rows[place] = row._replace(
        tombstones=row.tombstones + 999,
        by_agreement={**row.by_agreement, name: (records, tombstones + 999)},
    )
    return exactly(LogPart.TABLE, row.seq or 0)


@attack
def the_sums_of_an_enforcement_changed(target: Target) -> Wanted | None:
    """They are what is printed."""
    place = _any_enforcement(target, entered=target.random.random() < 0.5)
    if place is None:
        return None
    rows = target.copy.enforcements
    row = rows[place]
    rows[place] = target.random.choice(
        (row._replace(records=row.records + 1), row._replace(tombstones=row.tombstones + 1))
    )
    return exactly(LogPart.TABLE, row.entry)


@attack
def an_enforcement_deleted(target: Target) -> Wanted | None:
    """An entry that was carried out would look as if it had not been."""
    place = _any_enforcement(target, entered=target.random.random() < 0.5)
    if place is None:
        return None
    row = target.copy.enforcements.pop(place)
    return exactly(LogPart.TABLE, row.entry)


@attack
def an_enforcement_made_up(target: Target) -> Wanted | None:
    """Of an entry that asks for nothing: there is no such thing to be carried out."""
    place = _any_enforcement(target)
    if place is None:
        return None
    done = {row.entry for row in target.copy.enforcements}
    free = [seq for seq in range(target.copy.shards[0].next_seq) if seq not in done]
    entry = LedgerIndex(target.random.choice(free))
    made_up = target.copy.enforcements[place]._replace(seq=None, entry=entry)
    target.copy.enforcements.insert(0, made_up)
    return exactly(LogPart.TABLE, entry)


@attack
def a_change_told_as_under_way(target: Target) -> Wanted | None:
    """Of an entry that was carried out, or asks for nothing: nobody would wait for its end."""
    seqs = [row.entry for row in target.copy.enforcements]
    if not seqs:
        return None
    entry = target.random.choice(seqs)
    target.copy.sweeps.append(SweepRow(0, None, [entry]))
    return exactly(LogPart.TABLE, entry)


@attack
def a_sweep_deleted(target: Target) -> Wanted | None:
    """What it has not come to would never be carried out."""
    if not target.copy.sweeps:
        return None
    row = target.copy.sweeps.pop()
    return exactly(LogPart.TABLE, row.seqs[0])


@attack
def an_enforcement_taken_out_of_its_batch(target: Target) -> Wanted | None:
    """It would be entered a second time, as something else."""
    place = _any_enforcement(target)
    if place is None:
        return None
    row = target.copy.enforcements.pop(place)
    target.copy.enforcements.insert(0, row._replace(seq=None))
    return exactly(LogPart.TABLE, row.seq or 0)


@attack
def a_shard_made_to_skip_entries(target: Target) -> Wanted:
    """What they ask for would never be carried out."""
    (row,) = target.copy.shards
    target.copy.shards = [row._replace(next_seq=row.next_seq + 1000)]
    left = [one.seq for one in target.copy.changes if one.seq >= row.next_seq and one.agreement_id]
    return Wanted(LogPart.TABLE, min(left, default=target.size), 0, target.size)


@attack
def a_shard_set_back(target: Target) -> Wanted | None:
    """It would carry out again what is told as done."""
    done = sorted({row.entry for row in target.copy.enforcements})
    if not done:
        return None
    bad = target.random.choice(done)
    (row,) = target.copy.shards
    target.copy.shards = [row._replace(next_seq=bad)]
    target.copy.sweeps = [one for one in target.copy.sweeps if max(one.seqs) < bad]
    return exactly(LogPart.TABLE, bad)


@attack
def a_partition_taken_from_its_writer(target: Target) -> Wanted:
    """Nobody would write it, or two would."""
    (row,) = target.copy.shards
    partitions = target.random.choice(([0, 1, 1], [0, 1, 3]))
    target.copy.shards = [row._replace(partitions=partitions)]
    return exactly(LogPart.TABLE, target.size)


@attack
def a_shard_made_to_look_ahead(target: Target) -> Wanted:
    """What runs out in between would stay open."""
    (row,) = target.copy.shards
    target.copy.shards = [row._replace(checked_at=row.checked_at + timedelta(days=900))]
    return exactly(LogPart.TABLE, target.size)


@attack
def a_participant_given_to_another_writer(target: Target) -> Wanted:
    """Two shards would write about the same person."""
    rows = target.copy.participants
    place = target.random.randrange(len(rows))
    row = rows[place]
    rows[place] = row._replace(partition=1 - row.partition)
    told = [one.seq for one in target.copy.changes if one.participant_id == row.participant_id]
    return exactly(LogPart.TABLE, min(told, default=target.size))


@attack
def a_participant_given_another_number(target: Target) -> Wanted | None:
    """What is said about the pseudonym would count for somebody else."""
    rows = target.copy.participants
    told = {row.participant_id for row in target.copy.changes}
    places = [place for place, row in enumerate(rows) if row.participant_id in told]
    if not places:
        return None
    place = target.random.choice(places)
    number = rows[place].participant_id
    rows[place] = rows[place]._replace(participant_id=PassportNumber("NWD-SOMEBODY-E"))
    first = min(one.seq for one in target.copy.changes if one.participant_id == number)
    return exactly(LogPart.TABLE, first)


@attack
def a_turn_told_as_cut_short(target: Target) -> Wanted | None:
    """What was surely sent would count as perhaps sent."""
    turns = {row.turn: row.seq for row in target.copy.batches}
    whole = sorted(set(turns) - set(target.copy.aborted_turns))
    if not whole:
        return None
    target.copy.aborted_turns += whole
    return exactly(LogPart.TABLE, min(turns[one] for one in whole))


@attack
def a_turn_told_as_whole(target: Target) -> Wanted | None:
    """What may not have been sent would count as sent: its retraction would be left out."""
    if not target.copy.aborted_turns:
        return None
    turn = target.copy.aborted_turns.pop(target.random.randrange(len(target.copy.aborted_turns)))
    return exactly(LogPart.TABLE, next(row.seq for row in target.copy.batches if row.turn == turn))


@attack
def a_disclosed_turn_made_to_wait_again(target: Target) -> Wanted | None:
    """Nothing would be asked of its disclosures until it is entered a second time."""
    if not target.copy.batches:
        return None
    row = target.random.choice(target.copy.batches)
    target.copy.unentered_turns.append(row.turn)
    return exactly(LogPart.TABLE, row.seq)


@attack
def a_certificate_that_says_something_else(target: Target) -> Wanted | None:
    """That nothing was left, where something was."""
    rows = target.copy.certificates
    if not rows:
        return None
    place = target.random.randrange(len(rows))
    rows[place] = target.random.choice(
        (rows[place]._replace(body={"awaiting": 10}), rows[place]._replace(body=None))
    )
    return _last_certified(target, rows[place].seq)


@attack
def a_certificate_deleted(target: Target) -> Wanted | None:
    """The erasure could not be shown any more."""
    rows = target.copy.certificates
    if not rows:
        return None
    row = rows.pop(target.random.randrange(len(rows)))
    return _last_certified(target, row.seq)


@attack
def a_certificate_made_up(target: Target) -> Wanted:
    """Of an erasure that was never read back."""
    free = set(range(target.size)) - {row.seq for row in target.copy.certificates}
    seq = target.random.choice(sorted(free))
    target.copy.certificates.append(CertificateRow(seq, {"awaiting": 0}))
    return exactly(LogPart.TABLE, seq)


@attack
def an_organisation_deleted_or_made_up(target: Target) -> Wanted:
    """Its in-tray would not be read, or somebody else's would."""
    rows = target.copy.providers
    if target.random.random() < 0.5:
        rows.pop(target.random.randrange(len(rows)))
    else:
        rows.append(ProviderId("evil-e"))
    return exactly(LogPart.TABLE, target.size)


@attack
def a_service_given_to_another_organisation(target: Target) -> Wanted:
    """Its people would be told another one's name."""
    rows = target.copy.services
    place = target.random.randrange(len(rows))
    rows[place] = rows[place]._replace(provider_id=ProviderId("evil-e"))
    return exactly(LogPart.TABLE, place)  # the services are the first entries


@attack
def an_enforcement_of_another_agreement(target: Target) -> Wanted | None:
    """Another recipient would have been told to delete."""
    place = _any_enforcement(target)
    if place is None:
        return None
    rows = target.copy.enforcements
    row = rows[place]
    (_, counts), *rest = sorted(row.by_agreement.items())
    rows[place] = row._replace(by_agreement={AgreementId("other.purpose"): counts, **dict(rest)})
    return exactly(LogPart.TABLE, row.seq or 0)


def _last_certified(target: Target, erasure: int) -> Wanted:
    stated = b'"erasure":%d,' % erasure
    last = max(
        seq for seq, told, _ in target.copy.entries if b'"certified"' in told and stated in told
    )
    return exactly(LogPart.TABLE, last)
