PRAGMA application_id = 1903521652;
PRAGMA user_version = 9;
BEGIN TRANSACTION;
CREATE TABLE answers (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        collection TEXT NOT NULL, question TEXT NOT NULL, history TEXT NOT NULL, asker INTEGER,
        guild INTEGER, channel INTEGER NOT NULL, message INTEGER, question_message INTEGER,
        fingerprint TEXT NOT NULL, refs TEXT NOT NULL, answered INTEGER NOT NULL, posted_at REAL NOT NULL,
        marks TEXT NOT NULL DEFAULT '[]', reachable INTEGER NOT NULL DEFAULT 1
    , private INTEGER NOT NULL DEFAULT 1, parent INTEGER, is_closed INTEGER NOT NULL DEFAULT 0, is_stale INTEGER NOT NULL DEFAULT 0);
INSERT INTO "answers" VALUES(1,'/srv/former/index','Who built the lighthouse?','[]',11,21,31,41,51,'0123456789ab','["harbour@3161f458d70e#17-97"]',1,1772600767.0,'[]',1,0,NULL,0,0);
INSERT INTO "answers" VALUES(2,'/srv/former/index','Who counted the nets?','[]',12,21,31,42,52,'0123456789ab','[]',0,1772600827.0,'[]',1,0,NULL,0,0);
CREATE TABLE digests (
        channel INTEGER PRIMARY KEY, guild INTEGER NOT NULL, due REAL NOT NULL, message INTEGER, week_end REAL,
        content TEXT
    );
CREATE TABLE gaps (
        id INTEGER PRIMARY KEY, key TEXT NOT NULL, question TEXT NOT NULL, collection TEXT NOT NULL,
        guild INTEGER, asker INTEGER, asked_at REAL NOT NULL
    , private INTEGER NOT NULL DEFAULT 1, answer INTEGER REFERENCES answers ON DELETE CASCADE, settled INTEGER NOT NULL DEFAULT 0, passage TEXT);
INSERT INTO "gaps" VALUES(1,'who counted the nets?','Who counted the nets?','/srv/former/index',21,12,1.79577357987583899499e+09,0,2,0,NULL);
CREATE TABLE inbox (
        id INTEGER PRIMARY KEY, channel INTEGER NOT NULL, guild INTEGER, user INTEGER NOT NULL, command TEXT
    );
CREATE TABLE notices (
        question_message INTEGER PRIMARY KEY, channel INTEGER NOT NULL, guild INTEGER, message INTEGER NOT NULL,
        at REAL NOT NULL
    );
CREATE TABLE server_settings (
        guild INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (guild, name)
    ) WITHOUT ROWID;
CREATE TABLE setting_changes (
        id INTEGER PRIMARY KEY, guild INTEGER NOT NULL, name TEXT NOT NULL, before TEXT, after TEXT, user INTEGER,
        at REAL NOT NULL
    );
CREATE TABLE state (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID
    ;
CREATE TABLE votes (
        answer INTEGER NOT NULL REFERENCES answers ON DELETE CASCADE, user INTEGER NOT NULL, useful INTEGER NOT NULL,
        PRIMARY KEY (answer, user)
    ) WITHOUT ROWID;
INSERT INTO "votes" VALUES(1,13,1);
CREATE UNIQUE INDEX answers_by_message ON answers (message);
CREATE INDEX answers_by_question ON answers (question_message);
CREATE INDEX answers_by_asker ON answers (asker);
CREATE INDEX answers_by_time ON answers (posted_at);
CREATE INDEX votes_by_user ON votes (user);
CREATE INDEX gaps_by_guild ON gaps (guild, collection, key);
CREATE INDEX gaps_by_asker ON gaps (asker)
    ;
CREATE INDEX gaps_by_answer ON gaps (answer)
    ;
CREATE INDEX answers_stale ON answers (id) WHERE is_stale
    ;
CREATE INDEX inbox_by_user ON inbox (user)
    ;
CREATE INDEX setting_changes_by_guild ON setting_changes (guild)
    ;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('answers',2);
COMMIT;
