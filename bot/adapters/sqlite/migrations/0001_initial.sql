-- Times are Unix milliseconds, days are days since 1970-01-01 (UTC), money is micro-dollars.

CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- What asked for it, e.g. 'interaction:123': one interaction never makes two jobs.
    source TEXT NOT NULL UNIQUE,
    guild_id INTEGER NOT NULL,
    channel_id INTEGER NOT NULL,
    member_id INTEGER NOT NULL,
    message_id INTEGER,
    model TEXT NOT NULL,
    kind TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    prompt TEXT NOT NULL,
    arguments TEXT NOT NULL CHECK (json_valid(arguments)),
    price INTEGER NOT NULL CHECK (price >= 0),
    price_assumed INTEGER NOT NULL CHECK (price_assumed IN (0, 1)),
    quota_day INTEGER NOT NULL,
    picture TEXT,
    picture_url TEXT,
    picture_url_expires_at INTEGER,
    status TEXT NOT NULL CHECK (status IN (
        'created', 'submitting', 'uncertain', 'submitted', 'running',
        'succeeded', 'stored', 'delivered', 'failed', 'canceled'
    )),
    failure TEXT CHECK (failure IN (
        'refused', 'model_error', 'service_error', 'outcome_unknown', 'file_lost'
    )),
    failure_field TEXT,
    failure_type TEXT,
    request_id TEXT UNIQUE,
    status_url TEXT,
    response_url TEXT,
    cancel_url TEXT,
    video_url TEXT,
    billable_units TEXT,
    video TEXT,
    shown TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_at INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    submitting_at INTEGER,
    running_at INTEGER,
    cancel_requested_at INTEGER,
    ended_at INTEGER,
    CHECK (status NOT IN ('submitted', 'running') OR request_id IS NOT NULL),
    CHECK (status NOT IN ('succeeded', 'stored', 'delivered') OR video_url IS NOT NULL),
    CHECK (status NOT IN ('stored', 'delivered') OR video IS NOT NULL),
    CHECK ((status = 'failed') = (failure IS NOT NULL)),
    CHECK ((status IN ('delivered', 'failed', 'canceled')) = (ended_at IS NOT NULL))
) STRICT;

CREATE INDEX jobs_open ON jobs (status, id) WHERE status NOT IN ('delivered', 'failed', 'canceled');
CREATE INDEX jobs_of_member ON jobs (guild_id, member_id, id);

-- Append-only: every balance is a sum of rows.
CREATE TABLE ledger (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    guild_id INTEGER NOT NULL,
    member_id INTEGER NOT NULL,
    day INTEGER NOT NULL,
    job_id INTEGER REFERENCES jobs (id),
    kind TEXT NOT NULL CHECK (kind IN ('reserve', 'settle', 'release', 'grant')),
    videos INTEGER NOT NULL,
    held INTEGER NOT NULL,
    spent INTEGER NOT NULL,
    CHECK (kind = 'grant' OR job_id IS NOT NULL)
) STRICT;

CREATE UNIQUE INDEX ledger_once ON ledger (job_id, kind) WHERE kind IN ('reserve', 'settle');
CREATE INDEX ledger_of_job ON ledger (job_id);
CREATE INDEX ledger_of_day ON ledger (guild_id, member_id, day, videos);

CREATE TRIGGER ledger_is_append_only_update BEFORE UPDATE ON ledger
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_is_append_only_delete BEFORE DELETE ON ledger
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

CREATE TABLE settings (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
