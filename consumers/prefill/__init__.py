"""Forms offered filled, and what came back: how often nobody had to type anything again.

`offers` keeps what was offered as keyed digests, so that an answer counts as reused only where it
comes back equal; `duplicate_entry` counts by question, organisation and month.
"""
