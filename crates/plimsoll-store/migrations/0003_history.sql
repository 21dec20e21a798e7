-- What happened to models besides transitions and runs: windows that a monitor judged, and such.
CREATE TABLE happenings (
    sequence  INTEGER NOT NULL PRIMARY KEY,
    model     TEXT    NOT NULL,
    at_ms     BIGINT  NOT NULL,
    -- The version of the form that `happening` is written in.
    format    BIGINT  NOT NULL,
    happening TEXT    NOT NULL
);
CREATE INDEX happenings_by_model ON happenings (model, sequence);
