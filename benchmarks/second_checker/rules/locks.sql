WITH held AS (SELECT * FROM locks WHERE expires IS NULL OR expires > 0)
SELECT k.lock FROM held k, setting z
WHERE k.kind = 'run' AND NOT EXISTS (
    SELECT 1 FROM runs r WHERE r.lot || '/' || r.operation = k.object AND (k.resource = '' OR k.resource = r.resource)
      AND (k.start IS NULL OR k.start = r.start) AND (k."end" IS NULL OR k."end" = r."end"))
  AND NOT EXISTS (
    SELECT 1 FROM bucket_runs r JOIN tail_asked a ON a.row = r.row
    JOIN bucket f ON f.t = a.first_bucket JOIN bucket l ON l.t = a.last_bucket
    WHERE r.lot || '/' || r.operation = k.object AND (k.resource = '' OR k.resource = r.resource)
      AND (k.start IS NULL OR (f.begins <= k.start AND k.start < f.ends))
      AND (k."end" IS NULL OR (l.begins < k."end" AND k."end" <= l.ends)))
UNION ALL
SELECT k.lock FROM held k, setting z JOIN lot l ON l.item = k.object
JOIN (SELECT lot, min(start) AS start, min(first_bucket) AS bucket, in_tail FROM done WHERE k > 0 GROUP BY lot) d
  ON d.lot = l.lot LEFT JOIN bucket b ON b.t = d.bucket
WHERE k.kind = 'item' AND NOT l.in_progress AND CASE WHEN d.in_tail
  THEN b.begins >= coalesce(k.start, 0) AND b.ends <= coalesce(k."end", z.H)
  ELSE d.start >= coalesce(k.start, 0) AND d.start < coalesce(k."end", z.H) END
UNION ALL
SELECT k.lock FROM held k JOIN demand d ON d.demand = k.object, setting z
WHERE k.kind = 'order' AND d.quantity > coalesce((SELECT sum(quantity) FROM deliveries x
  WHERE x.demand = d.demand AND x.arrive <= coalesce(k."end", z.H)), 0);
