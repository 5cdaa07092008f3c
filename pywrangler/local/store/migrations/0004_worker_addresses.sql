-- Where a Worker listens, as `dev.ip` says it; NULL is loopback.

ALTER TABLE workers ADD COLUMN ip TEXT;
