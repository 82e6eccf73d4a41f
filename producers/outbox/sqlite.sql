-- The outbox of `nwd relay`, for SQLite 3.37 and newer.
--
-- Your system inserts a row in the transaction in which it changes its own data:
--   INSERT INTO outbox (aggregatetype, aggregateid, type, payload)
--   VALUES ('borough-d', 'NWD-SAMP-1E00-9', 'referral', '{"provider_id": "borough-d", ...}');
CREATE TABLE outbox (
    id            TEXT NOT NULL UNIQUE DEFAULT ( -- the event_id, unless the payload has one: a UUID in lower case
        lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2)
        || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    aggregatetype TEXT NOT NULL,
    aggregateid   TEXT NOT NULL, -- the participant_id, unless the payload has one
    type          TEXT NOT NULL, -- referral, enrolment or outcome, unless the payload says so
    payload       TEXT NOT NULL, -- the event, as `nwd publish` takes a line
    seq           INTEGER PRIMARY KEY AUTOINCREMENT, -- the order of publishing
    written_at    TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')), -- the recorded_at, likewise; UTC
    published_at  TEXT, -- by the relay
    refused       TEXT  -- by the relay: why the row is no event; NULL has it tried again
) STRICT;
CREATE INDEX outbox_unpublished ON outbox (seq) WHERE published_at IS NULL AND refused IS NULL;
