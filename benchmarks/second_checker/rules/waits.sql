SELECT a.lot FROM lot_step s JOIN done a ON a.lot = s.lot AND a.k = s.k
JOIN done b ON b.lot = a.lot AND b.k = a.k + 1
LEFT JOIN (SELECT object, k, max(released) AS released FROM freed WHERE k IS NOT NULL GROUP BY object, k) f
  ON f.object = a.lot AND f.k = a.k
WHERE s.k > 0 AND NOT a.in_tail AND s.overlap_quantity = 0 AND (b.start < max(a.ended, coalesce(f.released, a.ended)) + s.min_wait_minutes
  OR (f.object IS NULL AND b.start > a.ended + s.max_wait_minutes))
UNION ALL
-- After an operation with transfer batches: the end, the start, and what is worked before each batch has come.
SELECT lot FROM (
  SELECT t.lot, t.j, t.begun_after, b.start, b."end", b.resource, a."end" + s.min_wait_minutes AS whole,
    s.min_wait_minutes + CASE WHEN t.done_after = 0 THEN a.start ELSE coalesce((
      SELECT min(w.begins + t.done_after - w.before) FROM (
        SELECT max(x.begins, a.start) AS begins, min(x.ends, a."end") AS ends,
          (SELECT coalesce(sum(max(0, min(x.begins, y.ends) - max(a.start, y.begins))), 0) FROM working y
           WHERE y.resource = a.resource AND y.begins < x.begins) AS before
        FROM working x WHERE x.resource = a.resource AND x.ends > a.start AND x.begins < a."end") w
      WHERE w.before < t.done_after AND w.before + w.ends - w.begins >= t.done_after), a."end") END AS comes,
    t.done_after
  FROM transfer t JOIN lot_step s ON s.lot = t.lot AND s.k = t.k AND NOT s.in_tail
  JOIN asked a ON a.lot = t.lot AND a.k = t.k AND NOT EXISTS (
    SELECT 1 FROM asked z WHERE z.lot = a.lot AND z.k = a.k AND (z.start, z."end") < (a.start, a."end"))
  JOIN asked b ON b.lot = t.lot AND b.k = t.k + 1 AND b.resource = t.to_resource
  ) o
WHERE start < whole AND ("end" < whole OR (done_after IS NOT NULL AND ((j = 1 AND start < comes)
  OR (SELECT coalesce(sum(max(0, min(min(max(o.comes, o.start), o."end"), w.ends) - max(o.start, w.begins))), 0)
      FROM working w WHERE w.resource = o.resource) > begun_after)));
