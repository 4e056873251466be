-- Window: unary resources do not overlap; groups have at most so many runs open at every working minute.
SELECT a.lot FROM sequence a JOIN sequence b ON a.resource = b.resource AND a.rowid <> b.rowid
JOIN resources x ON x.resource = a.resource
WHERE x.capacity = 1 AND a.setup_start < b."end" AND b.setup_start < a."end"
UNION ALL
SELECT a.lot FROM (SELECT resource, setup_start AS minute, lot FROM sequence
                   UNION SELECT resource, begins, '' FROM working) a
JOIN working w ON w.resource = a.resource AND w.begins <= a.minute AND a.minute < w.ends
JOIN resources x ON x.resource = a.resource
WHERE x.capacity > 1 AND w.capacity < (SELECT count(*) FROM sequence s WHERE s.resource = a.resource
  AND s.setup_start <= a.minute AND a.minute < s."end")
UNION ALL
-- Tail: loads, batches, changeovers and minutes of runs to the minute within the bucket's minutes.
SELECT x.resource FROM resources x, bucket b, setting z
WHERE b.t >= z.window AND x.kind IN ('machine', 'subcontractor')
  AND coalesce((SELECT sum(minutes) FROM load l WHERE l.resource = x.resource AND l.bucket = b.t), 0)
    + coalesce((SELECT sum(minutes) FROM tail_batch l WHERE l.resource = x.resource AND l.bucket = b.t), 0)
    + CASE WHEN x.setup_in_breaks THEN 0 ELSE coalesce((SELECT sum(minutes) FROM tail_changeover l
        WHERE l.resource = x.resource AND l.bucket = b.t), 0) END
    + coalesce((SELECT sum(max(0, min(s."end", w.ends, b.ends) - max(s.setup_start, w.begins, b.begins)))
        FROM sequence s JOIN working w ON w.resource = s.resource WHERE s.resource = x.resource), 0)
  > coalesce((SELECT sum(w.capacity * max(0, min(w.ends, b.ends) - max(w.begins, b.begins))) FROM working w
        WHERE w.resource = x.resource), 0)
    + coalesce((SELECT sum(minutes) FROM bucket_overtime o WHERE o.resource = x.resource AND o.bucket = b.t), 0);
