-- Signed words on the audit log: that it had an entry with this digest.
CREATE TABLE checkpoints (
    number    INTEGER NOT NULL PRIMARY KEY,
    sequence  BIGINT  NOT NULL,
    head      TEXT    NOT NULL,
    -- The signed statement itself, so that it outlives the objects.
    statement TEXT    NOT NULL UNIQUE
);
CREATE INDEX checkpoints_by_sequence ON checkpoints (sequence, number);
