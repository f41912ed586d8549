//! Changes of the small demo of which something must hear.

/// Like the first event of the small demo, in all but its title.
pub const NEW_EVENT: &str = "INSERT INTO events
    (key, venue_id, seat_map_hash, title, genre, starts_at, on_sale_at, currency)
    SELECT 'abracadabrant', venue_id, seat_map_hash, 'Abracadabrant', genre, starts_at, on_sale_at,
           currency FROM events WHERE id = 1";

/// The second event has no seat left.
pub const SELL_OUT: &str =
    "UPDATE tickets SET status = 'blocked' WHERE event_id = 2 AND status = 'available'";

/// A thousand changes, each with a commit of its own: new names, cancellations and their undoing,
/// prices, and seats that go and come back.
pub const THOUSAND_CHANGES: &str = "DO $$ BEGIN
    FOR i IN 1..200 LOOP
        UPDATE events SET title = 'Round ' || i || ' ' || md5(random()::text)
         WHERE id = 1 + (i % 12);
        COMMIT;
        UPDATE events SET cancelled_at = CASE WHEN cancelled_at IS NULL THEN now() END
         WHERE id = 1 + (i % 7);
        COMMIT;
        UPDATE price_categories SET price_minor = price_minor + 1 WHERE event_id = 1 + (i % 12);
        COMMIT;
        UPDATE venues SET name = 'Hall ' || i WHERE id = 1 + (i % 3);
        COMMIT;
        UPDATE tickets SET status = (CASE WHEN i % 2 = 0 THEN 'available' ELSE 'blocked' END)
               ::ticket_status
         WHERE event_id = 8 + (i % 4) AND status IN ('available', 'blocked') AND i % 10 < 2;
        COMMIT;
    END LOOP; END $$";
