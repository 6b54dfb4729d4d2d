BEGIN TRANSACTION;
CREATE TABLE "jobs" (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- What asked for it, e.g. 'interaction:123': one interaction never makes two jobs.
    source TEXT NOT NULL UNIQUE,
    guild_id INTEGER NOT NULL,
    channel_id INTEGER NOT NULL,
    member_id INTEGER NOT NULL,
    message_id INTEGER,
    model TEXT NOT NULL,
    kind TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    prompt TEXT NOT NULL,
    arguments TEXT NOT NULL CHECK (json_valid(arguments)),
    price INTEGER NOT NULL CHECK (price >= 0),
    price_assumed INTEGER NOT NULL CHECK (price_assumed IN (0, 1)),
    quota_day INTEGER NOT NULL,
    picture TEXT,
    picture_url TEXT,
    picture_url_expires_at INTEGER,
    status TEXT NOT NULL CHECK (status IN (
        'created', 'submitting', 'uncertain', 'submitted', 'running',
        'succeeded', 'stored', 'delivered', 'failed', 'canceled'
    )),
    status_at INTEGER NOT NULL,
    failure TEXT CHECK (failure IN (
        'refused', 'model_error', 'service_error', 'outcome_unknown', 'file_lost', 'own_error'
    )),
    failure_field TEXT,
    failure_type TEXT,
    request_id TEXT UNIQUE,
    status_url TEXT,
    response_url TEXT,
    cancel_url TEXT,
    video_url TEXT,
    billable_units TEXT,
    video TEXT,
    delivered_as TEXT CHECK (delivered_as IN ('edited', 'posted', 'direct', 'kept')),
    shown TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    errors INTEGER NOT NULL DEFAULT 0,
    next_attempt_at INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    submitting_at INTEGER,
    running_at INTEGER,
    cancel_requested_at INTEGER,
    ended_at INTEGER, turn INTEGER NOT NULL DEFAULT 0, made_at INTEGER, fingerprint TEXT, parent_id INTEGER REFERENCES jobs (id),
    CHECK (status NOT IN ('submitted', 'running') OR request_id IS NOT NULL),
    CHECK (status NOT IN ('succeeded', 'stored', 'delivered') OR video_url IS NOT NULL),
    CHECK (status NOT IN ('stored', 'delivered') OR video IS NOT NULL),
    CHECK ((status = 'delivered') = (delivered_as IS NOT NULL)),
    CHECK ((status = 'failed') = (failure IS NOT NULL)),
    CHECK ((status IN ('delivered', 'failed', 'canceled')) = (ended_at IS NOT NULL))
) STRICT;
INSERT INTO "jobs" VALUES(1,'interaction:1',10,20,30,100,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,NULL,NULL,'created',1728003600000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,0,1728003600000,NULL,NULL,NULL,NULL,0,NULL,'0000000000000000000000000000000000000000000000000000000000000000',NULL);
INSERT INTO "jobs" VALUES(2,'interaction:2',10,20,30,101,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,NULL,NULL,'created',1728003600000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,0,1728003600000,NULL,NULL,NULL,NULL,1,NULL,'0000000000000000000000000000000000000000000000000000000000000001',NULL);
INSERT INTO "jobs" VALUES(3,'interaction:3',10,20,30,102,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,NULL,NULL,'canceled',1728003600000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,0,1728003600000,NULL,NULL,NULL,1728003600000,2,NULL,'0000000000000000000000000000000000000000000000000000000000000002',NULL);
INSERT INTO "jobs" VALUES(4,'interaction:4',10,20,30,103,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,NULL,NULL,'submitting',1728003600000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,0,1728003600000,1728003600000,NULL,NULL,NULL,2,NULL,'0000000000000000000000000000000000000000000000000000000000000003',NULL);
INSERT INTO "jobs" VALUES(5,'interaction:5',10,20,30,104,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,NULL,NULL,'uncertain',1728003600000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,0,1728003600000,1728003600000,NULL,NULL,NULL,3,NULL,'0000000000000000000000000000000000000000000000000000000000000004',NULL);
INSERT INTO "jobs" VALUES(6,'interaction:6',10,20,30,105,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,NULL,NULL,'submitted',1728003600000,NULL,NULL,NULL,'request-1','http://127.0.0.1:1/requests/request-1/status','http://127.0.0.1:1/requests/request-1','http://127.0.0.1:1/requests/request-1/cancel',NULL,NULL,NULL,NULL,NULL,0,0,0,1728003600000,1728003600000,NULL,NULL,NULL,4,NULL,'0000000000000000000000000000000000000000000000000000000000000005',NULL);
INSERT INTO "jobs" VALUES(7,'interaction:7',10,20,30,106,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,NULL,NULL,'running',1728003600000,NULL,NULL,NULL,'request-2','http://127.0.0.1:1/requests/request-2/status','http://127.0.0.1:1/requests/request-2','http://127.0.0.1:1/requests/request-2/cancel',NULL,NULL,NULL,NULL,NULL,0,0,0,1728003600000,1728003600000,1728003600000,NULL,NULL,5,NULL,'0000000000000000000000000000000000000000000000000000000000000006',NULL);
INSERT INTO "jobs" VALUES(8,'interaction:8',10,20,30,107,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,NULL,NULL,'succeeded',1728003600000,NULL,NULL,NULL,'request-3','http://127.0.0.1:1/requests/request-3/status','http://127.0.0.1:1/requests/request-3','http://127.0.0.1:1/requests/request-3/cancel','http://127.0.0.1:1/video.mp4',NULL,NULL,NULL,NULL,0,0,0,1728003600000,1728003600000,1728003600000,NULL,NULL,6,1728003600000,'0000000000000000000000000000000000000000000000000000000000000007',NULL);
INSERT INTO "jobs" VALUES(9,'interaction:9',10,20,30,108,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,NULL,NULL,'stored',1728003600000,NULL,NULL,NULL,'request-4','http://127.0.0.1:1/requests/request-4/status','http://127.0.0.1:1/requests/request-4','http://127.0.0.1:1/requests/request-4/cancel','http://127.0.0.1:1/video.mp4',NULL,'videos/9.mp4',NULL,NULL,0,0,0,1728003600000,1728003600000,1728003600000,NULL,NULL,7,1728003600000,'0000000000000000000000000000000000000000000000000000000000000008',NULL);
INSERT INTO "jobs" VALUES(10,'interaction:10',10,20,30,109,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,NULL,NULL,'delivered',1728003600000,NULL,NULL,NULL,'request-5','http://127.0.0.1:1/requests/request-5/status','http://127.0.0.1:1/requests/request-5','http://127.0.0.1:1/requests/request-5/cancel','http://127.0.0.1:1/video.mp4',NULL,'videos/10.mp4','edited',NULL,0,0,0,1728003600000,1728003600000,1728003600000,NULL,1728003600000,8,1728003600000,'0000000000000000000000000000000000000000000000000000000000000009',NULL);
INSERT INTO "jobs" VALUES(11,'interaction:11',10,20,30,110,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,NULL,NULL,'failed',1728003600000,'model_error','prompt','why','request-6','http://127.0.0.1:1/requests/request-6/status','http://127.0.0.1:1/requests/request-6','http://127.0.0.1:1/requests/request-6/cancel',NULL,NULL,NULL,NULL,NULL,0,0,0,1728003600000,1728003600000,NULL,NULL,1728003600000,9,NULL,'000000000000000000000000000000000000000000000000000000000000000a',NULL);
INSERT INTO "jobs" VALUES(12,'interaction:12',10,20,30,111,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,NULL,NULL,'failed',1728003600000,'service_error','prompt','why','request-7','http://127.0.0.1:1/requests/request-7/status','http://127.0.0.1:1/requests/request-7','http://127.0.0.1:1/requests/request-7/cancel',NULL,NULL,NULL,NULL,NULL,0,0,0,1728003600000,1728003600000,NULL,NULL,1728003600000,10,NULL,'000000000000000000000000000000000000000000000000000000000000000b',NULL);
INSERT INTO "jobs" VALUES(13,'interaction:13',10,20,30,112,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,NULL,NULL,'failed',1728003600000,'outcome_unknown','prompt','why','request-8','http://127.0.0.1:1/requests/request-8/status','http://127.0.0.1:1/requests/request-8','http://127.0.0.1:1/requests/request-8/cancel',NULL,NULL,NULL,NULL,NULL,0,0,0,1728003600000,1728003600000,NULL,NULL,1728003600000,11,NULL,'000000000000000000000000000000000000000000000000000000000000000c',NULL);
INSERT INTO "jobs" VALUES(14,'interaction:14',10,20,30,113,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,NULL,NULL,'failed',1728003600000,'refused','prompt','why',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,0,1728003600000,1728003600000,NULL,NULL,1728003600000,12,NULL,'000000000000000000000000000000000000000000000000000000000000000d',NULL);
INSERT INTO "jobs" VALUES(15,'interaction:15',10,20,30,114,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,NULL,NULL,'failed',1728003600000,'file_lost','prompt','why','request-9','http://127.0.0.1:1/requests/request-9/status','http://127.0.0.1:1/requests/request-9','http://127.0.0.1:1/requests/request-9/cancel','http://127.0.0.1:1/video.mp4',NULL,NULL,NULL,NULL,0,0,0,1728003600000,1728003600000,NULL,NULL,1728003600000,13,1728003600000,'000000000000000000000000000000000000000000000000000000000000000e',NULL);
INSERT INTO "jobs" VALUES(16,'interaction:16',10,20,30,115,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,NULL,NULL,'failed',1728003600000,'own_error','prompt','why',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,0,1728003600000,NULL,NULL,NULL,1728003600000,14,NULL,'000000000000000000000000000000000000000000000000000000000000000f',NULL);
INSERT INTO "jobs" VALUES(17,'interaction:100',10,20,31,200,'pika-2.2-image','image-to-video','fal-ai/pika/v2.2/image-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,'inputs/aa/aa.jpg','https://v3.fal.media/files/a.jpg',1728090000000,'delivered',1728003600000,NULL,NULL,NULL,'request-10','http://127.0.0.1:1/requests/request-10/status','http://127.0.0.1:1/requests/request-10','http://127.0.0.1:1/requests/request-10/cancel','http://127.0.0.1:1/video.mp4',NULL,'videos/17.mp4','edited',NULL,0,0,0,1728003600000,1728003600000,1728003600000,NULL,1728003600000,13,1728003600000,NULL,NULL);
INSERT INTO "jobs" VALUES(18,'interaction:101',10,20,31,200,'pika-2.2-image','image-to-video','fal-ai/pika/v2.2/image-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,'inputs/aa/aa.jpg',NULL,NULL,'created',1728003600000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,0,1728003600000,NULL,NULL,NULL,NULL,14,NULL,NULL,17);
CREATE TABLE ledger (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    guild_id INTEGER NOT NULL,
    member_id INTEGER NOT NULL,
    day INTEGER NOT NULL,
    job_id INTEGER REFERENCES jobs (id),
    kind TEXT NOT NULL CHECK (kind IN ('reserve', 'settle', 'release', 'grant')),
    videos INTEGER NOT NULL,
    held INTEGER NOT NULL,
    spent INTEGER NOT NULL,
    CHECK (kind = 'grant' OR job_id IS NOT NULL)
) STRICT;
INSERT INTO "ledger" VALUES(1,1728003600000,10,30,20000,1,'reserve',1,200000,0);
INSERT INTO "ledger" VALUES(2,1728003600000,10,30,20000,2,'reserve',1,200000,0);
INSERT INTO "ledger" VALUES(3,1728003600000,10,30,20000,3,'reserve',1,200000,0);
INSERT INTO "ledger" VALUES(4,1728003600000,10,30,20000,3,'release',-1,-200000,0);
INSERT INTO "ledger" VALUES(5,1728003600000,10,30,20000,4,'reserve',1,200000,0);
INSERT INTO "ledger" VALUES(6,1728003600000,10,30,20000,5,'reserve',1,200000,0);
INSERT INTO "ledger" VALUES(7,1728003600000,10,30,20000,6,'reserve',1,200000,0);
INSERT INTO "ledger" VALUES(8,1728003600000,10,30,20000,7,'reserve',1,200000,0);
INSERT INTO "ledger" VALUES(9,1728003600000,10,30,20000,8,'reserve',1,200000,0);
INSERT INTO "ledger" VALUES(10,1728003600000,10,30,20000,8,'settle',0,-200000,200000);
INSERT INTO "ledger" VALUES(11,1728003600000,10,30,20000,9,'reserve',1,200000,0);
INSERT INTO "ledger" VALUES(12,1728003600000,10,30,20000,9,'settle',0,-200000,200000);
INSERT INTO "ledger" VALUES(13,1728003600000,10,30,20000,10,'reserve',1,200000,0);
INSERT INTO "ledger" VALUES(14,1728003600000,10,30,20000,10,'settle',0,-200000,200000);
INSERT INTO "ledger" VALUES(15,1728003600000,10,30,20000,11,'reserve',1,200000,0);
INSERT INTO "ledger" VALUES(16,1728003600000,10,30,20000,11,'settle',-1,-200000,200000);
INSERT INTO "ledger" VALUES(17,1728003600000,10,30,20000,12,'reserve',1,200000,0);
INSERT INTO "ledger" VALUES(18,1728003600000,10,30,20000,12,'release',-1,-200000,0);
INSERT INTO "ledger" VALUES(19,1728003600000,10,30,20000,13,'reserve',1,200000,0);
INSERT INTO "ledger" VALUES(20,1728003600000,10,30,20000,13,'release',-1,0,0);
INSERT INTO "ledger" VALUES(21,1728003600000,10,30,20000,14,'reserve',1,200000,0);
INSERT INTO "ledger" VALUES(22,1728003600000,10,30,20000,14,'release',-1,-200000,0);
INSERT INTO "ledger" VALUES(23,1728003600000,10,30,20000,15,'reserve',1,200000,0);
INSERT INTO "ledger" VALUES(24,1728003600000,10,30,20000,15,'settle',0,-200000,200000);
INSERT INTO "ledger" VALUES(25,1728003600000,10,30,20000,15,'release',-1,0,0);
INSERT INTO "ledger" VALUES(26,1728003600000,10,30,20000,16,'reserve',1,200000,0);
INSERT INTO "ledger" VALUES(27,1728003600000,10,30,20000,16,'release',-1,-200000,0);
INSERT INTO "ledger" VALUES(28,1728003600000,10,31,20000,17,'reserve',1,200000,0);
INSERT INTO "ledger" VALUES(29,1728003600000,10,31,20000,17,'settle',0,-200000,200000);
INSERT INTO "ledger" VALUES(30,1728003600000,10,31,20000,18,'reserve',1,200000,0);
CREATE TABLE openings (
    message_id INTEGER PRIMARY KEY,
    channel_id INTEGER NOT NULL,
    at INTEGER NOT NULL
) STRICT;
INSERT INTO "openings" VALUES(300,20,1728003600000);
CREATE TABLE settings (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "settings" VALUES('commands_hash','0000000000000000000000000000000000000000000000000000000000000000');
CREATE UNIQUE INDEX ledger_once ON ledger (job_id, kind) WHERE kind IN ('reserve', 'settle');
CREATE INDEX ledger_of_job ON ledger (job_id);
CREATE INDEX ledger_of_day ON ledger (guild_id, member_id, day, videos);
CREATE TRIGGER ledger_is_append_only_update BEFORE UPDATE ON ledger
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_is_append_only_delete BEFORE DELETE ON ledger
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE INDEX jobs_open ON jobs (status, id) WHERE status NOT IN ('delivered', 'failed', 'canceled');
CREATE INDEX jobs_of_member ON jobs (guild_id, member_id, id);
CREATE INDEX jobs_untold ON jobs (id)
    WHERE (status IN ('failed', 'canceled') OR delivered_as = 'kept') AND shown IS NOT status;
CREATE INDEX jobs_unknown ON jobs (ended_at) WHERE failure = 'outcome_unknown';
CREATE INDEX jobs_in_line ON jobs (turn, id) WHERE status = 'created';
CREATE INDEX jobs_admitted ON jobs (turn) WHERE submitting_at IS NOT NULL;
CREATE INDEX jobs_turns_of_member ON jobs (member_id, turn)
    WHERE status = 'created' OR submitting_at IS NOT NULL;
CREATE INDEX jobs_open_of_member ON jobs (member_id)
    WHERE status NOT IN ('delivered', 'failed', 'canceled');
CREATE INDEX jobs_open_of_server ON jobs (guild_id)
    WHERE status NOT IN ('delivered', 'failed', 'canceled');
CREATE INDEX jobs_made ON jobs (made_at) WHERE made_at IS NOT NULL;
CREATE INDEX jobs_made_alike ON jobs (
    model, json_extract(arguments, '$.resolution'), json_extract(arguments, '$.duration'), made_at
) WHERE made_at IS NOT NULL;
CREATE INDEX jobs_of_fingerprint ON jobs (fingerprint, created_at);
CREATE INDEX jobs_of_parent ON jobs (parent_id, created_at) WHERE parent_id IS NOT NULL;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('jobs',18);
INSERT INTO "sqlite_sequence" VALUES('ledger',30);
COMMIT;
PRAGMA user_version = 3;
