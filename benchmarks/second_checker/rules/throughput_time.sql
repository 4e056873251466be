-- Pairs of operations k <= l of a lot in the tail.
WITH slack AS (
  SELECT s.lot, s.k, s.min_wait_minutes + coalesce((SELECT max(i.lab_minutes + i.wait_minutes) FROM subject j
         JOIN inspection_plan i ON i.inspection = j.inspection WHERE j.object = s.lot AND j.k = s.k), 0) AS wait
  FROM lot_step s WHERE s.k > 0),
ask AS (SELECT t.lot, t.k, sum(CASE WHEN t.batch_size > 0 THEN t.fixed_minutes ELSE t.minutes END) AS minutes
        FROM tail_asked t GROUP BY t.lot, t.k)
SELECT a.lot FROM done a JOIN done b ON b.lot = a.lot AND b.k >= a.k
JOIN bucket f ON f.t = a.first_bucket JOIN bucket e ON e.t = b.last_bucket
WHERE a.in_tail AND a.k > 0 AND e.ends - f.begins
  < (SELECT sum(minutes) FROM ask x WHERE x.lot = a.lot AND x.k BETWEEN a.k AND b.k)
  + coalesce((SELECT sum(wait) FROM slack y WHERE y.lot = a.lot AND y.k >= a.k AND y.k < b.k), 0)
UNION ALL
SELECT a.lot FROM done a JOIN done b ON b.lot = a.lot AND b.k = a.k + 1
JOIN lot_step s ON s.lot = a.lot AND s.k = a.k
JOIN bucket e ON e.t = a.last_bucket JOIN bucket f ON f.t = b.first_bucket
LEFT JOIN (SELECT object, k, max(released) AS released FROM freed WHERE k IS NOT NULL GROUP BY object, k) r
  ON r.object = a.lot AND r.k = a.k
WHERE a.in_tail AND a.k > 0 AND (a.last_bucket > b.first_bucket OR f.ends < r.released
  OR (r.object IS NULL AND f.begins - e.ends > s.max_wait_minutes));
