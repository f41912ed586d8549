-- Events leave by the write-ahead log, so that state and message commit together. This says what
-- the relay may read of it, and keeps what the relay must remember. The replication slot is not
-- made here: a migration runs in a transaction, and a slot cannot be undone by one.

-- A seat is told by its key and its new state; rows that are put on sale or taken from it tell
-- nobody anything, because nobody has looked at the event before. What is published is a property
-- of a publication, hence two of them for the one slot.
CREATE PUBLICATION onsale_tickets
    FOR TABLE tickets (event_id, seat, status)
    WITH (publish = 'update');

CREATE PUBLICATION onsale_relay
    FOR TABLE bookings (id, event_id, user_id, status, seats, total_minor, currency),
              events, venues, performers, event_performers, price_categories
    WITH (publish = 'insert, update, delete');

-- With the status in its identity, an updated booking carries its old key exactly when the status
-- has changed: the relay needs no memory to tell a step from a touch.
ALTER TABLE bookings REPLICA IDENTITY USING INDEX bookings_id_status_key;

-- Rows of the catalogue change rarely and are told whole: also the deleted ones, and also long
-- texts that an update left alone.
ALTER TABLE events REPLICA IDENTITY FULL;
ALTER TABLE venues REPLICA IDENTITY FULL;
ALTER TABLE performers REPLICA IDENTITY FULL;
ALTER TABLE event_performers REPLICA IDENTITY FULL;
ALTER TABLE price_categories REPLICA IDENTITY FULL;

-- What the relay knows about itself. One row.
CREATE TABLE relay_state (
    only_row       boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    -- Versions of availability are positions in the log, and they are compared within one epoch
    -- only. Epochs grow, and begin at the time of day: a database restored from a backup then does
    -- not repeat one.
    epoch          bigint NOT NULL,
    -- The epoch in which the slot was made. Positions since then are of one log.
    slot_epoch     bigint NOT NULL DEFAULT 0,
    -- The epoch whose snapshot of the catalogue was published to its end.
    complete_epoch bigint NOT NULL DEFAULT 0,
    -- Somebody wants the catalogue to be published again.
    requested_at   timestamptz,
    -- Sequence in the stream CDC up to which PostgreSQL was told that it may forget.
    cdc_sequence   bigint NOT NULL DEFAULT 0,
    CHECK (complete_epoch <= epoch AND slot_epoch <= epoch)
);

INSERT INTO relay_state (epoch) VALUES (extract(epoch FROM now())::bigint);
