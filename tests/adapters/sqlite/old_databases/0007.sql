PRAGMA user_version = 7;
BEGIN TRANSACTION;
CREATE TABLE announcement_tags (
    source TEXT PRIMARY KEY,
    tag TEXT NOT NULL CHECK (length(tag) = 26),
    at INTEGER NOT NULL
) STRICT;
INSERT INTO "announcement_tags" VALUES('message:77','7ndmpg36w6xrox2jg5k3jenpve',1728003600000);
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    guild_id INTEGER NOT NULL,
    actor_id INTEGER NOT NULL,
    what TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL
) STRICT;
INSERT INTO "audit" VALUES(1,1728003600000,12,1,'rules','ServerRules(allowance=Allowance(videos_per_day=None, usd_per_day=None, unlimited=False), quality=Quality(resolution=None, seconds=None, models=frozenset()), calendar=Calendar(zone=''UTC'', next_zone=None, changes_at=None), usd_per_day=None, usd_per_month=None, account_days=0, member_days=0, is_paused=False, channels=frozenset(), roles=frozenset())','ServerRules(allowance=Allowance(videos_per_day=None, usd_per_day=None, unlimited=False), quality=Quality(resolution=None, seconds=None, models=frozenset()), calendar=Calendar(zone=''Europe/Berlin'', next_zone=None, changes_at=None), usd_per_day=5000000, usd_per_month=None, account_days=0, member_days=0, is_paused=False, channels=frozenset(), roles=frozenset())');
INSERT INTO "audit" VALUES(2,1728003600000,12,1,'rules','None','RoleRule(role_id=5, allowance=Allowance(videos_per_day=None, usd_per_day=None, unlimited=False), quality=None, has_priority=True)');
INSERT INTO "audit" VALUES(3,1728003600000,12,1,'rules','None','MemberRule(member_id=32, allowance=Allowance(videos_per_day=None, usd_per_day=None, unlimited=False), is_blocked=True, reason=''spam'')');
INSERT INTO "audit" VALUES(4,1728003600000,12,1,'rules','0 bonus videos','2 bonus videos, 2 of them until <t:1730595600:f>: `a contest`');
INSERT INTO "audit" VALUES(5,1728003600000,12,1,'rules','1 video used today','0 videos used today');
CREATE TABLE grant_uses (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    grant_id INTEGER NOT NULL REFERENCES grants (id),
    job_id INTEGER NOT NULL REFERENCES jobs (id),
    units INTEGER NOT NULL
) STRICT;
INSERT INTO "grant_uses" VALUES(1,1728003600000,1,29,1);
INSERT INTO "grant_uses" VALUES(2,1728003600000,1,30,1);
INSERT INTO "grant_uses" VALUES(3,1728003600000,1,30,-1);
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
INSERT INTO "grants" VALUES(1,1728003600000,12,33,2,'a contest',1,1730595600000);
CREATE TABLE job_inputs (
    key TEXT NOT NULL,
    job_id INTEGER NOT NULL REFERENCES jobs (id),
    PRIMARY KEY (key, job_id)
) STRICT, WITHOUT ROWID;
INSERT INTO "job_inputs" VALUES('inputs/aa/aa.jpg',22);
INSERT INTO "job_inputs" VALUES('inputs/aa/aa.jpg',24);
INSERT INTO "job_inputs" VALUES('inputs/aa/aa.jpg',27);
INSERT INTO "job_inputs" VALUES('inputs/bb/bb.jpg',24);
INSERT INTO "job_inputs" VALUES('inputs/bb/bb.jpg',27);
INSERT INTO "job_inputs" VALUES('inputs/frames/1.jpg',28);
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
    input_urls_expire_at INTEGER,
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
    ended_at INTEGER, turn INTEGER NOT NULL DEFAULT 0, made_at INTEGER, fingerprint TEXT, parent_id INTEGER REFERENCES jobs (id), options TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(options)), resolution TEXT, seconds INTEGER CHECK (seconds > 0), units INTEGER NOT NULL DEFAULT 1 CHECK (units > 0), inputs TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(inputs)), input_urls TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(input_urls)), relation TEXT CHECK (relation IN ('again', 'edit', 'hq', 'continue')), owner_day INTEGER NOT NULL DEFAULT 0, deleted_by TEXT
    CHECK (deleted_by IN ('maker', 'moderator'))
    CHECK (deleted_by IS NULL OR status = 'delivered'), deleted_at INTEGER
    CHECK ((deleted_at IS NULL) = (deleted_by IS NULL)), erased_at INTEGER
    CHECK (erased_at IS NULL OR deleted_by IS NOT NULL), tag TEXT CHECK (length(tag) = 26), at_fal_since INTEGER, fal_offset INTEGER, cancel_confirmed_at INTEGER, failure_words TEXT, told TEXT,
    CHECK (status NOT IN ('submitted', 'running') OR request_id IS NOT NULL),
    CHECK (status NOT IN ('succeeded', 'stored', 'delivered') OR video_url IS NOT NULL),
    CHECK (status NOT IN ('stored', 'delivered') OR video IS NOT NULL),
    CHECK ((status = 'delivered') = (delivered_as IS NOT NULL)),
    CHECK ((status = 'failed') = (failure IS NOT NULL)),
    CHECK ((status IN ('delivered', 'failed', 'canceled')) = (ended_at IS NOT NULL))
) STRICT;
INSERT INTO "jobs" VALUES(1,'interaction:1',10,20,30,100,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'delivered',1728003606000,NULL,NULL,NULL,'request-1','http://127.0.0.1:1/requests/request-1/status','http://127.0.0.1:1/requests/request-1','http://127.0.0.1:1/requests/request-1/cancel','http://127.0.0.1:1/video.mp4',NULL,'videos/1.mp4','edited','delivered',0,0,0,1728003600000,1728003600000,1728003600000,NULL,1728003606000,0,1728003604000,'0000000000000000000000000000000000000000000000000000000000000001',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL,20000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(2,'interaction:2',10,20,30,101,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'created',1728003600000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'created:1::',0,0,0,1728003600000,NULL,NULL,NULL,NULL,1,NULL,'0000000000000000000000000000000000000000000000000000000000000002',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL,20000,NULL,NULL,NULL,'2rzv4orglylo5yb7lfyyxg25am',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(3,'interaction:3',10,20,30,102,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'canceled',1728003601000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'canceled',0,0,0,1728003600000,NULL,NULL,NULL,1728003601000,2,NULL,'0000000000000000000000000000000000000000000000000000000000000003',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL,20000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(4,'interaction:4',10,20,30,103,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'submitting',1728003601000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,0,1728003600000,1728003600000,NULL,NULL,NULL,2,NULL,'0000000000000000000000000000000000000000000000000000000000000004',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL,20000,NULL,NULL,NULL,'jmrho56u3up4mhdprbhuqza5ai',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(5,'interaction:5',10,20,30,104,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'uncertain',1728003602000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'uncertain::',0,0,0,1728003600000,1728003600000,NULL,NULL,NULL,3,NULL,'0000000000000000000000000000000000000000000000000000000000000005',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL,20000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(6,'interaction:6',10,20,30,105,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'submitted',1728003602000,NULL,NULL,NULL,'request-2','http://127.0.0.1:1/requests/request-2/status','http://127.0.0.1:1/requests/request-2','http://127.0.0.1:1/requests/request-2/cancel',NULL,NULL,NULL,NULL,'submitted::',0,0,0,1728003600000,1728003600000,NULL,NULL,NULL,4,NULL,'0000000000000000000000000000000000000000000000000000000000000006',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL,20000,NULL,NULL,NULL,'473maelxn2g3ptjtbnkbot6xn4',1728003602000,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(7,'interaction:7',10,20,30,106,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'running',1728003603000,NULL,NULL,NULL,'request-3','http://127.0.0.1:1/requests/request-3/status','http://127.0.0.1:1/requests/request-3','http://127.0.0.1:1/requests/request-3/cancel',NULL,NULL,NULL,NULL,'running::',0,0,0,1728003600000,1728003600000,1728003600000,NULL,NULL,5,NULL,'0000000000000000000000000000000000000000000000000000000000000007',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL,20000,NULL,NULL,NULL,NULL,1728003603000,-1200,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(8,'interaction:8',10,20,30,107,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'succeeded',1728003604000,NULL,NULL,NULL,'request-4','http://127.0.0.1:1/requests/request-4/status','http://127.0.0.1:1/requests/request-4','http://127.0.0.1:1/requests/request-4/cancel','http://127.0.0.1:1/video.mp4',NULL,NULL,NULL,NULL,0,0,0,1728003600000,1728003600000,1728003600000,NULL,NULL,6,1728003604000,'0000000000000000000000000000000000000000000000000000000000000008',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL,20000,NULL,NULL,NULL,'frreemwn2iqxoeuu365tccwkaa',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(9,'interaction:9',10,20,30,108,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'stored',1728003605000,NULL,NULL,NULL,'request-5','http://127.0.0.1:1/requests/request-5/status','http://127.0.0.1:1/requests/request-5','http://127.0.0.1:1/requests/request-5/cancel','http://127.0.0.1:1/video.mp4',NULL,'videos/9.mp4',NULL,NULL,0,0,0,1728003600000,1728003600000,1728003600000,NULL,NULL,7,1728003604000,'0000000000000000000000000000000000000000000000000000000000000009',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL,20000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(10,'interaction:10',10,20,30,109,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'delivered',1728003606000,NULL,NULL,NULL,'request-6','http://127.0.0.1:1/requests/request-6/status','http://127.0.0.1:1/requests/request-6','http://127.0.0.1:1/requests/request-6/cancel','http://127.0.0.1:1/video.mp4',NULL,'videos/10.mp4','edited','delivered',0,0,0,1728003600000,1728003600000,1728003600000,NULL,1728003606000,8,1728003604000,'000000000000000000000000000000000000000000000000000000000000000a',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL,20000,NULL,NULL,NULL,'jjcnyfjwiickqd7ib2idsrk4ye',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(11,'interaction:11',10,20,30,110,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'delivered',1728003606000,NULL,NULL,NULL,'request-7','http://127.0.0.1:1/requests/request-7/status','http://127.0.0.1:1/requests/request-7','http://127.0.0.1:1/requests/request-7/cancel','http://127.0.0.1:1/video.mp4',NULL,'videos/11.mp4','posted','delivered',0,0,0,1728003600000,1728003600000,1728003600000,NULL,1728003606000,9,1728003604000,'000000000000000000000000000000000000000000000000000000000000000b',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL,20000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(12,'interaction:12',10,20,30,111,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'delivered',1728003606000,NULL,NULL,NULL,'request-8','http://127.0.0.1:1/requests/request-8/status','http://127.0.0.1:1/requests/request-8','http://127.0.0.1:1/requests/request-8/cancel','http://127.0.0.1:1/video.mp4',NULL,'videos/12.mp4','direct','delivered',0,0,0,1728003600000,1728003600000,1728003600000,NULL,1728003606000,10,1728003604000,'000000000000000000000000000000000000000000000000000000000000000c',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL,20000,NULL,NULL,NULL,'nni5imo7lv7rihf6z3gpphw7hu',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(13,'interaction:13',10,20,30,112,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'delivered',1728003606000,NULL,NULL,NULL,'request-9','http://127.0.0.1:1/requests/request-9/status','http://127.0.0.1:1/requests/request-9','http://127.0.0.1:1/requests/request-9/cancel','http://127.0.0.1:1/video.mp4',NULL,'videos/13.mp4','kept',NULL,0,0,0,1728003600000,1728003600000,1728003600000,NULL,1728003606000,11,1728003604000,'000000000000000000000000000000000000000000000000000000000000000d',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL,20000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(14,'interaction:14',10,20,30,113,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'delivered',1728003606000,NULL,NULL,NULL,'request-10','http://127.0.0.1:1/requests/request-10/status','http://127.0.0.1:1/requests/request-10','http://127.0.0.1:1/requests/request-10/cancel','http://127.0.0.1:1/video.mp4',NULL,'videos/14.mp4','kept','delivered',0,0,0,1728003600000,1728003600000,1728003600000,NULL,1728003606000,12,1728003604000,'000000000000000000000000000000000000000000000000000000000000000e',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL,20000,NULL,NULL,NULL,'qut2repceqjwsuh7glfcck2fxq',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(15,'interaction:15',10,20,30,114,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'failed',1728003602000,'refused','prompt','why',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'failed',0,0,0,1728003600000,1728003600000,NULL,NULL,1728003602000,13,NULL,'000000000000000000000000000000000000000000000000000000000000000f',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL,20000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'refused');
INSERT INTO "jobs" VALUES(16,'interaction:16',10,20,30,115,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'failed',1728003603000,'model_error','prompt','why','request-11','http://127.0.0.1:1/requests/request-11/status','http://127.0.0.1:1/requests/request-11','http://127.0.0.1:1/requests/request-11/cancel',NULL,NULL,NULL,NULL,'failed',0,0,0,1728003600000,1728003600000,NULL,NULL,1728003603000,14,NULL,'0000000000000000000000000000000000000000000000000000000000000010',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL,20000,NULL,NULL,NULL,'wf7pnum4pjnr52b3sb6fsvjg3q',NULL,NULL,NULL,'No such picture.','model_error');
INSERT INTO "jobs" VALUES(17,'interaction:17',10,20,30,116,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'failed',1728003603000,'service_error','prompt','why','request-12','http://127.0.0.1:1/requests/request-12/status','http://127.0.0.1:1/requests/request-12','http://127.0.0.1:1/requests/request-12/cancel',NULL,NULL,NULL,NULL,NULL,0,0,0,1728003600000,1728003600000,NULL,NULL,1728003603000,15,NULL,'0000000000000000000000000000000000000000000000000000000000000011',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL,20000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(18,'interaction:18',10,20,30,117,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'failed',1728003603000,'outcome_unknown','prompt','why',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'failed',0,0,0,1728003600000,1728003600000,NULL,NULL,1728003603000,16,NULL,'0000000000000000000000000000000000000000000000000000000000000012',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL,20000,NULL,NULL,NULL,'j3evth6capixniybknwc4ci2de',NULL,NULL,NULL,NULL,'outcome_unknown');
INSERT INTO "jobs" VALUES(19,'interaction:19',10,20,30,118,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'failed',1728003603000,'outcome_unknown','prompt','why',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'failed',0,0,0,1728003600000,1728003600000,NULL,NULL,1728003603000,17,NULL,'0000000000000000000000000000000000000000000000000000000000000013',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL,20000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'outcome_unknown');
INSERT INTO "jobs" VALUES(20,'interaction:20',10,20,30,119,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'failed',1728003605000,'file_lost','prompt','why','request-13','http://127.0.0.1:1/requests/request-13/status','http://127.0.0.1:1/requests/request-13','http://127.0.0.1:1/requests/request-13/cancel','http://127.0.0.1:1/video.mp4',NULL,NULL,NULL,'failed',0,0,0,1728003600000,1728003600000,1728003600000,NULL,1728003605000,18,1728003604000,'0000000000000000000000000000000000000000000000000000000000000014',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL,20000,NULL,NULL,NULL,'6xfdr52iuhlov5zgxcsc7nlvym',NULL,NULL,NULL,NULL,'file_lost');
INSERT INTO "jobs" VALUES(21,'interaction:21',10,20,30,120,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'failed',1728003601000,'own_error','prompt','why',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'failed',0,0,0,1728003600000,NULL,NULL,NULL,1728003601000,19,NULL,'0000000000000000000000000000000000000000000000000000000000000015',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL,20000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'own_error');
INSERT INTO "jobs" VALUES(22,'interaction:22',10,20,30,121,'pika-2.2-image','image-to-video','fal-ai/pika/v2.2/image-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'delivered',1728003606000,NULL,NULL,NULL,'request-14','http://127.0.0.1:1/requests/request-14/status','http://127.0.0.1:1/requests/request-14','http://127.0.0.1:1/requests/request-14/cancel','http://127.0.0.1:1/video.mp4',NULL,'videos/22.mp4','edited','deleted',0,0,0,1728003600000,1728003600000,1728003600000,NULL,1728003606000,19,1728003604000,'0000000000000000000000000000000000000000000000000000000000000016',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'["inputs/aa/aa.jpg"]','[]',NULL,20000,'maker',1728003606000,1728003606000,'pbpt5r7lglzqxegnb7htmv6tra',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(23,'interaction:23',10,20,30,122,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'delivered',1728003606000,NULL,NULL,NULL,'request-15','http://127.0.0.1:1/requests/request-15/status','http://127.0.0.1:1/requests/request-15','http://127.0.0.1:1/requests/request-15/cancel','http://127.0.0.1:1/video.mp4',NULL,'videos/23.mp4','edited','deleted',0,0,0,1728003600000,1728003600000,1728003600000,NULL,1728003606000,20,1728003604000,'0000000000000000000000000000000000000000000000000000000000000017',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL,20000,'moderator',1728003606000,1728003606000,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(24,'interaction:24',10,20,30,123,'pika-2.2-image','image-to-video','fal-ai/pika/v2.2/image-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'delivered',1728003606000,NULL,NULL,NULL,'request-16','http://127.0.0.1:1/requests/request-16/status','http://127.0.0.1:1/requests/request-16','http://127.0.0.1:1/requests/request-16/cancel','http://127.0.0.1:1/video.mp4',NULL,'videos/24.mp4','edited','delivered',0,0,0,1728003600000,1728003600000,1728003600000,NULL,1728003606000,21,1728003604000,'0000000000000000000000000000000000000000000000000000000000000018',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'["inputs/aa/aa.jpg", "inputs/bb/bb.jpg"]','[]',NULL,20000,'maker',1728003606000,NULL,'yi2wa2pj2htzzkjeg6avht537m',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(25,'interaction:25',10,20,30,124,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'delivered',1728003606000,NULL,NULL,NULL,'request-17','http://127.0.0.1:1/requests/request-17/status','http://127.0.0.1:1/requests/request-17','http://127.0.0.1:1/requests/request-17/cancel','http://127.0.0.1:1/video.mp4',NULL,'videos/25.mp4','kept','delivered',0,0,0,1728003600000,1728003600000,1728003600000,NULL,1728003606000,22,1728003604000,'0000000000000000000000000000000000000000000000000000000000000019',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL,20000,'moderator',1728003606000,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(26,'interaction:26',10,20,30,125,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'delivered',1728003606000,NULL,NULL,NULL,'request-18','http://127.0.0.1:1/requests/request-18/status','http://127.0.0.1:1/requests/request-18','http://127.0.0.1:1/requests/request-18/cancel','http://127.0.0.1:1/video.mp4',NULL,'videos/26.mp4','kept','deleted',0,0,0,1728003600000,1728003600000,1728003600000,NULL,1728003606000,23,1728003604000,'000000000000000000000000000000000000000000000000000000000000001a',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL,20000,'maker',1728003606000,1728003606000,'l6oevmemvr2fp2irdiyoizsjea',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(27,'interaction:27',10,20,30,126,'pika-2.2-scenes','pikascenes','fal-ai/pika/v2.2/pikascenes','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'created',1728003600000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,0,1728003600000,NULL,NULL,NULL,NULL,24,NULL,'000000000000000000000000000000000000000000000000000000000000001b',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'["inputs/bb/bb.jpg", "inputs/aa/aa.jpg", "inputs/bb/bb.jpg"]','[]',NULL,20000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(28,'interaction:28',11,20,31,127,'pika-2.2-image','image-to-video','fal-ai/pika/v2.2/image-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,19960,NULL,'delivered',1724547606000,NULL,NULL,NULL,'request-19','http://127.0.0.1:1/requests/request-19/status','http://127.0.0.1:1/requests/request-19','http://127.0.0.1:1/requests/request-19/cancel','http://127.0.0.1:1/video.mp4',NULL,'videos/28.mp4','edited','delivered',0,0,0,1724547600000,1728003600000,1728003600000,NULL,1724547606000,23,1724547604000,'000000000000000000000000000000000000000000000000000000000000001c',1,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'["inputs/frames/1.jpg"]','[]','continue',19960,NULL,NULL,NULL,'lhqzobwvdu47mzyryjstzv7lci',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(29,'interaction:29',12,20,33,128,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'created',1728003600000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,0,1728003600000,NULL,NULL,NULL,NULL,23,NULL,'000000000000000000000000000000000000000000000000000000000000001d',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL,20000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(30,'interaction:30',12,20,33,129,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'canceled',1728003600000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,0,1728003600000,NULL,NULL,1728003600000,1728003600000,24,NULL,'000000000000000000000000000000000000000000000000000000000000001e',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL,20000,NULL,NULL,NULL,'mjfwbrmmtwf7w37rrbwc7vqf2i',NULL,NULL,1728003600000,NULL,NULL);
INSERT INTO "jobs" VALUES(31,'interaction:31',12,20,34,130,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'created',1728003600000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,0,1728003600000,NULL,NULL,NULL,NULL,23,NULL,'000000000000000000000000000000000000000000000000000000000000001f',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL,20000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
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
    spent INTEGER NOT NULL, owner_day INTEGER NOT NULL DEFAULT 0, bonus INTEGER NOT NULL DEFAULT 0,
    CHECK (kind = 'grant' OR job_id IS NOT NULL)
) STRICT;
INSERT INTO "ledger" VALUES(1,1728003600000,10,30,20000,1,'reserve',1,200000,0,20000,0);
INSERT INTO "ledger" VALUES(2,1728003604000,10,30,20000,1,'settle',0,-200000,200000,20000,0);
INSERT INTO "ledger" VALUES(3,1728003600000,10,30,20000,2,'reserve',1,200000,0,20000,0);
INSERT INTO "ledger" VALUES(4,1728003600000,10,30,20000,3,'reserve',1,200000,0,20000,0);
INSERT INTO "ledger" VALUES(5,1728003601000,10,30,20000,3,'release',-1,-200000,0,20000,0);
INSERT INTO "ledger" VALUES(6,1728003600000,10,30,20000,4,'reserve',1,200000,0,20000,0);
INSERT INTO "ledger" VALUES(7,1728003600000,10,30,20000,5,'reserve',1,200000,0,20000,0);
INSERT INTO "ledger" VALUES(8,1728003600000,10,30,20000,6,'reserve',1,200000,0,20000,0);
INSERT INTO "ledger" VALUES(9,1728003600000,10,30,20000,7,'reserve',1,200000,0,20000,0);
INSERT INTO "ledger" VALUES(10,1728003600000,10,30,20000,8,'reserve',1,200000,0,20000,0);
INSERT INTO "ledger" VALUES(11,1728003604000,10,30,20000,8,'settle',0,-200000,200000,20000,0);
INSERT INTO "ledger" VALUES(12,1728003600000,10,30,20000,9,'reserve',1,200000,0,20000,0);
INSERT INTO "ledger" VALUES(13,1728003604000,10,30,20000,9,'settle',0,-200000,200000,20000,0);
INSERT INTO "ledger" VALUES(14,1728003600000,10,30,20000,10,'reserve',1,200000,0,20000,0);
INSERT INTO "ledger" VALUES(15,1728003604000,10,30,20000,10,'settle',0,-200000,200000,20000,0);
INSERT INTO "ledger" VALUES(16,1728003600000,10,30,20000,11,'reserve',1,200000,0,20000,0);
INSERT INTO "ledger" VALUES(17,1728003604000,10,30,20000,11,'settle',0,-200000,200000,20000,0);
INSERT INTO "ledger" VALUES(18,1728003600000,10,30,20000,12,'reserve',1,200000,0,20000,0);
INSERT INTO "ledger" VALUES(19,1728003604000,10,30,20000,12,'settle',0,-200000,200000,20000,0);
INSERT INTO "ledger" VALUES(20,1728003600000,10,30,20000,13,'reserve',1,200000,0,20000,0);
INSERT INTO "ledger" VALUES(21,1728003604000,10,30,20000,13,'settle',0,-200000,200000,20000,0);
INSERT INTO "ledger" VALUES(22,1728003600000,10,30,20000,14,'reserve',1,200000,0,20000,0);
INSERT INTO "ledger" VALUES(23,1728003604000,10,30,20000,14,'settle',0,-200000,200000,20000,0);
INSERT INTO "ledger" VALUES(24,1728003600000,10,30,20000,15,'reserve',1,200000,0,20000,0);
INSERT INTO "ledger" VALUES(25,1728003602000,10,30,20000,15,'release',-1,-200000,0,20000,0);
INSERT INTO "ledger" VALUES(26,1728003600000,10,30,20000,16,'reserve',1,200000,0,20000,0);
INSERT INTO "ledger" VALUES(27,1728003603000,10,30,20000,16,'settle',-1,-200000,200000,20000,0);
INSERT INTO "ledger" VALUES(28,1728003600000,10,30,20000,17,'reserve',1,200000,0,20000,0);
INSERT INTO "ledger" VALUES(29,1728003603000,10,30,20000,17,'release',-1,-200000,0,20000,0);
INSERT INTO "ledger" VALUES(30,1728003600000,10,30,20000,18,'reserve',1,200000,0,20000,0);
INSERT INTO "ledger" VALUES(31,1728003603000,10,30,20000,18,'release',-1,0,0,20000,0);
INSERT INTO "ledger" VALUES(32,1728003600000,10,30,20000,19,'reserve',1,200000,0,20000,0);
INSERT INTO "ledger" VALUES(33,1728003603000,10,30,20000,19,'release',-1,0,0,20000,0);
INSERT INTO "ledger" VALUES(34,1728003609000,10,30,20000,19,'settle',0,-200000,200000,20000,0);
INSERT INTO "ledger" VALUES(35,1728003600000,10,30,20000,20,'reserve',1,200000,0,20000,0);
INSERT INTO "ledger" VALUES(36,1728003604000,10,30,20000,20,'settle',0,-200000,200000,20000,0);
INSERT INTO "ledger" VALUES(37,1728003605000,10,30,20000,20,'release',-1,0,0,20000,0);
INSERT INTO "ledger" VALUES(38,1728003600000,10,30,20000,21,'reserve',1,200000,0,20000,0);
INSERT INTO "ledger" VALUES(39,1728003601000,10,30,20000,21,'release',-1,-200000,0,20000,0);
INSERT INTO "ledger" VALUES(40,1728003600000,10,30,20000,22,'reserve',1,200000,0,20000,0);
INSERT INTO "ledger" VALUES(41,1728003604000,10,30,20000,22,'settle',0,-200000,200000,20000,0);
INSERT INTO "ledger" VALUES(42,1728003600000,10,30,20000,23,'reserve',1,200000,0,20000,0);
INSERT INTO "ledger" VALUES(43,1728003604000,10,30,20000,23,'settle',0,-200000,200000,20000,0);
INSERT INTO "ledger" VALUES(44,1728003600000,10,30,20000,24,'reserve',1,200000,0,20000,0);
INSERT INTO "ledger" VALUES(45,1728003604000,10,30,20000,24,'settle',0,-200000,200000,20000,0);
INSERT INTO "ledger" VALUES(46,1728003600000,10,30,20000,25,'reserve',1,200000,0,20000,0);
INSERT INTO "ledger" VALUES(47,1728003604000,10,30,20000,25,'settle',0,-200000,200000,20000,0);
INSERT INTO "ledger" VALUES(48,1728003600000,10,30,20000,26,'reserve',1,200000,0,20000,0);
INSERT INTO "ledger" VALUES(49,1728003604000,10,30,20000,26,'settle',0,-200000,200000,20000,0);
INSERT INTO "ledger" VALUES(50,1728003600000,10,30,20000,27,'reserve',1,200000,0,20000,0);
INSERT INTO "ledger" VALUES(51,1724547600000,11,31,19960,28,'reserve',1,200000,0,19960,0);
INSERT INTO "ledger" VALUES(52,1724547604000,11,31,19960,28,'settle',0,-200000,200000,19960,0);
INSERT INTO "ledger" VALUES(53,1728003600000,12,33,20000,29,'reserve',0,200000,0,20000,1);
INSERT INTO "ledger" VALUES(54,1728003600000,12,33,20000,30,'reserve',0,200000,0,20000,1);
INSERT INTO "ledger" VALUES(55,1728003600000,12,33,20000,30,'release',0,-200000,0,20000,-1);
INSERT INTO "ledger" VALUES(56,1728003600000,12,34,20000,31,'reserve',1,200000,0,20000,0);
CREATE TABLE member_rules (
    guild_id INTEGER NOT NULL,
    member_id INTEGER NOT NULL,
    rules TEXT NOT NULL CHECK (json_valid(rules)),
    PRIMARY KEY (guild_id, member_id)
) STRICT, WITHOUT ROWID;
INSERT INTO "member_rules" VALUES(12,32,'{"member_id":32,"allowance":{"videos_per_day":null,"usd_per_day":null,"unlimited":false},"is_blocked":true,"reason":"spam"}');
CREATE TABLE offers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    member_id INTEGER NOT NULL,
    price INTEGER NOT NULL CHECK (price >= 0),
    request TEXT NOT NULL CHECK (json_valid(request))
) STRICT;
INSERT INTO "offers" VALUES(1,1728003600000,31,900000,'{"source":"interaction:900","place":{"guild_id":10,"channel_id":20,"member_id":31,"message_id":null},"kind":"text-to-video","options":{"prompt":"a fox","negative_prompt":null,"style":null,"camera":null,"motion":null,"aspect_ratio":null,"resolution":null,"duration":10,"seed":null,"model":null,"effect":null,"ingredients_mode":null,"transitions":null,"modify_region":null},"pictures":[],"video":null,"kept":[],"parent_id":null,"relation":null}');
CREATE TABLE openings (
    message_id INTEGER PRIMARY KEY,
    channel_id INTEGER NOT NULL,
    at INTEGER NOT NULL
, tag TEXT CHECK (length(tag) = 26)) STRICT;
INSERT INTO "openings" VALUES(400,20,1728003600000,'fm756boe3wsfjgmje43qx4wpea');
CREATE TABLE preferences (
    member_id INTEGER PRIMARY KEY,
    options TEXT NOT NULL CHECK (json_valid(options))
) STRICT;
INSERT INTO "preferences" VALUES(31,'{"style": "Noir"}');
CREATE TABLE resets (
    guild_id INTEGER NOT NULL,
    member_id INTEGER NOT NULL,
    day INTEGER NOT NULL,
    job_id INTEGER NOT NULL,
    PRIMARY KEY (guild_id, member_id, day)
) STRICT, WITHOUT ROWID;
INSERT INTO "resets" VALUES(12,34,20000,31);
CREATE TABLE role_rules (
    guild_id INTEGER NOT NULL,
    role_id INTEGER NOT NULL,
    rules TEXT NOT NULL CHECK (json_valid(rules)),
    PRIMARY KEY (guild_id, role_id)
) STRICT, WITHOUT ROWID;
INSERT INTO "role_rules" VALUES(12,5,'{"role_id":5,"allowance":{"videos_per_day":null,"usd_per_day":null,"unlimited":false},"quality":null,"has_priority":true}');
CREATE TABLE server_rules (
    guild_id INTEGER PRIMARY KEY,
    rules TEXT NOT NULL CHECK (json_valid(rules))
) STRICT;
INSERT INTO "server_rules" VALUES(12,'{"allowance":{"videos_per_day":null,"usd_per_day":null,"unlimited":false},"quality":{"resolution":null,"seconds":null,"models":[]},"calendar":{"zone":"Europe/Berlin","next_zone":null,"changes_at":null},"usd_per_day":5000000,"usd_per_month":null,"account_days":0,"member_days":0,"is_paused":false,"channels":[],"roles":[]}');
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
INSERT INTO "servers" VALUES(10,'','allowed',1728003600000,0,1,1728003600000,NULL);
INSERT INTO "servers" VALUES(11,'','allowed',1724547600000,0,1,1724547600000,NULL);
INSERT INTO "servers" VALUES(12,'','allowed',1728003600000,0,1,1728003600000,NULL);
CREATE TABLE settings (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "settings" VALUES('limit:10','10485760');
INSERT INTO "settings" VALUES('no_cap_as_shipped','1');
CREATE TABLE sums (
    guild_id INTEGER NOT NULL,
    period TEXT NOT NULL,
    taken INTEGER NOT NULL,
    PRIMARY KEY (guild_id, period)
) STRICT, WITHOUT ROWID;
INSERT INTO "sums" VALUES(0,'2024-08',200000);
INSERT INTO "sums" VALUES(0,'2024-08-25',200000);
INSERT INTO "sums" VALUES(0,'2024-10',5000000);
INSERT INTO "sums" VALUES(0,'2024-10-04',5000000);
INSERT INTO "sums" VALUES(10,'2024-10',4600000);
INSERT INTO "sums" VALUES(10,'2024-10-04',4600000);
INSERT INTO "sums" VALUES(11,'2024-08',200000);
INSERT INTO "sums" VALUES(11,'2024-08-25',200000);
INSERT INTO "sums" VALUES(12,'2024-10',400000);
INSERT INTO "sums" VALUES(12,'2024-10-04',400000);
CREATE UNIQUE INDEX ledger_once ON ledger (job_id, kind) WHERE kind IN ('reserve', 'settle');
CREATE INDEX ledger_of_job ON ledger (job_id);
CREATE INDEX ledger_of_day ON ledger (guild_id, member_id, day, videos);
CREATE TRIGGER ledger_is_append_only_delete BEFORE DELETE ON ledger
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE INDEX jobs_open ON jobs (status, id) WHERE status NOT IN ('delivered', 'failed', 'canceled');
CREATE INDEX jobs_of_member ON jobs (guild_id, member_id, id);
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
CREATE INDEX jobs_of_fingerprint ON jobs (fingerprint, created_at);
CREATE INDEX jobs_of_parent ON jobs (parent_id, created_at) WHERE parent_id IS NOT NULL;
CREATE INDEX jobs_made_alike ON jobs (model, resolution, seconds, made_at)
    WHERE made_at IS NOT NULL;
CREATE INDEX offers_at ON offers (at);
CREATE TRIGGER ledger_is_append_only_update BEFORE UPDATE ON ledger
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_adds_up AFTER INSERT ON ledger WHEN NEW.held + NEW.spent != 0
BEGIN
    INSERT INTO sums VALUES
        (NEW.guild_id, date(NEW.day * 86400, 'unixepoch'), NEW.held + NEW.spent),
        (NEW.guild_id, strftime('%Y-%m', NEW.day * 86400, 'unixepoch'), NEW.held + NEW.spent),
        (0, date(NEW.owner_day * 86400, 'unixepoch'), NEW.held + NEW.spent),
        (0, strftime('%Y-%m', NEW.owner_day * 86400, 'unixepoch'), NEW.held + NEW.spent)
    ON CONFLICT (guild_id, period) DO UPDATE SET taken = taken + excluded.taken;
END;
CREATE INDEX grants_of_member ON grants (guild_id, member_id);
CREATE INDEX grant_uses_of_grant ON grant_uses (grant_id);
CREATE INDEX grant_uses_of_job ON grant_uses (job_id);
CREATE INDEX audit_of_server ON audit (guild_id, id);
CREATE TRIGGER audit_is_append_only_update BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_is_append_only_delete BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE INDEX jobs_deleting ON jobs (id) WHERE deleted_by IS NOT NULL AND erased_at IS NULL;
CREATE INDEX jobs_unreported ON jobs (id)
    WHERE (status IN ('failed', 'canceled') OR delivered_as = 'kept')
        AND coalesce(shown, '') != status AND deleted_by IS NULL;
CREATE UNIQUE INDEX jobs_of_tag ON jobs (tag);
CREATE INDEX jobs_of_video_url ON jobs (video_url) WHERE video_url IS NOT NULL;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('jobs',31);
INSERT INTO "sqlite_sequence" VALUES('ledger',56);
INSERT INTO "sqlite_sequence" VALUES('audit',5);
INSERT INTO "sqlite_sequence" VALUES('grants',1);
INSERT INTO "sqlite_sequence" VALUES('grant_uses',3);
INSERT INTO "sqlite_sequence" VALUES('offers',1);
COMMIT;
