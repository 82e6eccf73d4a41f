"""The doors: how a provider's events come onto the bus.

On a provider's machine run `publisher`, the client of its own in-tray, `json_lines`, which reads
events from a file or a pipe, and `outbox`, which takes them from a table that the provider's own
system writes. They need Kafka and nothing of the hub.

At the hub run the importers of what a provider already holds, `tables` and `ilr`: they register
people, and `snapshots` keeps in PostgreSQL what was accepted before. `gateway` takes batches that
come over HTTP, and keeps in PostgreSQL which requests came and where events stand. `hub` says in
Protocols what a door needs there, so that a door can be moved to the provider's machine without a
change.

The pepper stays at the hub. A door holds a `DoorKey`, derived from it for one provider: it makes
that provider's event ids, and no other name on the bus.

A new door is a package beside them, on `hub`, `account` and, where a source is uploaded whole,
`snapshots` and `changed_events`.
"""
