-- Browser sessions of a user that began before this instant are over: a changed password and a
-- forced logout end all of them at once, without a row per session.
ALTER TABLE users ADD COLUMN sessions_since TEXT;
