-- Placing a hold changes a ticket's row where it lies. PostgreSQL can do that only as long as no
-- index has a column that changes, so the owner of a held seat is in no index: whoever frees seats
-- knows which, because the booking lists them. Only the owner of a sold seat is indexed, for the
-- foreign key that makes "sold" mean "confirmed"; `sold_to` is null while a seat is held, and null
-- stays null.
ALTER TABLE tickets DROP CONSTRAINT tickets_booking_id_sold_under_fkey;
DROP INDEX tickets_by_booking;
ALTER TABLE tickets
    ADD COLUMN sold_to uuid GENERATED ALWAYS AS (CASE WHEN status = 'sold' THEN booking_id END) STORED;
ALTER TABLE tickets
    ADD FOREIGN KEY (sold_to, sold_under) REFERENCES bookings (id, status)
        DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX tickets_sold_to ON tickets (sold_to) WHERE sold_to IS NOT NULL;

-- The statement that takes seats inserts their booking and its user itself, and neither is ever
-- deleted: looking each of them up again was a quarter of the cost of a hold. That a held ticket
-- belongs to a booking in progress, and a booking to a user, are questions of the audit.
ALTER TABLE tickets DROP CONSTRAINT tickets_booking_id_fkey;
ALTER TABLE bookings DROP CONSTRAINT bookings_user_id_fkey;

-- Room on each page for the next version of half of its rows.
ALTER TABLE tickets SET (fillfactor = 65);

-- The judge of a statement that takes seats for many bookings at once: all of them, or none.
-- The statement counts what it changed; here a wrong count undoes it.
CREATE FUNCTION all_or_none(wanted bigint, changed bigint) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF wanted IS DISTINCT FROM changed THEN
        RAISE EXCEPTION '% of % rows could be had', changed, wanted USING ERRCODE = 'ONS01';
    END IF;
    RETURN changed;
END $$;
