-- Who deleted a finished video, when that was asked for, and since when its file and message are
-- gone. Until now `shown` said so; from here on it only says what the status message says.

ALTER TABLE jobs ADD COLUMN deleted_by TEXT
    CHECK (deleted_by IN ('maker', 'moderator'))
    CHECK (deleted_by IS NULL OR status = 'delivered');
ALTER TABLE jobs ADD COLUMN deleted_at INTEGER
    CHECK ((deleted_at IS NULL) = (deleted_by IS NULL));
ALTER TABLE jobs ADD COLUMN erased_at INTEGER
    CHECK (erased_at IS NULL OR deleted_by IS NOT NULL);

-- When they were deleted is unknown: not before they had ended.
UPDATE jobs SET
    deleted_by = replace(replace(shown, 'deleting:', ''), 'deleted:', ''),
    deleted_at = ended_at,
    erased_at = CASE WHEN shown LIKE 'deleted:%' THEN ended_at END,
    shown = CASE WHEN shown LIKE 'deleted:%' THEN 'deleted' ELSE status END
WHERE shown LIKE 'deleting:%' OR shown LIKE 'deleted:%';

CREATE INDEX jobs_deleting ON jobs (id) WHERE deleted_by IS NOT NULL AND erased_at IS NULL;
DROP INDEX jobs_untold;
CREATE INDEX jobs_unreported ON jobs (id)
    WHERE (status IN ('failed', 'canceled') OR delivered_as = 'kept')
        AND coalesce(shown, '') != status AND deleted_by IS NULL;

-- The keys of `inputs` once more, each with a row of its own, to find the jobs that share a file.
CREATE TABLE job_inputs (
    key TEXT NOT NULL,
    job_id INTEGER NOT NULL REFERENCES jobs (id),
    PRIMARY KEY (key, job_id)
) STRICT, WITHOUT ROWID;
INSERT INTO job_inputs (key, job_id)
SELECT DISTINCT input.value, jobs.id FROM jobs, json_each(jobs.inputs) AS input;
