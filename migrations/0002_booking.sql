-- Who takes which seat. The constraints of this file are the last judge of the whole system: with
-- every cache, lock and worker wrong, they still refuse to sell a seat twice.

CREATE TABLE users (
    id         uuid PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TYPE booking_status AS ENUM
    ('in_progress', 'confirmed', 'expired', 'released', 'refund_due', 'refunded');

CREATE TYPE payment_state AS ENUM ('none', 'processing', 'declined', 'succeeded', 'refunded');

CREATE TABLE bookings (
    id            uuid PRIMARY KEY,
    event_id      bigint NOT NULL REFERENCES events (id),
    user_id       uuid   NOT NULL REFERENCES users (id),
    status        booking_status NOT NULL DEFAULT 'in_progress',
    payment       payment_state  NOT NULL DEFAULT 'none',
    -- What was booked, kept after the seats are freed: a late payment asks for the same seats.
    seats         integer[] NOT NULL CHECK (cardinality(seats) BETWEEN 1 AND 1000),
    prices_minor  bigint[]  NOT NULL,
    total_minor   bigint    NOT NULL CHECK (total_minor >= 0),
    currency      text      NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    -- Always by the database's clock.
    held_until    timestamptz,
    hold_extended boolean NOT NULL DEFAULT false,
    email         text CHECK (length(email) <= 254),
    -- Digest of the request that made it: the same key with another request is a mistake.
    fingerprint   bytea NOT NULL,
    refund_reason text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    -- Referred to by tickets, see below.
    UNIQUE (id, status),
    CHECK (cardinality(seats) = cardinality(prices_minor)),
    CHECK ((status = 'in_progress') = (held_until IS NOT NULL)),
    CHECK (status <> 'confirmed' OR payment = 'succeeded')
);

-- The sweep looks for holds that ran out.
CREATE INDEX bookings_lapsing ON bookings (held_until) WHERE status = 'in_progress';
-- "My tickets", and the limit of tickets a user may have of one event.
CREATE INDEX bookings_by_user ON bookings (user_id, event_id);
-- The sweep looks for money that must go back.
CREATE INDEX bookings_refund_due ON bookings (updated_at) WHERE status = 'refund_due';

CREATE TYPE ticket_status AS ENUM ('available', 'held', 'sold', 'blocked');

-- One row for each seat of each event, made when the event is. A row has one `booking_id`, so a
-- ticket has one owner; the guards of the statements that set it decide who that is.
CREATE TABLE tickets (
    event_id   bigint   NOT NULL,
    seat       integer  NOT NULL CHECK (seat BETWEEN 0 AND 999999),
    category   smallint NOT NULL,
    status     ticket_status NOT NULL DEFAULT 'available',
    booking_id uuid REFERENCES bookings (id),
    held_until timestamptz,
    -- 'confirmed' for a sold ticket, else null: the foreign key below then holds for sold tickets
    -- only, and says that each of them has a confirmed booking.
    sold_under booking_status GENERATED ALWAYS AS
        (CASE WHEN status = 'sold' THEN 'confirmed'::booking_status END) STORED,
    PRIMARY KEY (event_id, seat),
    FOREIGN KEY (event_id, category) REFERENCES price_categories (event_id, category),
    FOREIGN KEY (booking_id, sold_under) REFERENCES bookings (id, status)
        DEFERRABLE INITIALLY DEFERRED,
    CHECK ((status IN ('held', 'sold')) = (booking_id IS NOT NULL)),
    CHECK ((status = 'held') = (held_until IS NOT NULL))
) WITH (fillfactor = 80);

CREATE INDEX tickets_by_booking ON tickets (booking_id) WHERE booking_id IS NOT NULL;
