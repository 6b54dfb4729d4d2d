-- The round in which a job's turn comes, fixed when it is accepted, and when fal had made its video.

ALTER TABLE jobs ADD COLUMN turn INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN made_at INTEGER;

-- Who waits already takes turns too: each member's first job in the first round, and so on.
UPDATE jobs SET turn = ranked.turn
FROM (
    SELECT id, row_number() OVER (PARTITION BY member_id ORDER BY id) - 1 AS turn
    FROM jobs WHERE status = 'created'
) AS ranked
WHERE jobs.id = ranked.id;

CREATE INDEX jobs_in_line ON jobs (turn, id) WHERE status = 'created';
CREATE INDEX jobs_admitted ON jobs (turn) WHERE submitting_at IS NOT NULL;
CREATE INDEX jobs_turns_of_member ON jobs (member_id, turn)
    WHERE status = 'created' OR submitting_at IS NOT NULL;
CREATE INDEX jobs_open_of_member ON jobs (member_id)
    WHERE status NOT IN ('delivered', 'failed', 'canceled');
CREATE INDEX jobs_open_of_server ON jobs (guild_id)
    WHERE status NOT IN ('delivered', 'failed', 'canceled');
CREATE INDEX jobs_made ON jobs (made_at) WHERE made_at IS NOT NULL;
CREATE INDEX jobs_made_alike ON jobs (
    model, json_extract(arguments, '$.resolution'), json_extract(arguments, '$.duration'), made_at
) WHERE made_at IS NOT NULL;

-- What a job was asked for, so that the same request twice in a row is one job; and the job that it
-- was made another of.
ALTER TABLE jobs ADD COLUMN fingerprint TEXT;
ALTER TABLE jobs ADD COLUMN parent_id INTEGER REFERENCES jobs (id);

CREATE INDEX jobs_of_fingerprint ON jobs (fingerprint, created_at);
CREATE INDEX jobs_of_parent ON jobs (parent_id, created_at) WHERE parent_id IS NOT NULL;
