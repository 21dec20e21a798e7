-- What people said of bundles, each with its entry of the log; the statements are objects.
CREATE TABLE approvals (
    entry     BIGINT NOT NULL PRIMARY KEY,
    subject   TEXT   NOT NULL,
    statement TEXT   NOT NULL UNIQUE,
    at_ms     BIGINT NOT NULL,
    why       TEXT   NOT NULL,
    -- The version of the form that `approval` is written in.
    format    BIGINT NOT NULL,
    approval  TEXT   NOT NULL
);
CREATE INDEX approvals_by_subject ON approvals (subject, entry);
