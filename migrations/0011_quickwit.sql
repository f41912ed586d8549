-- An index of Quickwit has no transactions: its documents cannot be changed, an answer may get lost
-- after they were taken, and an index has no second name that could be given to the next one. So what
-- an index holds, and what of it counts, is written down here, in the transaction that decides.

-- Indexes, each loaded from the whole catalogue and then kept in step. The numbers never return, for
-- they name indexes.
CREATE SEQUENCE search_epoch_number AS bigint;

CREATE TABLE search_epochs (
    number         bigint PRIMARY KEY,
    index_id       text   NOT NULL,
    -- Loaded; answering; or of no use any more, and dropped a while later.
    state          text   NOT NULL DEFAULT 'building'
                   CHECK (state IN ('building', 'current', 'retired')),
    retired_at     timestamptz,
    -- Up to where it has followed the stream CDC.
    relay_epoch    bigint NOT NULL,
    stream_made_at bigint NOT NULL,
    sequence       bigint NOT NULL,
    -- Documents come in batches, and a batch is a revision. Its number is taken before anything is
    -- sent, and used once; it counts when it was completed. Whoever searches leaves out what is newer
    -- than `visible`.
    next_revision  bigint NOT NULL DEFAULT 1,
    visible        bigint NOT NULL DEFAULT 0,
    CHECK (visible < next_revision),
    CHECK ((state = 'retired') = (retired_at IS NOT NULL))
);
-- One answers, and one is made, at most.
CREATE UNIQUE INDEX search_epochs_in_use ON search_epochs (state) WHERE state <> 'retired';

-- Which revision of an event counts. The digest stands for everything that is indexed of it: what has
-- not changed is not sent again.
CREATE TABLE search_documents (
    epoch       bigint  NOT NULL REFERENCES search_epochs (number),
    event_id    bigint  NOT NULL,
    revision    bigint  NOT NULL,
    digest      bigint  NOT NULL,
    is_sold_out boolean NOT NULL,
    PRIMARY KEY (epoch, event_id)
);

-- Documents that are in an index and count no more.
CREATE TABLE search_superseded (
    epoch    bigint NOT NULL REFERENCES search_epochs (number),
    event_id bigint NOT NULL,
    revision bigint NOT NULL,
    -- When Quickwit was asked to delete it.
    asked_at timestamptz,
    PRIMARY KEY (epoch, event_id, revision)
);

-- Revisions that were begun and never completed: some of their documents may be in the index, or
-- still come.
CREATE TABLE search_voided (
    epoch bigint NOT NULL REFERENCES search_epochs (number),
    first bigint NOT NULL,
    last  bigint NOT NULL,
    PRIMARY KEY (epoch, first),
    CHECK (first <= last)
);

-- Grows with each process that begins to write here, so that an earlier one that still believes to be
-- the one is refused. One row.
CREATE TABLE search_term (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    term     bigint NOT NULL
);

INSERT INTO search_term (term) VALUES (0);
