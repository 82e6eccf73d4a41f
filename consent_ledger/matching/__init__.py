"""Matching: who may be one person, decided from identities and contacts in memory. No database.

What the register calls, in this order:

1. `reading.read(identity, contact, today=...)` gives `Reading(traits, doubts)`: what can be
   compared, and each field that is doubtful, in words. `Doubt.is_refused` is for the door to
   refuse; any other is taken as absent, and told. `Traits.and_also` adds an earlier name, or what
   another provider knows, to a person: the register keeps each identity, and reads them together.
2. `blocking.matching_key(secret)` derives the key of all digests from a secret of the hub, and
   `blocking.blocking_digests(traits, key)` gives `Digest(kind, value)`. The store keeps each with
   the person's number and an index on (kind, value), and erases them with the person. Candidates
   are the people who share digests of kinds that `blocking.are_enough`, or one for which
   `blocking.is_enough(kind, holders, people)`, where `holders` is how many of all people hold it;
   one for which `blocking.says_anything(holders)` is not true counts towards neither.
3. The identities of these candidates, and of nobody else, are opened and read as in step 1.
4. `frequencies.value_digest(value, key)` of each of `frequencies.values_counted(traits)` is the
   row of a table of counts that names no person; it is counted up when a person is registered and
   down when they are erased. `Frequencies.by_digest(digests, counts, people)` reads it.
5. `answers.answer(traits, candidates, frequencies, people)` gives a `MatchingAnswer`: known,
   possible or new, with reasons and contradictions in words. A door tells neither which candidates
   there are nor why.

For duplicates found later, `answers.match_of` weighs one pair. `comparison.compare(a, b)` gives a
`PairComparison`, whose `pattern` holds no value and may be counted: `estimation.estimate(...)`
makes `Weights` from such counts of a hub's own records, `weights.weights_of(...)` from a file.
"""
