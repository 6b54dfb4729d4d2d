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
