-- The books: what attempts set aside and used, who holds which idempotency key, and the breakers that processes share.

-- The whole claim as a document, and the key alone while the job holds it.
ALTER TABLE jobs ADD COLUMN idempotency TEXT;
ALTER TABLE jobs ADD COLUMN held_key TEXT;
-- What is kept of the request; absent, everything.
ALTER TABLE jobs ADD COLUMN retain TEXT;
-- How a picture was to be changed, where one was.
ALTER TABLE jobs ADD COLUMN edit TEXT;

CREATE UNIQUE INDEX jobs_by_held_key ON jobs (user_id, held_key) WHERE held_key IS NOT NULL;

-- What an attempt claims, and what has become of it: absent when nothing is claimed. Once settled or released it stays
-- so. Amounts that are absent from a settled one were used as claimed.
ALTER TABLE job_attempts ADD COLUMN reservation TEXT;
ALTER TABLE job_attempts ADD COLUMN hold TEXT CHECK (hold IN ('held', 'settled', 'released'));
ALTER TABLE job_attempts ADD COLUMN settled_credits INTEGER CHECK (settled_credits >= 0);
ALTER TABLE job_attempts ADD COLUMN settled_micros INTEGER CHECK (settled_micros >= 0);

CREATE INDEX job_attempts_by_time ON job_attempts (dispatched_at);

-- Sums over the attempts, kept up to date by every commit. Periods are written as days or months in UTC.
CREATE TABLE quota_tallies (
    period   TEXT NOT NULL,
    user_id  TEXT NOT NULL,
    provider TEXT NOT NULL,
    used     INTEGER NOT NULL CHECK (used >= 0),
    reserved INTEGER NOT NULL CHECK (reserved >= 0),
    PRIMARY KEY (period, user_id, provider)
) STRICT, WITHOUT ROWID;

CREATE TABLE budget_tallies (
    chain    TEXT NOT NULL,
    period   TEXT NOT NULL,
    used     INTEGER NOT NULL CHECK (used >= 0),
    reserved INTEGER NOT NULL CHECK (reserved >= 0),
    PRIMARY KEY (chain, period)
) STRICT, WITHOUT ROWID;

-- Limits of a user's own, in credits a month.
CREATE TABLE quota_limits (
    user_id  TEXT NOT NULL,
    provider TEXT NOT NULL,
    credits  INTEGER NOT NULL CHECK (credits >= 0),
    PRIMARY KEY (user_id, provider)
) STRICT, WITHOUT ROWID;

-- Rows are replaced and never removed, so that one more than the highest revision is always a new one.
CREATE TABLE breakers (
    provider    TEXT NOT NULL,
    model       TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    version     INTEGER NOT NULL,
    state       TEXT NOT NULL,
    revision    INTEGER NOT NULL UNIQUE,
    PRIMARY KEY (provider, model, fingerprint)
) STRICT, WITHOUT ROWID;
