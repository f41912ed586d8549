-- Work that could not be done, and what becomes of it. The sweep asks for whatever is due; without
-- a note of what was given up, or must wait, it would ask for the hopeless every few seconds for
-- ever.

-- When the workers gave a webhook up. It is kept as a dead letter; an operator replays it.
ALTER TABLE webhook_inbox ADD COLUMN given_up_at timestamptz;

-- The sweep leaves the payment alone until then.
ALTER TABLE payments ADD COLUMN next_look_at timestamptz;
