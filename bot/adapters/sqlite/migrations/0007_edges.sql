-- The servers that the bot is or was in, and the owner's word on each.
CREATE TABLE servers (
    guild_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    -- What the owner said; nothing yet where NULL.
    decision TEXT CHECK (decision IN ('allowed', 'left')),
    decided_at INTEGER,
    -- The owner's own, or in `discord.servers`, when the server was last compared.
    trusted INTEGER NOT NULL CHECK (trusted IN (0, 1)),
    -- The bot was in it when the server was last compared.
    present INTEGER NOT NULL CHECK (present IN (0, 1)),
    first_seen_at INTEGER NOT NULL,
    -- The time at which the owner was asked about it.
    asked_at INTEGER,
    CHECK ((decision IS NULL) = (decided_at IS NULL))
) STRICT;

-- What made videos before the owner was asked goes on doing so.
INSERT INTO servers (guild_id, name, decision, decided_at, trusted, present, first_seen_at)
SELECT guild_id, '', 'allowed', min(created_at), 0, 1, min(created_at) FROM jobs GROUP BY guild_id;

-- From here on there is a monthly cap unless the settings say otherwise; a bot that made videos
-- without one isn't stopped by it.
INSERT INTO settings (key, value)
SELECT 'no_cap_as_shipped', '1' WHERE EXISTS (SELECT 1 FROM jobs);

-- A name of the job that no other database has: buttons, files of the archive and webhook URLs carry
-- it. Rows from before have none; only they are meant by a number on a button or in a URL.

ALTER TABLE jobs ADD COLUMN tag TEXT CHECK (length(tag) = 26);
CREATE UNIQUE INDEX jobs_of_tag ON jobs (tag);

-- The tag that stands in a custom id under an announcement: it tells whose an announcement is, this
-- process's or that of another one that runs with the same token. The job made of it takes the tag.
ALTER TABLE openings ADD COLUMN tag TEXT CHECK (length(tag) = 26);

-- How long a job has been at fal, how far fal's clock was ahead when it was sent, the proof that
-- fal took a cancel, fal's own words on an error, and the end that its member was told of.

ALTER TABLE jobs ADD COLUMN at_fal_since INTEGER;
ALTER TABLE jobs ADD COLUMN fal_offset INTEGER;
ALTER TABLE jobs ADD COLUMN cancel_confirmed_at INTEGER;
ALTER TABLE jobs ADD COLUMN failure_words TEXT;
ALTER TABLE jobs ADD COLUMN told TEXT;

UPDATE jobs SET at_fal_since = status_at WHERE status IN ('submitted', 'running');
UPDATE jobs SET told = failure WHERE status = 'failed' AND shown = status;

-- No two requests have one file.
CREATE INDEX jobs_of_video_url ON jobs (video_url) WHERE video_url IS NOT NULL;

-- The tag of an announcement whose message can be asked for twice, written before it is posted: after
-- a crash the same process knows it again.
CREATE TABLE announcement_tags (
    source TEXT PRIMARY KEY,
    tag TEXT NOT NULL CHECK (length(tag) = 26),
    at INTEGER NOT NULL
) STRICT;
