-- Who names no labour takes those who have a skill in regular time and are not on work that names them.
WITH used (kind, pool, units, resource, setup_start, start, "end") AS (
  SELECT n.kind, n.pool, n.units, s.resource, s.setup_start, s.start, s."end" FROM sequence s JOIN helper n
    USING (item, version, operation, resource) WHERE n.kind <> 'tool'
  UNION ALL SELECT 'labour', s.resource, 1, s.resource, s.setup_start, s.start, s."end" FROM sequence s
  UNION ALL SELECT 'labour', i.labour, i.analysts, r.lab, r.start, r.start, r."end" FROM inspections r
    JOIN inspection_plan i ON i.inspection = r.inspection
  UNION ALL SELECT 'skilled', i.labour || '/' || i.skill, i.analysts, r.lab, r.start, r.start, r."end"
    FROM inspections r JOIN inspection_plan i ON i.inspection = r.inspection WHERE i.skill <> ''),
busy AS (
  SELECT u.kind, u.pool, u.units, max(u.setup_start, w.begins) AS begins, min(u."end", w.ends) AS ends
  FROM used u JOIN working w ON w.resource = u.resource AND w.begins < u."end" AND w.ends > u.setup_start
  JOIN resources x ON x.resource = u.resource WHERE NOT x.setup_in_breaks
  UNION ALL
  SELECT u.kind, u.pool, u.units, max(u.start, w.begins), min(u."end", w.ends)
  FROM used u JOIN working w ON w.resource = u.resource AND w.begins < u."end" AND w.ends > u.start
  JOIN resources x ON x.resource = u.resource WHERE x.setup_in_breaks
  UNION ALL
  SELECT u.kind, u.pool, u.units, u.setup_start, u.start FROM used u JOIN resources x ON x.resource = u.resource
  WHERE x.setup_in_breaks AND u.start > u.setup_start),
tail (kind, pool, bucket, minutes) AS (
  SELECT n.kind, n.pool, l.bucket, l.minutes * n.units AS minutes FROM load l JOIN tail_asked a
    ON a.row = l.row JOIN helper n ON n.item = a.item AND n.version = a.version AND n.operation = a.operation
    AND n.resource = a.resource WHERE n.kind <> 'tool'
  UNION ALL SELECT n.kind, n.pool, b.bucket, b.minutes * n.units FROM tail_batch b JOIN helper n
    USING (item, version, operation, resource) WHERE n.kind <> 'tool'
  UNION ALL SELECT 'labour', l.resource, l.bucket, l.minutes FROM load l
  UNION ALL SELECT 'labour', b.resource, b.bucket, b.minutes FROM tail_batch b
  UNION ALL SELECT 'labour', i.labour, r.bucket, i.analysts * i.lab_minutes FROM bucket_inspections r
    JOIN inspection_plan i ON i.inspection = r.inspection
  UNION ALL SELECT 'skilled', i.labour || '/' || i.skill, r.bucket, i.analysts * i.lab_minutes
    FROM bucket_inspections r JOIN inspection_plan i ON i.inspection = r.inspection WHERE i.skill <> ''
  UNION ALL
  SELECT y.kind, y.pool, b.t, y.units * (min(y.ends, b.ends) - max(y.begins, b.begins)) FROM busy y JOIN bucket b
    ON y.begins < b.ends AND b.begins < y.ends, setting z WHERE b.t >= z.window),
moment (minute) AS (
  SELECT begins FROM busy UNION SELECT begins FROM working UNION SELECT ends FROM working
  UNION SELECT begins FROM able UNION SELECT ends FROM able),
asked_now (pool, minute, units) AS (
  SELECT k.pool, m.minute, sum(y.units) FROM moment m JOIN busy y ON y.begins <= m.minute AND m.minute < y.ends
    JOIN skill_set k ON k.skill = y.pool WHERE y.kind = 'skill' GROUP BY k.pool, m.minute
  UNION ALL
  SELECT y.pool, m.minute, sum(y.units) FROM moment m JOIN busy y ON y.begins <= m.minute AND m.minute < y.ends
    WHERE y.kind = 'skilled' GROUP BY y.pool, m.minute),
there_now (pool, minute, units) AS (
  SELECT n.pool, n.minute, sum(CASE WHEN a.source = 'working' THEN a.capacity ELSE min(a.capacity, max(0,
      coalesce((SELECT w.capacity FROM working w WHERE w.resource = a.resource AND w.begins <= n.minute
        AND n.minute < w.ends), 0)
      - coalesce((SELECT sum(y.units) FROM busy y WHERE y.kind = 'labour' AND y.pool = a.resource
        AND y.begins <= n.minute AND n.minute < y.ends), 0))) END)
  FROM asked_now n JOIN able a ON a.pool = n.pool AND a.begins <= n.minute AND n.minute < a.ends
  WHERE a.source = CASE WHEN instr(n.pool, '/') THEN 'working' ELSE 'regular' END GROUP BY n.pool, n.minute),
asked_then (pool, bucket, minutes) AS (
  SELECT k.pool, t.bucket, sum(t.minutes) FROM tail t JOIN skill_set k ON k.skill = t.pool
    WHERE t.kind = 'skill' GROUP BY k.pool, t.bucket
  UNION ALL SELECT pool, bucket, sum(minutes) FROM tail WHERE kind = 'skilled' GROUP BY pool, bucket),
able_then (pool, resource, bucket, minutes) AS (
  SELECT a.pool, a.resource, b.t, sum(a.capacity * (min(a.ends, b.ends) - max(a.begins, b.begins)))
  FROM able a JOIN bucket b ON a.begins < b.ends AND b.begins < a.ends WHERE a.source <> 'working'
  GROUP BY a.pool, a.resource, b.t),
there_then (pool, bucket, minutes) AS (
  SELECT a.pool, a.bucket, sum(CASE WHEN instr(a.pool, '/') THEN a.minutes ELSE min(a.minutes, max(0,
      coalesce((SELECT sum(w.capacity * max(0, min(w.ends, b.ends) - max(w.begins, b.begins))) FROM working w
        JOIN bucket b ON b.t = a.bucket WHERE w.resource = a.resource), 0)
      + coalesce((SELECT sum(o.minutes) FROM bucket_overtime o WHERE o.resource = a.resource
        AND o.bucket = a.bucket), 0)
      - coalesce((SELECT sum(t.minutes) FROM tail t WHERE t.kind = 'labour' AND t.pool = a.resource
        AND t.bucket = a.bucket), 0))) END)
  FROM able_then a GROUP BY a.pool, a.bucket)
SELECT n.pool FROM asked_now n LEFT JOIN there_now r USING (pool, minute) WHERE n.units > coalesce(r.units, 0)
UNION ALL
SELECT n.pool FROM asked_then n LEFT JOIN there_then r USING (pool, bucket)
WHERE n.minutes > coalesce(r.minutes, 0);
