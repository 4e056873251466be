-- Pairs of operations k <= l of a lot in the tail: l starts and ends so long after the start of k at the earliest.
WITH RECURSIVE slack AS (
  SELECT s.lot, s.k, s.overlap_quantity > 0 AS overlaps, s.min_wait_minutes, s.min_wait_minutes
    + coalesce((SELECT max(i.lab_minutes + i.wait_minutes
           + coalesce(CASE WHEN t.batch_size > 0 THEN t.fixed_minutes ELSE t.minutes END, 0))
         FROM decision d JOIN inspection_plan i ON i.inspection = d.inspection
         LEFT JOIN rework_run r ON r.object = d.object AND r.operation = d.rework_operation AND r.number = d.need
         LEFT JOIN tail_asked t ON t.row = r.row WHERE d.object = s.lot AND d.k = s.k), 0) AS wait
  FROM lot_step s WHERE s.k > 0),
ask AS (SELECT t.lot, t.k, sum(CASE WHEN t.batch_size > 0 THEN t.fixed_minutes ELSE t.minutes END) AS minutes
        FROM tail_asked t GROUP BY t.lot, t.k),
way (lot, k, l, started, ended) AS (
  SELECT lot, k, k, 0, minutes FROM ask WHERE k > 0
  UNION ALL
  SELECT w.lot, w.k, w.l + 1,
    CASE WHEN y.overlaps THEN w.started + coalesce(b.done_after + y.min_wait_minutes, 0) ELSE w.ended + y.wait END,
    CASE WHEN y.overlaps THEN max(w.started + coalesce(b.done_after + y.min_wait_minutes, 0) + x.minutes,
                                  w.ended + y.min_wait_minutes + x.minutes - e.begun_after)
    ELSE w.ended + y.wait + x.minutes END
  FROM way w JOIN ask x ON x.lot = w.lot AND x.k = w.l + 1 JOIN slack y ON y.lot = w.lot AND y.k = w.l
  LEFT JOIN transfer b ON b.lot = w.lot AND b.k = w.l AND b.j = 1
  LEFT JOIN transfer e ON e.lot = w.lot AND e.k = w.l AND e.is_last)
SELECT a.lot FROM done a JOIN done b ON b.lot = a.lot AND b.k >= a.k
JOIN bucket f ON f.t = a.first_bucket JOIN bucket e ON e.t = b.last_bucket
JOIN way w ON w.lot = a.lot AND w.k = a.k AND w.l = b.k
WHERE a.in_tail AND a.k > 0 AND e.ends - f.begins < w.ended
UNION ALL
SELECT a.lot FROM done a JOIN done b ON b.lot = a.lot AND b.k = a.k + 1
JOIN lot_step s ON s.lot = a.lot AND s.k = a.k
JOIN bucket e ON e.t = a.last_bucket JOIN bucket f ON f.t = b.first_bucket
LEFT JOIN (SELECT object, k, max(released) AS released FROM freed WHERE k IS NOT NULL GROUP BY object, k) r
  ON r.object = a.lot AND r.k = a.k
WHERE a.in_tail AND a.k > 0 AND s.overlap_quantity = 0 AND (a.last_bucket > b.first_bucket OR f.ends < r.released
  OR (r.object IS NULL AND f.begins - e.ends > s.max_wait_minutes))
UNION ALL
SELECT l.lot FROM load l, setting z WHERE z.within_buckets GROUP BY l.row HAVING count(DISTINCT l.bucket) > 1
UNION ALL
-- After an operation with transfer batches: shares of the lot by the end of a bucket.
SELECT lot FROM (
  SELECT o.lot, o.to_last, o.of_last, o.rest, t.t,
    (SELECT sum(minutes) FROM load y WHERE y.lot = o.lot AND y.operation = o.to_operation) AS to_all,
    (SELECT coalesce(sum(minutes), 0) FROM load y WHERE y.lot = o.lot AND y.operation = o.to_operation
     AND y.bucket <= t.t) AS to_now,
    (SELECT sum(minutes) FROM load y WHERE y.lot = o.lot AND y.operation = o.of_operation) AS of_all,
    (SELECT coalesce(sum(minutes), 0) FROM load y WHERE y.lot = o.lot AND y.operation = o.of_operation
     AND y.bucket <= t.t) AS of_now
  FROM (SELECT a.lot, a.operation AS of_operation, b.operation AS to_operation, a.last_bucket AS of_last,
          b.last_bucket AS to_last, over(max(0, q.quantity - CASE WHEN s.in_progress AND s.k = s.first_k
            THEN s.done_quantity ELSE 0 END), max(1, q.quantity)) AS rest
        FROM done a JOIN done b ON b.lot = a.lot AND b.k = a.k + 1
        JOIN lot_step s ON s.lot = a.lot AND s.k = a.k JOIN entering q ON q.lot = a.lot AND q.k = a.k
        WHERE a.in_tail AND a.k > 0 AND s.overlap_quantity > 0 AND a.last_bucket IS NOT NULL) o
  JOIN bucket t)
WHERE above(CASE WHEN to_all > 0 THEN over(to_now, to_all) ELSE to_last <= t END,
  plus(1, times(-1, rest), times(rest, CASE WHEN of_all > 0 THEN over(of_now, of_all) ELSE of_last <= t END)));
