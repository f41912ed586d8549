-- Nobody has ever read this table: who somebody is stands in a signed cookie, and what they have in
-- their bookings. Writing a row of it for each buyer was a tenth of the statement that takes seats.
DROP TABLE users;

-- The statement that makes a booking changes tickets of its event, all or none, and tickets refer to
-- events through their price category. Looking the event up again for each booking was another tenth,
-- and locked one row of a hot event for everybody. The audit asks whether it is there.
ALTER TABLE bookings DROP CONSTRAINT bookings_event_id_fkey;
