-- Stock at bucket ends, work in progress, and what the runs ask for (docs/model.md, sections 2, 5 and 8).

-- What is in unfinished lots.
CREATE TABLE unfinished AS
SELECT item, quantity, b, CASE WHEN ended IS NULL THEN 1000000000
       ELSE (SELECT count(*) FROM bucket x WHERE x.ends < ended) END AS until
FROM (SELECT c.item, c.quantity, o.completed AS ended, CASE WHEN c.in_tail THEN c.bucket
             WHEN c.minute >= (SELECT H FROM setting) THEN (SELECT buckets FROM setting)
             ELSE (SELECT max(0, count(*) - 1) FROM bucket x WHERE x.begins <= c.minute) END AS b
      FROM consumption c JOIN object o ON o.kind = 'lot' AND o.object = c.lot);

CREATE TABLE stock_end AS
SELECT i.item, b.t, b.days,
  coalesce((SELECT sum(quantity) FROM event e WHERE e.item = i.item AND e.released AND e.b <= b.t), 0)
    - coalesce((SELECT sum(quantity) FROM expired e WHERE e.item = i.item AND e.free AND e.b <= b.t), 0) AS free,
  coalesce((SELECT sum(quantity) FROM event e WHERE e.item = i.item AND e.whole AND e.b <= b.t), 0)
    - coalesce((SELECT sum(quantity) FROM expired e WHERE e.item = i.item AND e.whole AND e.b <= b.t), 0) AS whole,
  coalesce((SELECT sum(quantity) FROM unfinished u WHERE u.item = i.item AND u.b <= b.t AND u.until > b.t), 0)
    AS unfinished
FROM items i, bucket b;

-- Runs: minutes they ask for, batches, and what was set up before.
CREATE TABLE asked AS
SELECT r.lot, r.operation, r.resource, r.quantity, r.setup_start, r.start, r."end", l.item, l.version, g.setup_group,
       s.k, s.batch_size, s.pausable, m.setup_minutes, coalesce(m.setup_cost, 0) AS setup_cost,
       coalesce(m.cost_per_hour, x.cost_per_hour) AS rate,
       s.fixed_minutes + CASE WHEN s.batch_size > 0 THEN 0 ELSE rounded_up(over(
         times(r.quantity, coalesce(m.run_minutes, s.run_minutes)),
         times(s.per_quantity, c.scale, x.efficiency))) END AS minutes,
       row_number() OVER (PARTITION BY r.resource, r.start, r."end", r.operation, g.setup_group,
         CASE WHEN s.batch_size > 0 THEN 0 ELSE r.rowid END ORDER BY r.lot) AS in_batch
FROM runs r JOIN worked l ON l.lot = r.lot
JOIN step s ON s.item = l.item AND s.version = l.version AND s.operation = r.operation
LEFT JOIN mode m ON m.item = l.item AND m.version = l.version AND m.operation = r.operation
     AND m.resource = r.resource
JOIN resources x ON x.resource = r.resource JOIN scale c ON c.item = l.item
JOIN group_of g ON g.item = l.item;

CREATE TABLE sequence AS
SELECT a.*, a.setup_minutes + coalesce(c.minutes, 0) AS setup, coalesce(c.cost, 0) AS changeover_cost,
       x.changeover_matrix <> '' AND a.before <> '' AND a.before <> a.setup_group AND c.minutes IS NULL AS unlisted
FROM (SELECT asked.*, coalesce(lag(setup_group) OVER (PARTITION BY resource ORDER BY start, "end", lot, operation),
        (SELECT initial_setup_group FROM resources x WHERE x.resource = asked.resource)) AS before
      FROM asked WHERE in_batch = 1) a
JOIN resources x ON x.resource = a.resource
LEFT JOIN changeovers c ON c.matrix = x.changeover_matrix AND c.from_group = a.before
     AND c.to_group = a.setup_group AND a.before <> '';

-- The tail: minutes a bucket run asks for, and changeovers along the lists.
CREATE TABLE tail_asked AS
SELECT r.row, r.lot, r.operation, r.resource, r.quantity, l.item, l.version, s.k, s.batch_size,
       CASE WHEN s.batch_size > 0 THEN 0 ELSE m.setup_minutes END AS setup_minutes,
       CASE WHEN s.batch_size > 0 THEN 0 ELSE coalesce(m.setup_cost, 0) END AS setup_cost,
       coalesce(m.cost_per_hour, x.cost_per_hour) AS rate, g.setup_group,
       (SELECT min(bucket) FROM load y WHERE y.lot = r.lot AND y.operation = r.operation) AS first_bucket,
       (SELECT max(bucket) FROM load y WHERE y.lot = r.lot AND y.operation = r.operation) AS last_bucket,
       s.fixed_minutes, CASE WHEN s.batch_size > 0 THEN 0 ELSE s.fixed_minutes + rounded_up(over(
         times(r.quantity, coalesce(m.run_minutes, s.run_minutes)),
         times(s.per_quantity, c.scale, x.efficiency))) END AS minutes
FROM bucket_runs r JOIN worked l ON l.lot = r.lot
JOIN step s ON s.item = l.item AND s.version = l.version AND s.operation = r.operation
LEFT JOIN mode m ON m.item = l.item AND m.version = l.version AND m.operation = r.operation
     AND m.resource = r.resource
JOIN resources x ON x.resource = r.resource JOIN scale c ON c.item = l.item
JOIN group_of g ON g.item = l.item;

-- Overlap: the minutes of a unit on the run's resource; per transfer batch the minutes after which it is done
-- (NULL: done before the plan) and those after which the next operation begins it.
CREATE TABLE pace AS
SELECT r.lot, s.k, s.operation, r.resource, s.fixed_minutes, over(coalesce(m.run_minutes, s.run_minutes),
       times(s.per_quantity, c.scale, x.efficiency)) AS per,
       row_number() OVER (PARTITION BY r.lot, s.k ORDER BY r.start, r."end") AS number
FROM (SELECT lot, operation, resource, start, "end" FROM runs
      UNION ALL SELECT lot, operation, resource, 0, 0 FROM bucket_runs) r
JOIN lot_step s ON s.lot = r.lot AND s.operation = r.operation AND s.k > 0
LEFT JOIN mode m ON m.item = s.item AND m.version = s.version AND m.operation = s.operation
     AND m.resource = r.resource
JOIN resources x ON x.resource = r.resource JOIN scale c ON c.item = s.item;

CREATE TABLE transfer AS
WITH RECURSIVE batch (lot, k, j, size, n) AS (
  SELECT s.lot, s.k, 1, s.overlap_quantity, e.quantity FROM lot_step s
  JOIN entering e ON e.lot = s.lot AND e.k = s.k WHERE s.k > 0 AND s.overlap_quantity > 0
  UNION ALL SELECT lot, k, j + 1, size, n FROM batch WHERE j * size < n)
SELECT t.lot, t.k, t.j, t.j * t.size >= t.n AS is_last, b.resource AS of_resource, a.resource AS to_resource,
       CASE WHEN min(t.j * t.size, t.n) <= r.ready THEN NULL
       ELSE b.fixed_minutes + rounded_up(times(b.per, min(t.j * t.size, t.n) - r.ready)) END AS done_after,
       CASE WHEN t.j = 1 THEN 0 ELSE a.fixed_minutes + rounded_down(times(a.per,
         rounded_down(times((t.j - 1) * t.size, s.yield_fraction)))) END AS begun_after
FROM batch t JOIN lot_step s ON s.lot = t.lot AND s.k = t.k
JOIN (SELECT lot, k, CASE WHEN in_progress AND k = first_k THEN done_quantity ELSE 0 END AS ready FROM lot_step) r
  ON r.lot = t.lot AND r.k = t.k
JOIN pace b ON b.lot = t.lot AND b.k = t.k AND b.number = 1
JOIN pace a ON a.lot = t.lot AND a.k = t.k + 1;
CREATE INDEX transfer_lot ON transfer (lot, k);

CREATE TABLE tail_batch AS
SELECT resource, operation, setup_group, last_bucket AS bucket, sum(quantity) AS quantity, min(lot) AS lot,
       (sum(quantity) + batch_size - 1) / batch_size AS batches,
       (sum(quantity) + batch_size - 1) / batch_size * fixed_minutes AS minutes, rate, item, version,
       batch_size
FROM tail_asked WHERE batch_size > 0 GROUP BY resource, operation, setup_group, last_bucket;

CREATE TABLE tail_changeover AS
SELECT a.resource, a.bucket, a.number, coalesce(c.minutes, 0) AS minutes, coalesce(c.cost, 0) AS cost,
       a.before <> '' AND a.before <> a.setup_group AS another,
       a.before <> '' AND a.before <> a.setup_group AND c.minutes IS NULL AS unlisted
FROM (SELECT l.*, CASE WHEN l.number > 1 THEN l.earlier ELSE coalesce(
        (SELECT setup_group FROM asked r JOIN bucket b ON b.begins <= r.start AND r.start < b.ends
         WHERE r.resource = l.resource AND b.t > coalesce(l.listed_before, -1) AND b.t <= l.bucket
         ORDER BY start DESC, "end" DESC, lot DESC, operation DESC LIMIT 1), l.earlier,
        (SELECT initial_setup_group FROM resources x WHERE x.resource = l.resource)) END AS before
      FROM (SELECT listed.*, lag(setup_group) OVER order_of AS earlier, lag(bucket) OVER order_of AS listed_before
            FROM listed WINDOW order_of AS (PARTITION BY resource ORDER BY bucket, row, number)) l) a
JOIN resources x ON x.resource = a.resource
LEFT JOIN changeovers c ON c.matrix = x.changeover_matrix AND c.from_group = a.before
     AND c.to_group = a.setup_group AND a.before <> '';
