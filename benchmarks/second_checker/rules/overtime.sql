SELECT o.resource FROM overtime o
WHERE o."end" - o.start <> coalesce((SELECT sum(max(0, min(o."end", w.ends) - max(o.start, w.begins))) FROM offered w
                                     WHERE w.resource = o.resource), 0)
UNION ALL
SELECT a.resource FROM overtime a JOIN overtime b ON a.resource = b.resource AND a.rowid < b.rowid
WHERE a.start < b."end" AND b.start < a."end"
UNION ALL
SELECT o.resource FROM (SELECT resource, bucket, sum(minutes) AS minutes FROM bucket_overtime
                        GROUP BY resource, bucket) o JOIN bucket b ON b.t = o.bucket
WHERE o.minutes + coalesce((SELECT sum(max(0, min(x."end", b.ends) - max(x.start, b.begins))) FROM overtime x
                            WHERE x.resource = o.resource), 0)
  > coalesce((SELECT sum(max(0, min(b.ends, w.ends) - max(b.begins, w.begins))) FROM offered w
              WHERE w.resource = o.resource), 0)
UNION ALL
SELECT y.resource FROM (
  SELECT o.resource, w.week, max(0, min(o."end", w.ends) - max(o.start, w.begins)) AS minutes
  FROM overtime o, week w
  UNION ALL
  SELECT o.resource, d.week, over(times(o.minutes, d.days), b.days) FROM bucket_overtime o
  JOIN bucket b ON b.t = o.bucket JOIN week_days d ON d.t = o.bucket) y
JOIN resources x ON x.resource = y.resource
WHERE x.max_overtime_hours_per_week IS NOT NULL
GROUP BY y.resource, y.week HAVING above(exact_sum(y.minutes), times(60, x.max_overtime_hours_per_week));
