-- Servers' own rules, budgets, grants, and who changed what. Days are dates since 1970-01-01 in the
-- server's own time zone from here on (`quota_day`, `day`); `owner_day` is the bot's owner's.

ALTER TABLE jobs ADD COLUMN owner_day INTEGER NOT NULL DEFAULT 0;
UPDATE jobs SET owner_day = quota_day;

DROP TRIGGER ledger_is_append_only_update;
ALTER TABLE ledger ADD COLUMN owner_day INTEGER NOT NULL DEFAULT 0;
-- Units that a grant paid, beside those of the daily quota (`videos`).
ALTER TABLE ledger ADD COLUMN bonus INTEGER NOT NULL DEFAULT 0;
UPDATE ledger SET owner_day = day;
CREATE TRIGGER ledger_is_append_only_update BEFORE UPDATE ON ledger
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

-- What is held and spent, added up by day (2026-11-21) and month (2026-11): of each server, and of
-- the whole bot as server 0. The ledger is the truth, `ledger verify` compares.
CREATE TABLE sums (
    guild_id INTEGER NOT NULL,
    period TEXT NOT NULL,
    taken INTEGER NOT NULL,
    PRIMARY KEY (guild_id, period)
) STRICT, WITHOUT ROWID;

INSERT INTO sums
SELECT guild_id, date(day * 86400, 'unixepoch') AS period, sum(held + spent)
FROM ledger GROUP BY guild_id, period;
INSERT INTO sums
SELECT guild_id, strftime('%Y-%m', day * 86400, 'unixepoch') AS period, sum(held + spent)
FROM ledger GROUP BY guild_id, period;
INSERT INTO sums
SELECT 0, date(owner_day * 86400, 'unixepoch') AS period, sum(held + spent)
FROM ledger GROUP BY period;
INSERT INTO sums
SELECT 0, strftime('%Y-%m', owner_day * 86400, 'unixepoch') AS period, sum(held + spent)
FROM ledger GROUP BY period;

CREATE TRIGGER ledger_adds_up AFTER INSERT ON ledger WHEN NEW.held + NEW.spent != 0
BEGIN
    INSERT INTO sums VALUES
        (NEW.guild_id, date(NEW.day * 86400, 'unixepoch'), NEW.held + NEW.spent),
        (NEW.guild_id, strftime('%Y-%m', NEW.day * 86400, 'unixepoch'), NEW.held + NEW.spent),
        (0, date(NEW.owner_day * 86400, 'unixepoch'), NEW.held + NEW.spent),
        (0, strftime('%Y-%m', NEW.owner_day * 86400, 'unixepoch'), NEW.held + NEW.spent)
    ON CONFLICT (guild_id, period) DO UPDATE SET taken = taken + excluded.taken;
END;

CREATE TABLE server_rules (
    guild_id INTEGER PRIMARY KEY,
    rules TEXT NOT NULL CHECK (json_valid(rules))
) STRICT;
CREATE TABLE role_rules (
    guild_id INTEGER NOT NULL,
    role_id INTEGER NOT NULL,
    rules TEXT NOT NULL CHECK (json_valid(rules)),
    PRIMARY KEY (guild_id, role_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE member_rules (
    guild_id INTEGER NOT NULL,
    member_id INTEGER NOT NULL,
    rules TEXT NOT NULL CHECK (json_valid(rules)),
    PRIMARY KEY (guild_id, member_id)
) STRICT, WITHOUT ROWID;

-- Bonus units, used up once the day's quota is: those that expire first go first.
CREATE TABLE grants (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    guild_id INTEGER NOT NULL,
    member_id INTEGER NOT NULL,
    units INTEGER NOT NULL CHECK (units > 0),
    reason TEXT NOT NULL,
    granted_by INTEGER NOT NULL,
    expires_at INTEGER
) STRICT;
CREATE INDEX grants_of_member ON grants (guild_id, member_id);
-- What jobs took of them (positive), and what came back (negative).
CREATE TABLE grant_uses (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    grant_id INTEGER NOT NULL REFERENCES grants (id),
    job_id INTEGER NOT NULL REFERENCES jobs (id),
    units INTEGER NOT NULL
) STRICT;
CREATE INDEX grant_uses_of_grant ON grant_uses (grant_id);
CREATE INDEX grant_uses_of_job ON grant_uses (job_id);

-- A member's day that was set back to nothing: only what jobs after `job_id` took counts.
CREATE TABLE resets (
    guild_id INTEGER NOT NULL,
    member_id INTEGER NOT NULL,
    day INTEGER NOT NULL,
    job_id INTEGER NOT NULL,
    PRIMARY KEY (guild_id, member_id, day)
) STRICT, WITHOUT ROWID;

-- Who changed which rule from what to what.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    guild_id INTEGER NOT NULL,
    actor_id INTEGER NOT NULL,
    what TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL
) STRICT;
CREATE INDEX audit_of_server ON audit (guild_id, id);
CREATE TRIGGER audit_is_append_only_update BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_is_append_only_delete BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
