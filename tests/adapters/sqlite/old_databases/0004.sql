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
    ended_at INTEGER, turn INTEGER NOT NULL DEFAULT 0, made_at INTEGER, fingerprint TEXT, parent_id INTEGER REFERENCES jobs (id), options TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(options)), resolution TEXT, seconds INTEGER CHECK (seconds > 0), units INTEGER NOT NULL DEFAULT 1 CHECK (units > 0), inputs TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(inputs)), input_urls TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(input_urls)), relation TEXT CHECK (relation IN ('again', 'edit', 'hq', 'continue')),
    CHECK (status NOT IN ('submitted', 'running') OR request_id IS NOT NULL),
    CHECK (status NOT IN ('succeeded', 'stored', 'delivered') OR video_url IS NOT NULL),
    CHECK (status NOT IN ('stored', 'delivered') OR video IS NOT NULL),
    CHECK ((status = 'delivered') = (delivered_as IS NOT NULL)),
    CHECK ((status = 'failed') = (failure IS NOT NULL)),
    CHECK ((status IN ('delivered', 'failed', 'canceled')) = (ended_at IS NOT NULL))
) STRICT;
INSERT INTO "jobs" VALUES(1,'interaction:1',10,20,30,100,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'created',1728003600000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,0,1728003600000,NULL,NULL,NULL,NULL,0,NULL,'45d554c28bc089cfc1ebdfb17bbc49f14c7a9a5f37467f38f41c19bb1098a004',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL);
INSERT INTO "jobs" VALUES(2,'interaction:2',10,20,30,101,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'created',1728003600000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,0,1728003600000,NULL,NULL,NULL,NULL,1,NULL,'ba328ec110f2cf679f6e2d3c953d943ff6476e658e55acd36883c96bf2b3be96',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL);
INSERT INTO "jobs" VALUES(3,'interaction:3',10,20,30,102,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'canceled',1728003600000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,0,1728003600000,NULL,NULL,NULL,1728003600000,2,NULL,'e51964d90d1660658d92d23d46156f57e64b0877160aeb3fc4a960f115435d76',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL);
INSERT INTO "jobs" VALUES(4,'interaction:4',10,20,30,103,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'submitting',1728003600000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,0,1728003600000,1728003600000,NULL,NULL,NULL,2,NULL,'d00e01c7db8be9bbc6860de9903aebd12a5fc86dc43b80aba15c93720bcf843e',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL);
INSERT INTO "jobs" VALUES(5,'interaction:5',10,20,30,104,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'uncertain',1728003600000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,0,1728003600000,1728003600000,NULL,NULL,NULL,3,NULL,'f001f02d64a89dda1c34738a6c86e9dc98a051692e4680325b00af5b4f26a02c',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL);
INSERT INTO "jobs" VALUES(6,'interaction:6',10,20,30,105,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'submitted',1728003600000,NULL,NULL,NULL,'request-1','http://127.0.0.1:1/requests/request-1/status','http://127.0.0.1:1/requests/request-1','http://127.0.0.1:1/requests/request-1/cancel',NULL,NULL,NULL,NULL,NULL,0,0,0,1728003600000,1728003600000,NULL,NULL,NULL,4,NULL,'e2897d01ca50cb80272682d0fb077836a0b41a8016aa7b2ce9289b7984b07530',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL);
INSERT INTO "jobs" VALUES(7,'interaction:7',10,20,30,106,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'running',1728003600000,NULL,NULL,NULL,'request-2','http://127.0.0.1:1/requests/request-2/status','http://127.0.0.1:1/requests/request-2','http://127.0.0.1:1/requests/request-2/cancel',NULL,NULL,NULL,NULL,NULL,0,0,0,1728003600000,1728003600000,1728003600000,NULL,NULL,5,NULL,'3e416f4c3a4f57a9f3b76274032a9b78b31f82b768ce075f23242a609338f63e',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL);
INSERT INTO "jobs" VALUES(8,'interaction:8',10,20,30,107,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'succeeded',1728003600000,NULL,NULL,NULL,'request-3','http://127.0.0.1:1/requests/request-3/status','http://127.0.0.1:1/requests/request-3','http://127.0.0.1:1/requests/request-3/cancel','http://127.0.0.1:1/video.mp4',NULL,NULL,NULL,NULL,0,0,0,1728003600000,1728003600000,1728003600000,NULL,NULL,6,1728003600000,'04498ad0c034951368cad362a4b6106eb9fd40e3320e22a1b510191dbe9a06b9',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL);
INSERT INTO "jobs" VALUES(9,'interaction:9',10,20,30,108,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'stored',1728003600000,NULL,NULL,NULL,'request-4','http://127.0.0.1:1/requests/request-4/status','http://127.0.0.1:1/requests/request-4','http://127.0.0.1:1/requests/request-4/cancel','http://127.0.0.1:1/video.mp4',NULL,'videos/9.mp4',NULL,NULL,0,0,0,1728003600000,1728003600000,1728003600000,NULL,NULL,7,1728003600000,'23d2ecf1b58420c75fb63af48ea32c49804bfe95fc7c9e15309b94163db25a5d',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL);
INSERT INTO "jobs" VALUES(10,'interaction:10',10,20,30,109,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'delivered',1728003600000,NULL,NULL,NULL,'request-5','http://127.0.0.1:1/requests/request-5/status','http://127.0.0.1:1/requests/request-5','http://127.0.0.1:1/requests/request-5/cancel','http://127.0.0.1:1/video.mp4',NULL,'videos/10.mp4','edited',NULL,0,0,0,1728003600000,1728003600000,1728003600000,NULL,1728003600000,8,1728003600000,'68506bdb897603e8003624d06f54e222137ebac78b3115c46d0476bc5889e7af',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL);
INSERT INTO "jobs" VALUES(11,'interaction:11',10,20,30,110,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'failed',1728003600000,'model_error','prompt','why','request-6','http://127.0.0.1:1/requests/request-6/status','http://127.0.0.1:1/requests/request-6','http://127.0.0.1:1/requests/request-6/cancel',NULL,NULL,NULL,NULL,NULL,0,0,0,1728003600000,1728003600000,NULL,NULL,1728003600000,9,NULL,'1520ef1cd0c4f56288d4c64ee49e627ced9a6496224f3f5722e740f761cd0406',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL);
INSERT INTO "jobs" VALUES(12,'interaction:12',10,20,30,111,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'failed',1728003600000,'service_error','prompt','why','request-7','http://127.0.0.1:1/requests/request-7/status','http://127.0.0.1:1/requests/request-7','http://127.0.0.1:1/requests/request-7/cancel',NULL,NULL,NULL,NULL,NULL,0,0,0,1728003600000,1728003600000,NULL,NULL,1728003600000,10,NULL,'2820e534f80ea8810a4a1192bef2a99ba2e22d7018d34dde27a116f6b5200033',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL);
INSERT INTO "jobs" VALUES(13,'interaction:13',10,20,30,112,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'failed',1728003600000,'outcome_unknown','prompt','why','request-8','http://127.0.0.1:1/requests/request-8/status','http://127.0.0.1:1/requests/request-8','http://127.0.0.1:1/requests/request-8/cancel',NULL,NULL,NULL,NULL,NULL,0,0,0,1728003600000,1728003600000,NULL,NULL,1728003600000,11,NULL,'29bb086a28432ab9bf792d46e0336a22fbb5f903a5c0ad786147c5c9e7007014',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL);
INSERT INTO "jobs" VALUES(14,'interaction:14',10,20,30,113,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'failed',1728003600000,'refused','prompt','why',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,0,1728003600000,1728003600000,NULL,NULL,1728003600000,12,NULL,'daf91d37cec53672bbe67b0004ef6e26a1d8f857ab4989e7fa1ce3595c08145b',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL);
INSERT INTO "jobs" VALUES(15,'interaction:15',10,20,30,114,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'failed',1728003600000,'file_lost','prompt','why','request-9','http://127.0.0.1:1/requests/request-9/status','http://127.0.0.1:1/requests/request-9','http://127.0.0.1:1/requests/request-9/cancel','http://127.0.0.1:1/video.mp4',NULL,NULL,NULL,NULL,0,0,0,1728003600000,1728003600000,1728003600000,NULL,1728003600000,13,1728003600000,'46cf042c8117290b08d0af1f1989c126ff8bdaa42b38d28ced15b4e2fa37d933',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL);
INSERT INTO "jobs" VALUES(16,'interaction:16',10,20,30,115,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'failed',1728003600000,'own_error','prompt','why',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,0,1728003600000,NULL,NULL,NULL,1728003600000,14,NULL,'f0a477fe483ffc87bc21085047ae1ef73af888740f680a544483b56d2da444a8',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL);
INSERT INTO "jobs" VALUES(17,'interaction:17',10,20,30,116,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,20000,NULL,'submitted',1728003600000,NULL,NULL,NULL,'request-11','http://127.0.0.1:1/requests/request-11/status','http://127.0.0.1:1/requests/request-11','http://127.0.0.1:1/requests/request-11/cancel',NULL,NULL,NULL,NULL,NULL,0,0,0,1728003600000,1728003600000,NULL,NULL,NULL,14,NULL,'3abbf40c0f128eb21db81b226c66806535fc86223d2ede43f08ff17db58223db',NULL,'{"prompt": "a fox", "resolution": "720p"}','720p',5,1,'[]','[]',NULL);
INSERT INTO "jobs" VALUES(18,'interaction:18',10,20,31,117,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',900000,0,20000,NULL,'delivered',1728003600000,NULL,NULL,NULL,'request-12','http://127.0.0.1:1/requests/request-12/status','http://127.0.0.1:1/requests/request-12','http://127.0.0.1:1/requests/request-12/cancel','http://127.0.0.1:1/video.mp4',NULL,'videos/18.mp4','edited',NULL,0,0,0,1728003600000,1728003600000,1728003600000,NULL,1728003600000,14,1728003600000,'54e8d00b785d13b48ec0f351a38dfe437416daf41392cbbd87d071ac09afd747',NULL,'{"prompt": "a fox", "style": "Noir", "resolution": "1080p", "duration": 10}','1080p',10,2,'[]','[]',NULL);
INSERT INTO "jobs" VALUES(19,'interaction:19',10,20,31,118,'pika-2.2-image','image-to-video','fal-ai/pika/v2.2/image-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',400000,0,20000,1728090000000,'submitting',1728003600000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,0,1728003600000,1728003600000,NULL,NULL,NULL,15,NULL,'b47f3ef7999d45d1d5778a2a23025b7427853a73d833572dbf2358b83964cb22',NULL,'{}','720p',5,1,'["inputs/aa/aa.jpg"]','["https://v3.fal.media/files/a.jpg"]',NULL);
INSERT INTO "jobs" VALUES(20,'interaction:20',10,20,31,119,'pika-2.2-frames','pikaframes','fal-ai/pika/v2.2/pikaframes','a fox','{"prompt": "a fox", "resolution": "720p", "transitions": [{"prompt": "she turns", "duration": 10}], "seed": 7}',1000000,0,20000,NULL,'failed',1728003600000,'model_error','prompt','why','request-13','http://127.0.0.1:1/requests/request-13/status','http://127.0.0.1:1/requests/request-13','http://127.0.0.1:1/requests/request-13/cancel',NULL,NULL,NULL,NULL,NULL,0,0,0,1728003600000,1728003600000,NULL,NULL,1728003600000,16,NULL,'bff7c7570c500b0a87d98b2c370bdb30deb443e9a2296a9d78af8efc9e18995d',NULL,'{}','720p',10,2,'["inputs/aa/aa.jpg", "inputs/bb/bb.jpg"]','[]',NULL);
INSERT INTO "jobs" VALUES(21,'interaction:21',10,20,31,120,'pika-1.5-effects','pikaffects','fal-ai/pika/v1.5/pikaffects','a fox','{"pikaffect": "Melt", "prompt": "", "seed": 7}',465000,0,20000,NULL,'created',1728003600000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,0,1728003600000,NULL,NULL,NULL,NULL,17,NULL,'2f48714f82fe2489e656b050e6e96a321c90ebddffa194cd086597343d03e784',NULL,'{"effect": "Melt"}',NULL,NULL,1,'["inputs/aa/aa.jpg"]','[]',NULL);
INSERT INTO "jobs" VALUES(22,'interaction:22',10,20,31,121,'pika-2-swap','pikaswaps','fal-ai/pika/v2/pikaswaps','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',300000,0,20000,NULL,'created',1728003600000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,0,1728003600000,NULL,NULL,NULL,NULL,18,NULL,'78da0a33a7310b659150329f4b39754b05d48d1db49d7f02f22fcc4daeeb332d',NULL,'{}',NULL,NULL,1,'["videos/members/cc.mp4", "inputs/aa/aa.jpg"]','[]',NULL);
INSERT INTO "jobs" VALUES(23,'interaction:23',10,20,31,122,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',900000,0,20001,NULL,'created',1728090000000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,0,1728090000000,NULL,NULL,NULL,NULL,19,NULL,'d0073e67ec3ab4b043c8e01de7c0d7b8605e8de6e1b03b18084dc3d7a9dc7ab1',18,'{"prompt": "a fox", "style": "Noir", "resolution": "1080p", "duration": 10}','1080p',10,2,'[]','[]','again');
INSERT INTO "jobs" VALUES(24,'interaction:24',10,20,31,123,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',900000,0,20001,NULL,'created',1728090000000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,0,1728090000000,NULL,NULL,NULL,NULL,20,NULL,'3ecd734515b28fc9caa0dd714b403a4eb453a902e7319c1515e2729a62806f98',18,'{"prompt": "a hen"}','1080p',10,2,'[]','[]','edit');
INSERT INTO "jobs" VALUES(25,'interaction:25',11,20,30,124,'pika-2.2-text','text-to-video','fal-ai/pika/v2.2/text-to-video','a fox','{"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7}',200000,0,19960,NULL,'delivered',1724547600000,NULL,NULL,NULL,'request-14','http://127.0.0.1:1/requests/request-14/status','http://127.0.0.1:1/requests/request-14','http://127.0.0.1:1/requests/request-14/cancel','http://127.0.0.1:1/video.mp4',NULL,'videos/25.mp4','edited',NULL,0,0,0,1724547600000,1728003600000,1728003600000,NULL,1724547600000,16,1724547600000,'0d8218ce59bb093ce3006ff76562d0dbc60d4c5683cd1fd19b82fbac76e446d7',NULL,'{}','720p',5,1,'[]','[]',NULL);
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
INSERT INTO "ledger" VALUES(28,1728003600000,10,30,20000,17,'reserve',1,200000,0);
INSERT INTO "ledger" VALUES(29,1728003600000,10,30,20000,17,'release',-1,0,0);
INSERT INTO "ledger" VALUES(30,1728003600000,10,31,20000,18,'reserve',2,900000,0);
INSERT INTO "ledger" VALUES(31,1728003600000,10,31,20000,19,'reserve',1,400000,0);
INSERT INTO "ledger" VALUES(32,1728003600000,10,31,20000,20,'reserve',2,1000000,0);
INSERT INTO "ledger" VALUES(33,1728003600000,10,31,20000,21,'reserve',1,465000,0);
INSERT INTO "ledger" VALUES(34,1728003600000,10,31,20000,22,'reserve',1,300000,0);
INSERT INTO "ledger" VALUES(35,1728003600000,10,31,20000,18,'settle',0,-900000,900000);
INSERT INTO "ledger" VALUES(36,1728003600000,10,31,20000,20,'settle',-2,-1000000,1000000);
INSERT INTO "ledger" VALUES(37,1728090000000,10,31,20001,23,'reserve',2,900000,0);
INSERT INTO "ledger" VALUES(38,1728090000000,10,31,20001,24,'reserve',2,900000,0);
INSERT INTO "ledger" VALUES(39,1724547600000,11,30,19960,25,'reserve',1,200000,0);
INSERT INTO "ledger" VALUES(40,1724547600000,11,30,19960,25,'settle',0,-200000,200000);
CREATE TABLE offers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    member_id INTEGER NOT NULL,
    price INTEGER NOT NULL CHECK (price >= 0),
    request TEXT NOT NULL CHECK (json_valid(request))
) STRICT;
INSERT INTO "offers" VALUES(1,1728003600000,31,900000,'{"source":"interaction:900","place":{"guild_id":10,"channel_id":20,"member_id":31,"message_id":null},"kind":"image-to-video","options":{"prompt":"it waves","negative_prompt":null,"style":null,"camera":null,"motion":null,"aspect_ratio":null,"resolution":null,"duration":10,"seed":null,"model":null,"effect":null,"ingredients_mode":null,"transitions":null,"modify_region":null},"pictures":[{"url":"http://127.0.0.1:1/a.png","size":9}],"video":null,"kept":[],"parent_id":null,"relation":null}');
CREATE TABLE openings (
    message_id INTEGER PRIMARY KEY,
    channel_id INTEGER NOT NULL,
    at INTEGER NOT NULL
) STRICT;
INSERT INTO "openings" VALUES(400,20,1728003600000);
CREATE TABLE preferences (
    member_id INTEGER PRIMARY KEY,
    options TEXT NOT NULL CHECK (json_valid(options))
) STRICT;
INSERT INTO "preferences" VALUES(31,'{"style": "Noir", "resolution": "1080p"}');
CREATE TABLE settings (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "settings" VALUES('limit:10','10485760');
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
CREATE INDEX jobs_of_fingerprint ON jobs (fingerprint, created_at);
CREATE INDEX jobs_of_parent ON jobs (parent_id, created_at) WHERE parent_id IS NOT NULL;
CREATE INDEX jobs_made_alike ON jobs (model, resolution, seconds, made_at)
    WHERE made_at IS NOT NULL;
CREATE INDEX offers_at ON offers (at);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('jobs',25);
INSERT INTO "sqlite_sequence" VALUES('ledger',40);
INSERT INTO "sqlite_sequence" VALUES('offers',1);
COMMIT;
PRAGMA user_version = 4;
