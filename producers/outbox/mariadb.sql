-- The outbox of `nwd relay`, for MariaDB 10.6 and newer.
--
-- Your system inserts a row in the transaction in which it changes its own data:
--   INSERT INTO outbox (aggregatetype, aggregateid, type, payload)
--   VALUES ('borough-d', 'NWD-SAMP-1E00-9', 'referral', '{"provider_id": "borough-d", ...}');
CREATE TABLE outbox (
    id            CHAR(36)     NOT NULL DEFAULT (UUID()) UNIQUE, -- the event_id, unless the payload has one
    aggregatetype VARCHAR(255) NOT NULL,
    aggregateid   VARCHAR(255) NOT NULL, -- the participant_id, unless the payload has one
    type          VARCHAR(255) NOT NULL, -- referral, enrolment or outcome, unless the payload says so
    payload       LONGTEXT     NOT NULL, -- the event, as `nwd publish` takes a line
    seq           BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY, -- the order of publishing
    written_at    TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6), -- the recorded_at, likewise
    published_at  TIMESTAMP(6) NULL, -- by the relay
    refused       TEXT         NULL, -- by the relay: why the row is no event; NULL has it tried again
    INDEX outbox_unpublished (published_at, seq)
) ENGINE = InnoDB CHARACTER SET utf8mb4;

-- The relay's login needs no more than this:
--   GRANT SELECT, UPDATE (published_at, refused) ON outbox TO nwd_relay;
