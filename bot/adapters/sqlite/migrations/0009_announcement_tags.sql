-- The tag that stands in a custom id under an announcement: it tells whose an announcement is, this
-- process's or that of another one that runs with the same token. The job made of it takes the tag.
ALTER TABLE openings ADD COLUMN tag TEXT CHECK (length(tag) = 26);
