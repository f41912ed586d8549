-- What becomes of a refund after the provider has accepted it, and events that are called off.

-- Each refund that failed is asked for again under another idempotency key: this is its number.
ALTER TABLE payments ADD COLUMN refund_attempts integer NOT NULL DEFAULT 0;
-- The provider has said that the money went back. A refund that was accepted can still fail.
ALTER TABLE payments ADD COLUMN refund_settled_at timestamptz;
UPDATE payments SET refund_settled_at = refunded_at WHERE refunded_at IS NOT NULL;

-- The sweep asks what became of refunds that nobody told the end of.
CREATE INDEX payments_refund_open ON payments (refunded_at)
    WHERE refunded_at IS NOT NULL AND refund_settled_at IS NULL;

-- Everybody who had seats of a cancelled event has been served.
ALTER TABLE events ADD COLUMN cleared_at timestamptz;
CREATE INDEX events_to_clear ON events (id) WHERE cancelled_at IS NOT NULL AND cleared_at IS NULL;
