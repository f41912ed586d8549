-- Who may run the box office: people with a password, what they are signed in with, and what they
-- did.

CREATE TABLE staff (
    id             uuid PRIMARY KEY,
    email          text NOT NULL UNIQUE CHECK (email = lower(email) AND length(email) <= 254),
    role           text NOT NULL CHECK (role IN ('organiser', 'admin')),
    -- In the form of PHC strings: $argon2id$…
    password_hash  text NOT NULL,
    -- Tries with a wrong password since the last right one.
    failures       integer NOT NULL DEFAULT 0,
    failed_at      timestamptz,
    created_at     timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE staff_sessions (
    -- SHA-256 of the secret in the cookie: whoever reads this table is not signed in by it.
    secret_hash bytea PRIMARY KEY CHECK (length(secret_hash) = 32),
    staff_id    uuid NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL
);

CREATE INDEX staff_sessions_by_staff ON staff_sessions (staff_id);
CREATE INDEX staff_sessions_ending ON staff_sessions (expires_at);

-- What was done, by whom. Never changed.
CREATE TABLE audit_log (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamptz NOT NULL DEFAULT now(),
    -- An address of e-mail, or `onsale` for the operator's command.
    actor    text NOT NULL,
    action   text NOT NULL,
    event_id bigint,
    detail   text NOT NULL DEFAULT ''
);

CREATE INDEX audit_log_of_event ON audit_log (event_id, id DESC);
