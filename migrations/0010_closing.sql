-- The sweep looks twice a second for bookings that have ended and of which money may still come:
-- few, among all bookings there ever were.
CREATE INDEX bookings_closing ON bookings (updated_at)
    WHERE payment = 'processing' AND status IN ('expired', 'released');
