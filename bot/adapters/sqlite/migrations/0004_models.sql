-- Every kind of model: several inputs, videos that count as more than one, lengths and resolutions
-- that aren't among fal's arguments, and what was asked for, so that it can be edited.

ALTER TABLE jobs ADD COLUMN options TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(options));
ALTER TABLE jobs ADD COLUMN resolution TEXT;
ALTER TABLE jobs ADD COLUMN seconds INTEGER CHECK (seconds > 0);
ALTER TABLE jobs ADD COLUMN units INTEGER NOT NULL DEFAULT 1 CHECK (units > 0);
ALTER TABLE jobs ADD COLUMN inputs TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(inputs));
ALTER TABLE jobs ADD COLUMN input_urls TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(input_urls));
ALTER TABLE jobs ADD COLUMN relation TEXT CHECK (relation IN ('again', 'edit', 'hq', 'continue'));
ALTER TABLE jobs RENAME COLUMN picture_url_expires_at TO input_urls_expire_at;

-- As far as it can be told from what was sent: of the prompt, only the user's words.
UPDATE jobs SET
    options = json_patch('{}', json_object(
        'prompt', prompt,
        'aspect_ratio', json_extract(arguments, '$.aspect_ratio'),
        'resolution', json_extract(arguments, '$.resolution'),
        'duration', json_extract(arguments, '$.duration')
    )),
    resolution = json_extract(arguments, '$.resolution'),
    seconds = json_extract(arguments, '$.duration'),
    inputs = iif(picture IS NULL, '[]', json_array(picture)),
    input_urls = iif(picture_url IS NULL, '[]', json_array(picture_url)),
    relation = iif(parent_id IS NULL, NULL, 'again');

DROP INDEX jobs_made_alike;
CREATE INDEX jobs_made_alike ON jobs (model, resolution, seconds, made_at)
    WHERE made_at IS NOT NULL;
ALTER TABLE jobs DROP COLUMN picture;
ALTER TABLE jobs DROP COLUMN picture_url;

-- A member's own defaults, the same in all servers.
CREATE TABLE preferences (
    member_id INTEGER PRIMARY KEY,
    options TEXT NOT NULL CHECK (json_valid(options))
) STRICT;

-- Requests that wait for their member to agree to the price.
CREATE TABLE offers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    member_id INTEGER NOT NULL,
    price INTEGER NOT NULL CHECK (price >= 0),
    request TEXT NOT NULL CHECK (json_valid(request))
) STRICT;
CREATE INDEX offers_at ON offers (at);
