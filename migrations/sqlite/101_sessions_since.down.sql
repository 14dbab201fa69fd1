-- Takes back 101_sessions_since.up.sql. Sessions that were ended may come to life again.
ALTER TABLE users DROP COLUMN sessions_since;
