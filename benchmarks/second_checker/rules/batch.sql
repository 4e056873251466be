SELECT a.resource FROM asked a JOIN step s ON s.item = a.item AND s.operation = a.operation
JOIN worked l ON l.lot = a.lot AND l.version = s.version
WHERE a.batch_size > 0
GROUP BY a.resource, a.start, a."end", a.operation, a.setup_group
HAVING sum(a.quantity) > min(a.batch_size) OR (sum(a.quantity) < max(s.min_batch) AND NOT max(l.in_progress))
UNION ALL
SELECT t.resource FROM (
  SELECT a.resource, sum(a.quantity) AS quantity, min(a.batch_size) AS size, 
         CASE WHEN max(l.in_progress) THEN 0 ELSE max(s.min_batch) END AS least
  FROM tail_asked a JOIN worked l ON l.lot = a.lot
  JOIN step s ON s.item = a.item AND s.operation = a.operation AND s.version = l.version
  WHERE a.batch_size > 0 GROUP BY a.resource, a.operation, a.setup_group, a.last_bucket) t
WHERE t.quantity < (t.quantity + t.size - 1) / t.size * t.least;
