-- A name of the job that no other database has: buttons, files of the archive and webhook URLs carry
-- it. Rows from before have none; only they are meant by a number on a button or in a URL.

ALTER TABLE jobs ADD COLUMN tag TEXT CHECK (length(tag) = 26);
CREATE UNIQUE INDEX jobs_of_tag ON jobs (tag);
