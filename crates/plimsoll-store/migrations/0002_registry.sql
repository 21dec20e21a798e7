-- Versions and aliases, and the log of everything that happened to them.
CREATE TABLE versions (
    variant  TEXT   NOT NULL,
    number   TEXT   NOT NULL,
    model    TEXT   NOT NULL,
    subject  TEXT   NOT NULL,
    -- The entry of the log that tells of the release, and so the order: a clock may go backwards.
    place    BIGINT NOT NULL UNIQUE,
    at_ms    BIGINT NOT NULL,
    -- The version of the form that `released` and `yanked` are written in.
    format   BIGINT NOT NULL,
    released TEXT   NOT NULL,
    yanked   TEXT,
    PRIMARY KEY (variant, number),
    UNIQUE (variant, subject)
);
CREATE INDEX versions_by_model ON versions (model, place);

CREATE TABLE aliases (
    variant TEXT NOT NULL,
    alias   TEXT NOT NULL,
    number  TEXT NOT NULL,
    PRIMARY KEY (variant, alias),
    FOREIGN KEY (variant, number) REFERENCES versions (variant, number)
);

-- `digest` covers `previous`, which is the digest of the entry before, and `entry`.
CREATE TABLE audit (
    sequence BIGINT NOT NULL PRIMARY KEY,
    model    TEXT   NOT NULL,
    previous TEXT   NOT NULL,
    digest   TEXT   NOT NULL,
    format   BIGINT NOT NULL,
    entry    TEXT   NOT NULL
);
CREATE INDEX audit_by_model ON audit (model, sequence);
