-- The ledger of test sets: which artifacts were measured on which rows, numbered by their first time.
CREATE TABLE looks (
    model    TEXT   NOT NULL,
    test_set TEXT   NOT NULL,
    number   BIGINT NOT NULL,
    artifact TEXT   NOT NULL,
    at_ms    BIGINT NOT NULL,
    PRIMARY KEY (model, test_set, number),
    UNIQUE (model, test_set, artifact)
);
