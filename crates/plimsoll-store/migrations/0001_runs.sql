-- Runs as logs of events, and what lookups need of them.
CREATE TABLE runs (
    id          TEXT   NOT NULL PRIMARY KEY,
    -- The order in which runs were begun: a clock may go backwards.
    number      BIGINT NOT NULL UNIQUE,
    model       TEXT   NOT NULL,
    repository  TEXT   NOT NULL,
    commit_hash TEXT,
    dirty       BIGINT NOT NULL,
    started_ms  BIGINT NOT NULL,
    finished_ms BIGINT,
    ended       TEXT,
    answer      TEXT,
    plan        TEXT   NOT NULL,
    last        BIGINT NOT NULL,
    evidence    TEXT
);
CREATE INDEX runs_by_model ON runs (model, number);

CREATE TABLE events (
    run      TEXT   NOT NULL REFERENCES runs (id),
    sequence BIGINT NOT NULL,
    at_ms    BIGINT NOT NULL,
    -- The version of the form that `event` is written in.
    format   BIGINT NOT NULL,
    event    TEXT   NOT NULL,
    PRIMARY KEY (run, sequence)
);

-- `step` is empty for the numbers of the evaluation.
CREATE TABLE metrics (
    run   TEXT             NOT NULL REFERENCES runs (id),
    step  TEXT             NOT NULL,
    name  TEXT             NOT NULL,
    value DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (run, step, name)
);

-- The newest success under each key: the event that tells it.
CREATE TABLE cache (
    key      TEXT   NOT NULL PRIMARY KEY,
    run      TEXT   NOT NULL,
    sequence BIGINT NOT NULL,
    FOREIGN KEY (run, sequence) REFERENCES events (run, sequence)
);
