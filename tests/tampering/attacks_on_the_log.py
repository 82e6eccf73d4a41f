"""Attacks on the log: entries, hashes, head and checkpoints."""

from itertools import pairwise

from consent_ledger.ledger.entries import EntryKind, leaf
from consent_ledger.transparency.log_report import LogPart
from consent_ledger.transparency.merkle import HASH_BYTES, leaf_hash
from consent_ledger.transparency.note_keys import SigningKey
from tests.tampering.attack import Target, Wanted, attack, between_checkpoints, exactly
from tests.tampering.honest_history import BEGIN


@attack
def a_leaf_changed(target: Target) -> Wanted:
    """An entry says something else, and nothing goes along with it."""
    bad = target.any_entry()
    seq, told, hashes = target.copy.entries[bad]
    target.copy.entries[bad] = seq, target.another(told), hashes
    return exactly(LogPart.ENTRY, bad)


@attack
def a_leaf_and_its_stored_hash_changed(target: Target) -> Wanted:
    """The entry's own hash goes along, those over it do not."""
    bad = target.any_entry()
    seq, told, hashes = target.copy.entries[bad]
    changed = target.another(told)
    target.copy.entries[bad] = seq, changed, leaf_hash(changed) + hashes[HASH_BYTES:]
    return between_checkpoints(target, bad)


@attack
def a_leaf_and_all_stored_hashes_changed(target: Target) -> Wanted:
    """Every hash and the head go along: whoever has no key can do no better."""
    bad = target.any_entry()
    leaves = target.copy.leaves
    leaves[bad] = target.another(leaves[bad])
    target.copy.write_leaves(leaves)
    return between_checkpoints(target, bad)


@attack
def a_stored_hash_changed(target: Target) -> Wanted:
    """Proofs would be made from it."""
    bad = target.any_entry()
    seq, told, hashes = target.copy.entries[bad]
    at = target.random.randrange(len(hashes))
    flipped = hashes[:at] + bytes([hashes[at] ^ 1]) + hashes[at + 1 :]
    target.copy.entries[bad] = seq, told, flipped
    width = 1 << (at // HASH_BYTES)  # of the subtree that it is the root of
    before = max((size for size in target.history.sizes if size <= bad), default=0)
    return Wanted(LogPart.ENTRY, bad, max(before, bad + 1 - width), bad)


@attack
def the_last_entries_deleted(target: Target) -> Wanted:
    """With their checkpoints still there."""
    bad = target.any_entry()
    del target.copy.entries[bad:]
    before = between_checkpoints(target, bad, moves=True).first
    return Wanted(LogPart.ENTRY, bad, before, target.history.sizes[-1] - 1)


@attack
def an_entry_deleted(target: Target) -> Wanted | None:
    """In the middle; its number is missing."""
    if target.size == 1:
        return None
    bad = target.any_entry(below=target.size - 1)
    del target.copy.entries[bad]
    return exactly(LogPart.ENTRY, bad)


@attack
def an_entry_deleted_and_the_rest_renumbered(target: Target) -> Wanted:
    """With all hashes as they must be for what is left."""
    bad = target.any_entry()
    leaves = target.copy.leaves
    del leaves[bad]
    target.copy.write_leaves(leaves)
    return between_checkpoints(target, bad, moves=True)


@attack
def cut_back_to_an_older_checkpoint(target: Target) -> Wanted | None:
    """With everything that belongs to that moment: only who kept a later checkpoint can tell."""
    earlier = [size for size in target.history.sizes if size < target.outside_size]
    if not earlier:
        return None
    size = target.random.choice(earlier)
    target.copy.write_leaves(target.copy.leaves[:size])
    target.copy.checkpoints = [one for one in target.copy.checkpoints if one[0] <= size]
    before = between_checkpoints(target, size, moves=True).first
    return Wanted(LogPart.ENTRY, size, before, target.outside_size - 1)


@attack
def two_entries_swapped(target: Target) -> Wanted:
    """Their rows change places; hashes go with them."""
    one, other = sorted(target.random.sample(range(target.size), 2))
    entries = target.copy.entries
    for place, (_, told, hashes) in ((one, entries[other]), (other, entries[one])):
        entries[place] = place, told, hashes
    return between_checkpoints(target, one, moves=True)


@attack
def two_entries_swapped_with_all_hashes(target: Target) -> Wanted:
    """And every hash as it must be."""
    one, other = sorted(target.random.sample(range(target.size), 2))
    leaves = target.copy.leaves
    leaves[one], leaves[other] = leaves[other], leaves[one]
    target.copy.write_leaves(leaves)
    return between_checkpoints(target, one, moves=True)


@attack
def an_entry_duplicated(target: Target) -> Wanted:
    """It stands there twice, and all after it are renumbered."""
    twice = target.any_entry()
    leaves = target.copy.leaves
    leaves.insert(twice, leaves[twice])
    target.copy.write_leaves(leaves)
    return between_checkpoints(target, twice + 1, moves=True)


@attack
def an_entry_inserted(target: Target) -> Wanted:
    """A made-up one, and all after it are renumbered."""
    bad = target.any_entry()
    leaves = target.copy.leaves
    leaves.insert(bad, target.another(target.random.choice(leaves)))
    target.copy.write_leaves(leaves)
    return between_checkpoints(target, bad, moves=True)


@attack
def an_entry_added_at_the_end(target: Target) -> Wanted:
    """Without a checkpoint: nobody can sign one."""
    bad = target.size
    made_up = leaf(EntryKind.SERVICE, BEGIN, service="borough-d.jobs", sensitive=False)
    target.copy.write_leaves([*target.copy.leaves, made_up])
    return exactly(LogPart.ENTRY, bad)


@attack
def an_entry_backdated(target: Target) -> Wanted:
    """Its moment is an earlier one, in the feed too, with every hash as it must be."""
    bad = target.any_entry()
    leaves = target.copy.leaves
    leaves[bad] = leaves[bad].replace(b'"at":"2026', b'"at":"2025')
    target.copy.write_leaves(leaves)
    target.copy.changes = [
        one._replace(recorded_at=one.recorded_at.replace(year=2025)) if one.seq == bad else one
        for one in target.copy.changes
    ]
    return between_checkpoints(target, bad)


@attack
def history_rewritten_by_who_holds_the_key(target: Target) -> Wanted:
    """Every checkpoint is signed anew with the real keys: only one kept outside contradicts it."""
    bad = target.any_entry(below=target.outside_size)
    leaves = target.copy.leaves
    leaves[bad] = _unlike_a_change_of_keys(target, leaves[bad])
    target.copy.write_leaves(leaves)
    for size in target.history.sizes:
        if size > bad:
            target.copy.sign(size, *target.history.signers(size))
    return Wanted(LogPart.ENTRY, bad, 0, target.outside_size - 1)


@attack
def another_view_of_the_same_size(target: Target) -> Wanted:
    """Somebody is shown a fork as long as what others are shown, both signed with the real keys."""
    target.outside_size, target.outside = target.copy.checkpoints[-1]
    target.trusted = target.history.signers(target.outside_size)[-1].verifier_key
    bad = target.any_entry()
    leaves = target.copy.leaves
    leaves[bad:] = [_unlike_a_change_of_keys(target, one) for one in leaves[bad:]]
    target.copy.write_leaves(leaves)
    for size in target.history.sizes:
        if size > bad:
            target.copy.sign(size, *target.history.signers(size))
    return Wanted(LogPart.ENTRY, bad, 0, target.outside_size - 1)


@attack
def history_rewritten_with_another_key(target: Target) -> Wanted:
    """Changed and signed anew by somebody who has not the log's keys."""
    bad = target.any_entry(below=target.outside_size)
    leaves = target.copy.leaves
    leaves[bad] = target.another(leaves[bad])
    target.copy.write_leaves(leaves)
    stranger = SigningKey.generate("hub.example/ledger")
    for size in target.history.sizes:
        target.copy.sign(size, stranger)
    return Wanted(LogPart.ENTRY, bad, 0, target.outside_size - 1)


@attack
def checkpoints_signed_anew_with_another_key(target: Target) -> Wanted:
    """The entries are as they were."""
    stranger = SigningKey.generate("hub.example/ledger")
    sizes = target.history.sizes
    first = target.random.choice(sizes)
    for size in sizes:
        if size >= first:
            target.copy.sign(size, stranger)
    return exactly(LogPart.CHECKPOINT, first)


@attack
def a_checkpoint_altered(target: Target) -> Wanted:
    """A character of the note is another one."""
    place = target.random.randrange(len(target.copy.checkpoints))
    size, note = target.copy.checkpoints[place]
    at = target.random.randrange(len(note))
    other = "A" if note[at] != "A" else "B"
    target.copy.checkpoints[place] = size, note[:at] + other + note[at + 1 :]
    return exactly(LogPart.CHECKPOINT, size)


@attack
def a_checkpoint_replaced_by_another_one(target: Target) -> Wanted | None:
    """It is well signed, and of another size."""
    pairs = list(pairwise(target.copy.checkpoints))
    if not pairs:
        return None
    place = target.random.randrange(len(pairs))
    (_, note), (size, _) = pairs[place]
    target.copy.checkpoints[place + 1] = size, note
    return exactly(LogPart.CHECKPOINT, size)


@attack
def a_checkpoint_added(target: Target) -> Wanted | None:
    """Of a size that was never signed."""
    free = sorted(set(range(1, target.size + 3)) - set(target.history.sizes))
    size = target.random.choice(free)
    _, note = target.random.choice(target.copy.checkpoints)
    target.copy.checkpoints = sorted([*target.copy.checkpoints, (size, note)])
    return exactly(LogPart.CHECKPOINT, size)


@attack
def the_last_checkpoints_deleted(target: Target) -> Wanted:
    """Nothing signed speaks of the last entries any more."""
    kept = target.random.randrange(len(target.copy.checkpoints))
    del target.copy.checkpoints[kept:]
    bad = target.copy.checkpoints[-1][0] if kept else 0
    return Wanted(LogPart.ENTRY, bad, bad, target.size - 1)


@attack
def the_head_changed(target: Target) -> Wanted:
    """The next append would go on from another tree."""
    size, state = target.copy.head
    if target.random.random() < 0.5:
        size += target.random.choice((-1, 1))
    else:
        state = bytes([state[0] ^ 1]) + state[1:]
    target.copy.head = size, state
    return exactly(LogPart.HEAD, size)


def _unlike_a_change_of_keys(target: Target, told: bytes) -> bytes:
    """Return another leaf; who signs when stays, or it would be found by that already."""
    return told.replace(b'"at":"2', b'"at":"1') if b'"kind":"key"' in told else target.another(told)
