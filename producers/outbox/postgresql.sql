-- The outbox of `nwd relay`, for PostgreSQL 13 and newer.
--
-- Your system inserts a row in the transaction in which it changes its own data:
--   INSERT INTO outbox (aggregatetype, aggregateid, type, payload)
--   VALUES ('borough-d', 'NWD-SAMP-1E00-9', 'referral', '{"provider_id": "borough-d", ...}');
CREATE TABLE outbox (
    id            uuid        NOT NULL DEFAULT gen_random_uuid() UNIQUE, -- the event_id, unless the payload has one
    aggregatetype text        NOT NULL,
    aggregateid   text        NOT NULL, -- the participant_id, unless the payload has one
    type          text        NOT NULL, -- referral, enrolment or outcome, unless the payload says so
    payload       jsonb       NOT NULL, -- the event, as `nwd publish` takes a line
    seq           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- the order of publishing
    written_at    timestamptz NOT NULL DEFAULT clock_timestamp(), -- the recorded_at, likewise
    published_at  timestamptz, -- by the relay
    refused       text         -- by the relay: why the row is no event; NULL has it tried again
);
CREATE INDEX outbox_unpublished ON outbox (seq) WHERE published_at IS NULL AND refused IS NULL;

-- The relay's login needs no more than this:
--   GRANT SELECT, UPDATE (published_at, refused) ON outbox TO nwd_relay;
