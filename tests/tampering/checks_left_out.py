"""Verification with one check left out at a time: the attacks must notice each."""

from typing import Final, NamedTuple

from tests.simulation.mutant import Mutant

_ROOM: Final = "consent_ledger.verification"


class LeftOut(NamedTuple):
    """A check that is left out, and the class of attack that must notice it."""

    attack: str
    mutant: Mutant


CHECKS_LEFT_OUT: Final = (
    LeftOut(
        "an enforcement made earlier",
        Mutant(
            "enforcements are not held against their root",
            f"{_ROOM}.enforcements",
            "EnforcementsCheck.take",
            'if len(rows) != entry["count"] or merkle_root(hashes).hex() != entry["root"]:',
            "if False:",
        ),
    ),
    LeftOut(
        "an enforcement deleted",
        Mutant(
            "nobody asks what a shard has come past",
            f"{_ROOM}.enforcements",
            "EnforcementsCheck.finish",
            "left - swept",
            "()",
        ),
    ),
    LeftOut(
        "a change told as under way",
        Mutant(
            "whatever is said to be swept is believed",
            f"{_ROOM}.enforcements",
            "EnforcementsCheck.finish",
            "swept - left",
            "()",
        ),
    ),
    LeftOut(
        "a shard made to skip entries",
        Mutant(
            "a shard may be ahead of the ledger",
            f"{_ROOM}.enforcements",
            "EnforcementsCheck.finish",
            "if row.next_seq > size:",
            "if False:",
        ),
    ),
    LeftOut(
        "a shard set back",
        Mutant(
            "a shard may be behind what it carried out",
            f"{_ROOM}.enforcements",
            "EnforcementsCheck.finish",
            "self._done - self._owed",
            "()",
        ),
    ),
    LeftOut(
        "the sums of an enforcement changed",
        Mutant(
            "sums are believed",
            f"{_ROOM}.enforcements",
            "EnforcementsCheck._carried_out",
            "if (row.records, row.tombstones) != (records, tombstones):",
            "if False:",
        ),
    ),
    LeftOut(
        "a turn told as cut short",
        Mutant(
            "a turn may be told as cut short",
            f"{_ROOM}.turns",
            "TurnsCheck.take",
            '(entry["turn"] in self._aborted) is entry["certain"]',
            "False",
        ),
    ),
    LeftOut(
        "a disclosed turn made to wait again",
        Mutant(
            "a turn may wait again",
            f"{_ROOM}.turns",
            "TurnsCheck.take",
            'entry["turn"] in self._unentered',
            "False",
        ),
    ),
    LeftOut(
        "a partition taken from its writer",
        Mutant(
            "a partition may have two writers",
            f"{_ROOM}.shards",
            "check_shards",
            "partitions != list(range(len(partitions)))",
            "False",
        ),
    ),
    LeftOut(
        "a shard made to look ahead",
        Mutant(
            "a shard may look ahead",
            f"{_ROOM}.shards",
            "check_shards",
            "row.checked_at > row.decided_until",
            "False",
        ),
    ),
    LeftOut(
        "a certificate that says something else",
        Mutant(
            "certificates are not read",
            f"{_ROOM}.certificates",
            "CertificatesCheck.finish",
            "certificate_digest(row.body) != digest",
            "False",
        ),
    ),
    LeftOut(
        "a certificate deleted",
        Mutant(
            "certificates may be missing",
            f"{_ROOM}.certificates",
            "CertificatesCheck.finish",
            "self._said.values()",
            "()",
        ),
    ),
    LeftOut(
        "a certificate that says something else",
        Mutant(
            "certificates may be owed again",
            f"{_ROOM}.certificates",
            "CertificatesCheck.finish",
            "if digest is not None:",
            "if False:",
        ),
    ),
    LeftOut(
        "an api key made up",
        Mutant(
            "API keys may be made up",
            f"{_ROOM}.api_keys",
            "ApiKeysCheck.finish",
            'self._found.add(row.seq, "there is one that no entry makes")',
            "pass",
        ),
    ),
    LeftOut(
        "an api key that reaches farther",
        Mutant(
            "API keys are believed",
            f"{_ROOM}.api_keys",
            "ApiKeysCheck.finish",
            "if said != _as_entered(row):",
            "if False:",
        ),
    ),
    LeftOut(
        "a revoked api key that goes on",
        Mutant(
            "revoked API keys may go on",
            f"{_ROOM}.api_keys",
            "ApiKeysCheck.finish",
            "if at != (moment(row.revoked_at) if row.revoked_at else None):",
            "if False:",
        ),
    ),
    LeftOut(
        "an api key deleted",
        Mutant(
            "API keys may be missing",
            f"{_ROOM}.api_keys",
            "ApiKeysCheck.finish",
            "for seq in self._made:",
            "for seq in ():",
        ),
    ),
    LeftOut(
        "an organisation deleted or made up",
        Mutant(
            "organisations are not looked at",
            f"{_ROOM}.agreements",
            "AgreementsCheck.finish",
            "!= set(providers)",
            "is None",
        ),
    ),
    LeftOut(
        "an agreement changed without a version",
        Mutant(
            "versions of agreements are believed",
            f"{_ROOM}.agreements",
            "AgreementsCheck.finish",
            "elif version != said:",
            "elif False:",
        ),
    ),
    LeftOut(
        "a service marked otherwise",
        Mutant(
            "marks of services are believed",
            f"{_ROOM}.agreements",
            "AgreementsCheck.finish",
            "if service != marked:",
            "if False:",
        ),
    ),
    LeftOut(
        "a standing opens more than its entry",
        Mutant(
            "standings are believed",
            f"{_ROOM}.standings",
            "StandingsCheck.finish",
            "elif not self._is_as(row, said, pseudonym):",
            "elif False:",
        ),
    ),
    LeftOut(
        "a standing deleted",
        Mutant(
            "standings may be missing",
            f"{_ROOM}.standings",
            "StandingsCheck.finish",
            "self._said.values()",
            "()",
        ),
    ),
    LeftOut(
        "a change hidden from the filter",
        Mutant(
            "the feed may leave changes out",
            f"{_ROOM}.changes",
            "ChangesCheck.take",
            'self._findings.add(seq, "it is not there")',
            "pass",
        ),
    ),
    LeftOut(
        "a change made to say something else",
        Mutant(
            "the feed is believed",
            f"{_ROOM}.changes",
            "ChangesCheck.take",
            "elif not self._is_of(rows[0], seq, entry):",
            "elif False:",
        ),
    ),
    LeftOut(
        "somebody erased brought back",
        Mutant(
            "people may be erased in one place alone",
            f"{_ROOM}.people",
            "PeopleCheck._compare",
            'if row.state != ("erasing" if said.is_erased else "active"):',
            "if False:",
        ),
    ),
    LeftOut(
        "two numbers merged without an entry",
        Mutant(
            "merges are believed",
            f"{_ROOM}.people",
            "PeopleCheck._compare",
            "if (row.merged_into, row.named_seq) != expected:",
            "if False:",
        ),
    ),
    LeftOut(
        "a batch of disclosures changed",
        Mutant(
            "batches of disclosures are believed",
            f"{_ROOM}.disclosures",
            "DisclosuresCheck.take",
            'merkle_root(hashes).hex() != said["root"]',
            "False",
        ),
    ),
    LeftOut(
        "a disclosure deleted",
        Mutant(
            "disclosures may be missing",
            f"{_ROOM}.disclosures",
            "DisclosuresCheck.take",
            "if left.total():",
            "if False:",
        ),
    ),
    LeftOut(
        "two people whom no entry tells apart",
        Mutant(
            "pairs of people are believed",
            f"{_ROOM}.two_people",
            "TwoPeopleCheck.finish",
            "if not self._is_said(row):",
            "if False:",
        ),
    ),
    LeftOut(
        "two others than were parted",
        Mutant(
            "any two are believed to be parted",
            f"{_ROOM}.two_people",
            "TwoPeopleCheck._is_said",
            "return {*names} == {*self._parted[row.seq]}",
            "return True",
        ),
    ),
)
"""A check that nothing would miss is no check."""
