-- Something that the job is made from is covered, as a spoiler: so is whatever is posted of it. Of what
-- was made before, nobody knows.
ALTER TABLE jobs ADD COLUMN spoiler INTEGER NOT NULL DEFAULT 0 CHECK (spoiler IN (0, 1));
-- The channel of the public thread in which a job belongs: Discord tells a bot nothing of a thread that
-- is archived, and who may view the channel may view the thread.
ALTER TABLE jobs ADD COLUMN thread_of INTEGER;
-- The job's end isn't in its message, whose place was out of reach: it is written once the place is back.
ALTER TABLE jobs ADD COLUMN end_missed INTEGER NOT NULL DEFAULT 0 CHECK (end_missed IN (0, 1));
CREATE INDEX jobs_end_missed ON jobs (ended_at) WHERE end_missed;
-- Each request adds up its member's day: all that this needs is in the index.
DROP INDEX ledger_of_day;
CREATE INDEX ledger_of_day ON ledger (guild_id, member_id, day, job_id, videos, held, spent);
