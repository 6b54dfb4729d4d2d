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
