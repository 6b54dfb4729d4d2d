-- Something that the job is made from is covered, as a spoiler: so is whatever is posted of it. Of what
-- was made before, nobody knows.
ALTER TABLE jobs ADD COLUMN spoiler INTEGER NOT NULL DEFAULT 0 CHECK (spoiler IN (0, 1));
