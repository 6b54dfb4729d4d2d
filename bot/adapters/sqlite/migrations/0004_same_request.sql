-- What a job was asked for, so that the same request twice in a row is one job; and the job that it
-- was made another of.
ALTER TABLE jobs ADD COLUMN fingerprint TEXT;
ALTER TABLE jobs ADD COLUMN parent_id INTEGER REFERENCES jobs (id);

CREATE INDEX jobs_of_fingerprint ON jobs (fingerprint, created_at);
CREATE INDEX jobs_of_parent ON jobs (parent_id, created_at) WHERE parent_id IS NOT NULL;
