-- How a video reached its member, since when a job has its status, how often a step went wrong for
-- no known reason, and a failure of our own. SQLite can't change a CHECK, so the table is rebuilt.

CREATE TABLE jobs_rebuilt (
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
    status_at INTEGER NOT NULL,
    failure TEXT CHECK (failure IN (
        'refused', 'model_error', 'service_error', 'outcome_unknown', 'file_lost', 'own_error'
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
    delivered_as TEXT CHECK (delivered_as IN ('edited', 'posted', 'direct', 'kept')),
    shown TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    errors INTEGER NOT NULL DEFAULT 0,
    next_attempt_at INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    submitting_at INTEGER,
    running_at INTEGER,
    cancel_requested_at INTEGER,
    ended_at INTEGER,
    CHECK (status NOT IN ('submitted', 'running') OR request_id IS NOT NULL),
    CHECK (status NOT IN ('succeeded', 'stored', 'delivered') OR video_url IS NOT NULL),
    CHECK (status NOT IN ('stored', 'delivered') OR video IS NOT NULL),
    CHECK ((status = 'delivered') = (delivered_as IS NOT NULL)),
    CHECK ((status = 'failed') = (failure IS NOT NULL)),
    CHECK ((status IN ('delivered', 'failed', 'canceled')) = (ended_at IS NOT NULL))
) STRICT;

INSERT INTO jobs_rebuilt (
    id, source, guild_id, channel_id, member_id, message_id, model, kind, endpoint, prompt,
    arguments, price, price_assumed, quota_day, picture, picture_url, picture_url_expires_at,
    status, status_at, failure, failure_field, failure_type, request_id, status_url, response_url,
    cancel_url, video_url, billable_units, video, delivered_as, shown, attempts, next_attempt_at,
    created_at, submitting_at, running_at, cancel_requested_at, ended_at
)
SELECT
    id, source, guild_id, channel_id, member_id, message_id, model, kind, endpoint, prompt,
    arguments, price, price_assumed, quota_day, picture, picture_url, picture_url_expires_at,
    status, coalesce(ended_at, running_at, submitting_at, created_at), failure, failure_field,
    failure_type, request_id, status_url, response_url, cancel_url, video_url, billable_units,
    video, iif(status = 'delivered', 'edited', NULL), shown, attempts, next_attempt_at,
    created_at, submitting_at, running_at, cancel_requested_at, ended_at
FROM jobs;

DROP TABLE jobs;
ALTER TABLE jobs_rebuilt RENAME TO jobs;

CREATE INDEX jobs_open ON jobs (status, id) WHERE status NOT IN ('delivered', 'failed', 'canceled');
CREATE INDEX jobs_of_member ON jobs (guild_id, member_id, id);
CREATE INDEX jobs_untold ON jobs (id)
    WHERE (status IN ('failed', 'canceled') OR delivered_as = 'kept') AND shown IS NOT status;
CREATE INDEX jobs_unknown ON jobs (ended_at) WHERE failure = 'outcome_unknown';

-- Answers to requests that have no job yet: what a crash leaves standing is taken back.
CREATE TABLE openings (
    message_id INTEGER PRIMARY KEY,
    channel_id INTEGER NOT NULL,
    at INTEGER NOT NULL
) STRICT;
