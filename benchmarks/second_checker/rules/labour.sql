-- Occupied are the working minutes of the resource; of a setup in breaks all minutes.
WITH used (pool, units, resource, setup_start, start, "end") AS (
  SELECT n.pool, n.units, s.resource, s.setup_start, s.start, s."end" FROM sequence s JOIN helper n
    USING (item, version, operation, resource) WHERE n.kind = 'labour'
  UNION ALL SELECT i.labour, i.analysts, r.lab, r.start, r.start, r."end" FROM inspections r JOIN inspection_plan i
    ON i.inspection = r.inspection),
busy AS (
  SELECT u.pool, u.units, max(u.setup_start, w.begins) AS begins, min(u."end", w.ends) AS ends
  FROM used u JOIN working w ON w.resource = u.resource AND w.begins < u."end" AND w.ends > u.setup_start
  JOIN resources x ON x.resource = u.resource WHERE NOT x.setup_in_breaks
  UNION ALL
  SELECT u.pool, u.units, max(u.start, w.begins), min(u."end", w.ends)
  FROM used u JOIN working w ON w.resource = u.resource AND w.begins < u."end" AND w.ends > u.start
  JOIN resources x ON x.resource = u.resource WHERE x.setup_in_breaks
  UNION ALL
  SELECT u.pool, u.units, u.setup_start, u.start FROM used u JOIN resources x ON x.resource = u.resource
  WHERE x.setup_in_breaks AND u.start > u.setup_start),
tail (pool, bucket, minutes) AS (
  SELECT n.pool, l.bucket, l.minutes * n.units AS minutes FROM load l JOIN tail_asked a
    ON a.row = l.row JOIN helper n ON n.item = a.item AND n.version = a.version AND n.operation = a.operation
    AND n.resource = a.resource WHERE n.kind = 'labour'
  UNION ALL SELECT n.pool, b.bucket, b.minutes * n.units FROM tail_batch b JOIN helper n
    USING (item, version, operation, resource) WHERE n.kind = 'labour'
  UNION ALL SELECT i.labour, r.bucket, i.analysts * i.lab_minutes FROM bucket_inspections r JOIN inspection_plan i
    ON i.inspection = r.inspection
  UNION ALL
  SELECT y.pool, b.t, y.units * (min(y.ends, b.ends) - max(y.begins, b.begins)) FROM busy y JOIN bucket b
    ON y.begins < b.ends AND b.begins < y.ends, setting z WHERE b.t >= z.window),
moment (pool, minute) AS (
  SELECT pool, begins FROM busy UNION SELECT resource, begins FROM working UNION SELECT resource, ends FROM working)
SELECT m.pool FROM moment m, setting z
WHERE m.pool <> '' AND m.minute < z.W AND coalesce((SELECT sum(units) FROM busy y WHERE y.pool = m.pool
    AND y.begins <= m.minute AND m.minute < y.ends), 0)
  > coalesce((SELECT w.capacity FROM working w WHERE w.resource = m.pool AND w.begins <= m.minute
    AND m.minute < w.ends), 0)
UNION ALL
SELECT t.pool FROM tail t WHERE t.pool <> '' GROUP BY t.pool, t.bucket
HAVING sum(t.minutes) > coalesce((SELECT sum(w.capacity * max(0, min(w.ends, b.ends) - max(w.begins, b.begins)))
    FROM working w JOIN bucket b ON b.t = t.bucket WHERE w.resource = t.pool), 0)
  + coalesce((SELECT sum(minutes) FROM bucket_overtime o WHERE o.resource = t.pool AND o.bucket = t.bucket), 0);
