SELECT a.lot FROM asked a
WHERE a.minutes <> coalesce((SELECT sum(max(0, min(a."end", w.ends) - max(a.start, w.begins))) FROM working w
                             WHERE w.resource = a.resource), 0)
  OR (a.minutes = 0 AND a.start <> a."end")
  OR (a."end" > a.start AND (NOT EXISTS (SELECT 1 FROM working w WHERE w.resource = a.resource
        AND w.begins <= a.start AND a.start < w.ends)
      OR NOT EXISTS (SELECT 1 FROM working w WHERE w.resource = a.resource
        AND w.begins < a."end" AND a."end" <= w.ends)
      OR (NOT a.pausable AND a.minutes <> a."end" - a.start)))
UNION ALL
SELECT t.lot FROM tail_asked t
WHERE CASE WHEN t.batch_size > 0 THEN t.minutes ELSE t.minutes + coalesce(t.setup_minutes, 0) END
  <> (SELECT coalesce(sum(minutes), 0) FROM load l WHERE l.row = t.row)
UNION ALL
SELECT lot FROM tail_asked WHERE batch_size > 0 AND first_bucket <> last_bucket;
