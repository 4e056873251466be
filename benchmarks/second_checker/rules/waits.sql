SELECT a.lot FROM lot_step s JOIN done a ON a.lot = s.lot AND a.k = s.k
JOIN done b ON b.lot = a.lot AND b.k = a.k + 1
LEFT JOIN (SELECT object, k, max(released) AS released FROM freed WHERE k IS NOT NULL GROUP BY object, k) f
  ON f.object = a.lot AND f.k = a.k
WHERE s.k > 0 AND NOT a.in_tail AND (b.start < max(a.ended, coalesce(f.released, a.ended)) + s.min_wait_minutes
  OR (f.object IS NULL AND b.start > a.ended + s.max_wait_minutes));
