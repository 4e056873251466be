-- Maintenance that the plan places: once in its time, or by running hours; cleanings are maintenance by running hours.
WITH upkeep (downtime, resource, minutes, flexible_from, flexible_to, most, before, by_group) AS (
  SELECT downtime, resource, minutes, flexible_from, flexible_to, times(60, every_run_hours),
         times(60, run_hours_before), 0
  FROM downtimes WHERE flexible_from IS NOT NULL OR every_run_hours IS NOT NULL
  UNION ALL
  SELECT 'cleaning-' || resource, resource, cleaning_minutes, NULL, NULL, times(60, campaign_max_hours),
         times(60, campaign_hours_before), changeover_matrix <> ''
  FROM resources WHERE campaign_max_hours IS NOT NULL),
hourly AS (SELECT u.* FROM upkeep u LEFT JOIN downtimes d USING (downtime)
           WHERE d.downtime IS NULL OR d.every_run_hours IS NOT NULL),
-- What ends a stretch: placements, and changeovers to another setup group where campaigns are counted.
stop (downtime, at) AS (
  SELECT h.downtime, m.start FROM hourly h JOIN maintenance m ON m.downtime = h.downtime
  UNION ALL
  SELECT h.downtime, s.setup_start FROM hourly h JOIN sequence s ON s.resource = h.resource
  WHERE h.by_group AND s.before <> '' AND s.before <> s.setup_group),
-- Stretches of the window, the first with what was run before the start (at -1), at most what may be: then nothing runs.
stretch AS (
  SELECT downtime, at, coalesce(lead(at) OVER (PARTITION BY downtime ORDER BY at), W) AS until
  FROM (SELECT downtime, -1 AS at FROM hourly UNION SELECT downtime, at FROM stop, setting WHERE at < W), setting),
counted AS (
  SELECT h.downtime, h.most, t.until, z.W, plus(CASE WHEN t.at >= 0 THEN 0 WHEN above(h.before, h.most) THEN h.most ELSE h.before END, coalesce((
    SELECT sum(max(0, min(s."end", w.ends, t.until) - max(s.start, w.begins, t.at)))
    FROM sequence s JOIN working w ON w.resource = s.resource WHERE s.resource = h.resource), 0)) AS minutes
  FROM hourly h JOIN stretch t USING (downtime), setting z),
-- The tail: minutes run in a bucket, and what ends a stretch there, in whatever order.
later AS (
  SELECT h.downtime, h.most, b.t,
    coalesce((SELECT sum(l.minutes) FROM load l JOIN tail_asked a ON a.row = l.row
              WHERE a.batch_size = 0 AND l.resource = h.resource AND l.bucket = b.t), 0)
    - coalesce((SELECT sum(a.setup_minutes) FROM tail_asked a WHERE a.batch_size = 0 AND a.resource = h.resource
                AND (SELECT min(l.bucket) FROM load l WHERE l.row = a.row) = b.t), 0)
    + coalesce((SELECT sum(a.minutes) FROM tail_batch a WHERE a.resource = h.resource AND a.bucket = b.t), 0)
    + coalesce((SELECT sum(max(0, min(s."end", w.ends, b.ends) - max(s.start, w.begins, b.begins)))
                FROM sequence s JOIN working w ON w.resource = s.resource WHERE s.resource = h.resource), 0) AS minutes,
    (SELECT count(*) FROM stop e WHERE e.downtime = h.downtime AND b.begins <= e.at AND e.at < b.ends)
    + CASE WHEN h.by_group THEN (SELECT count(*) FROM tail_changeover c WHERE c.resource = h.resource
                                 AND c.bucket = b.t AND c.another) ELSE 0 END AS stops
  FROM hourly h, bucket b, setting z WHERE b.t >= z.window),
row_of AS (
  SELECT a.downtime, a.most, a.t AS first, sum(b.minutes) AS minutes, sum(b.stops) AS stops
  FROM later a JOIN later b ON b.downtime = a.downtime AND b.t >= a.t JOIN later c
    ON c.downtime = a.downtime AND c.t >= b.t
  GROUP BY a.downtime, a.t, c.t)
SELECT u.downtime FROM upkeep u LEFT JOIN maintenance m ON m.downtime = u.downtime, setting z
WHERE u.flexible_from IS NOT NULL
GROUP BY u.downtime HAVING count(m.downtime) > 1 OR (count(m.downtime) = 0 AND coalesce(u.flexible_to, z.H) <= z.H)
UNION ALL
SELECT m.downtime FROM maintenance m LEFT JOIN upkeep u ON u.downtime = m.downtime, setting z
WHERE u.downtime IS NULL OR m.resource <> u.resource OR m."end" - m.start <> u.minutes
   OR m.start < coalesce(u.flexible_from, 0) OR m."end" > coalesce(u.flexible_to, z.H)
UNION ALL
SELECT a.downtime FROM maintenance a JOIN maintenance b ON a.resource = b.resource AND a.rowid < b.rowid
WHERE max(a.start, b.start) < min(a."end", b."end")
UNION ALL
SELECT downtime FROM counted WHERE above(minutes, most)
UNION ALL
SELECT r.downtime FROM row_of r JOIN setting z
LEFT JOIN counted c ON c.downtime = r.downtime AND c.until = c.W AND r.first = z.window
WHERE above(plus(r.minutes, coalesce(c.minutes, 0)), times(r.most, r.stops + 1));
