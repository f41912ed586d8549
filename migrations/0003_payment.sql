-- Money: one intent at the provider for each booking, and the inbox in which the provider's
-- webhooks are kept before anybody acts on them.

CREATE TABLE payments (
    booking_id   uuid PRIMARY KEY REFERENCES bookings (id),
    -- 'stripe' for whatever speaks its protocol; 'box_office' for cash over the counter.
    provider     text   NOT NULL CHECK (length(provider) BETWEEN 1 AND 50),
    -- Unknown until the provider has answered.
    intent_id    text   CHECK (length(intent_id) <= 255),
    amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
    currency     text   NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    -- Tries to pay; each has its own idempotency key at the provider.
    attempts     integer NOT NULL DEFAULT 0,
    -- The money is here.
    succeeded_at timestamptz,
    -- Nothing can be paid with the intent any more.
    cancelled_at timestamptz,
    refund_id    text CHECK (length(refund_id) <= 255),
    refunded_at  timestamptz,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    UNIQUE (provider, intent_id),
    CHECK (refunded_at IS NULL OR succeeded_at IS NOT NULL)
);

-- The sweep looks for intents that nobody has settled.
CREATE INDEX payments_open ON payments (updated_at)
    WHERE intent_id IS NOT NULL AND succeeded_at IS NULL AND cancelled_at IS NULL;

CREATE TABLE webhook_inbox (
    provider     text  NOT NULL CHECK (length(provider) BETWEEN 1 AND 50),
    -- The provider's id of its event: a webhook delivered twice is stored once.
    event_id     text  NOT NULL CHECK (length(event_id) BETWEEN 1 AND 255),
    kind         text  NOT NULL CHECK (length(kind) <= 255),
    body         bytea NOT NULL CHECK (length(body) <= 262144),
    received_at  timestamptz NOT NULL DEFAULT now(),
    processed_at timestamptz,
    PRIMARY KEY (provider, event_id)
);

CREATE INDEX webhook_inbox_waiting ON webhook_inbox (received_at) WHERE processed_at IS NULL;
