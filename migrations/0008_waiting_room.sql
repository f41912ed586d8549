-- The waiting room. One row a room holds all of its counters, so that one row lock decides every
-- question: which numbers were given out, when they were drawn, how many were let in. Nothing is
-- kept of a fan who waits; of those who were let in, one bit for ever and a row while the pass is
-- good.

CREATE TABLE waiting_rooms (
    event_id          bigint PRIMARY KEY REFERENCES events (id),
    mode              text NOT NULL DEFAULT 'off'
        CHECK (mode IN ('off', 'scheduled', 'open', 'paused', 'draining', 'closed')),
    -- Counted up by a reset, which voids all numbers and passes.
    epoch             integer NOT NULL DEFAULT 1 CHECK (epoch > 0),
    -- Secret until the draw was held; its SHA-256 is published from the beginning.
    seed              bytea CHECK (length(seed) = 32),
    joins_at          timestamptz,
    opens_at          timestamptz,
    -- N: how many numbers take part in the draw. Set once in an epoch.
    drawn_count       bigint CHECK (drawn_count >= 0),
    -- The seed is shown a second later, when every server has heard of the draw and gives out no
    -- more of its numbers.
    drawn_at          timestamptz,
    switched_on_at    timestamptz,

    rate_per_minute   integer  NOT NULL CHECK (rate_per_minute > 0),
    max_active_passes integer  NOT NULL CHECK (max_active_passes > 0),
    pass_seconds      integer  NOT NULL CHECK (pass_seconds > 0),
    grace_seconds     integer  NOT NULL CHECK (grace_seconds > 0),
    hold_budget       smallint NOT NULL CHECK (hold_budget > 0),
    proof_bits        smallint NOT NULL CHECK (proof_bits >= 0),
    tell_all          boolean  NOT NULL,

    -- Numbers below this may have been given out.
    next_number       bigint NOT NULL DEFAULT 0 CHECK (next_number >= 0),
    -- Of these, numbers that are known to have been skipped.
    skipped           bigint NOT NULL DEFAULT 0 CHECK (skipped >= 0),
    -- Positions below this are called; those below the second one have had their time.
    called            bigint NOT NULL DEFAULT 0 CHECK (called >= 0),
    expired_below     bigint NOT NULL DEFAULT 0 CHECK (expired_below >= 0),
    -- Passes given out, and how many may be. The check is the rate's last judge.
    admitted          bigint NOT NULL DEFAULT 0 CHECK (admitted >= 0),
    admit_up_to       bigint NOT NULL DEFAULT 0 CHECK (admit_up_to >= 0),
    abandoned         bigint NOT NULL DEFAULT 0 CHECK (abandoned >= 0),
    rate_now          double precision NOT NULL DEFAULT 0,
    pace_per_minute   double precision NOT NULL DEFAULT 0,
    pace_spread       double precision NOT NULL DEFAULT 1,
    sold_out          boolean NOT NULL DEFAULT false,
    -- The memory of the rule that calls positions.
    controller        bytea,
    CHECK (mode <> 'scheduled' OR (joins_at < opens_at AND seed IS NOT NULL)),
    CHECK (drawn_count <= next_number),
    CHECK ((drawn_count IS NULL) = (drawn_at IS NULL))
) WITH (fillfactor = 40);

CREATE INDEX waiting_rooms_on ON waiting_rooms (event_id) WHERE mode <> 'off';

-- One bit a number: whether it was exchanged. 4,096 numbers a row.
CREATE TABLE waiting_room_spent (
    event_id bigint  NOT NULL,
    epoch    integer NOT NULL,
    page     bigint  NOT NULL,
    bits     bytea   NOT NULL CHECK (length(bits) = 512),
    PRIMARY KEY (event_id, epoch, page)
) WITH (fillfactor = 40);

-- Passes that are good, and for a while those that were.
CREATE TABLE admission_passes (
    event_id   bigint  NOT NULL,
    user_id    uuid    NOT NULL,
    epoch      integer NOT NULL,
    number     bigint  NOT NULL,
    issued_at  timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    -- One pass for a user, one for a number.
    PRIMARY KEY (event_id, user_id),
    UNIQUE (event_id, epoch, number)
);

CREATE INDEX admission_passes_ending ON admission_passes (event_id, expires_at);

-- Passes that were revoked before their time.
CREATE TABLE revoked_passes (
    event_id   bigint  NOT NULL,
    epoch      integer NOT NULL,
    number     bigint  NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (event_id, epoch, number)
);

-- Exchanges a number for a pass, or says why not. The lock on the room's row puts all exchanges of
-- an event into an order; the bit is set in the same transaction that makes the pass.
CREATE FUNCTION exchange_number(
    wanted_event bigint, wanted_epoch integer, wanted_number bigint, place bigint, fan uuid,
    OUT outcome text, OUT pass_number bigint, OUT pass_issued timestamptz,
    OUT pass_expires timestamptz, OUT budget integer)
LANGUAGE plpgsql AS $$
DECLARE
    room  waiting_rooms;
    known admission_passes;
    moment timestamptz := clock_timestamp();
    changed integer;
    page_number bigint := wanted_number / 4096;
    bit_number bigint := wanted_number % 4096;
    page_bits bytea;
BEGIN
    SELECT * INTO room FROM waiting_rooms WHERE event_id = wanted_event FOR UPDATE;
    IF NOT FOUND OR room.epoch <> wanted_epoch OR wanted_number >= room.next_number THEN
        outcome := 'void'; RETURN;
    END IF;
    budget := room.hold_budget;
    SELECT * INTO known FROM admission_passes WHERE event_id = wanted_event AND user_id = fan;
    IF FOUND AND known.epoch = room.epoch AND known.expires_at > moment
       AND NOT EXISTS (SELECT FROM revoked_passes r WHERE r.event_id = wanted_event
                          AND r.epoch = known.epoch AND r.number = known.number) THEN
        outcome := 'admitted';
        pass_number := known.number;
        pass_issued := known.issued_at;
        pass_expires := known.expires_at;
        RETURN;
    END IF;
    SELECT bits INTO page_bits FROM waiting_room_spent
     WHERE event_id = wanted_event AND epoch = wanted_epoch AND page = page_number;
    outcome := CASE
        WHEN page_bits IS NOT NULL AND get_bit(page_bits, bit_number) = 1
        THEN CASE WHEN EXISTS (SELECT FROM admission_passes p
                                WHERE p.event_id = wanted_event AND p.epoch = wanted_epoch
                                  AND p.number = wanted_number AND p.expires_at > moment)
                  THEN 'in_use' ELSE 'spent' END
        WHEN room.mode NOT IN ('open', 'draining') THEN 'standing'
        WHEN place >= room.called THEN 'not_yet'
        WHEN place < room.expired_below THEN 'passed'
        WHEN room.admitted >= room.admit_up_to THEN 'one_moment'
        ELSE 'admitted' END;
    IF outcome <> 'admitted' THEN RETURN; END IF;
    INSERT INTO waiting_room_spent AS s (event_id, epoch, page, bits)
    VALUES (wanted_event, wanted_epoch, page_number,
            set_bit(decode(repeat('00', 512), 'hex'), bit_number, 1))
    ON CONFLICT (event_id, epoch, page) DO UPDATE SET bits = set_bit(s.bits, bit_number, 1)
     WHERE get_bit(s.bits, bit_number) = 0;
    GET DIAGNOSTICS changed = ROW_COUNT;
    IF changed <> 1 THEN outcome := 'spent'; RETURN; END IF;
    pass_number := wanted_number;
    pass_issued := date_trunc('milliseconds', moment);
    pass_expires := pass_issued + room.pass_seconds * interval '1 second';
    INSERT INTO admission_passes AS p (event_id, user_id, epoch, number, issued_at, expires_at)
    VALUES (wanted_event, fan, wanted_epoch, wanted_number, pass_issued, pass_expires)
    ON CONFLICT (event_id, user_id) DO UPDATE
       SET epoch = excluded.epoch, number = excluded.number,
           issued_at = excluded.issued_at, expires_at = excluded.expires_at;
    UPDATE waiting_rooms SET admitted = admitted + 1 WHERE event_id = wanted_event;
END $$;
