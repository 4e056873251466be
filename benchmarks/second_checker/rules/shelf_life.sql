SELECT item FROM stale;
