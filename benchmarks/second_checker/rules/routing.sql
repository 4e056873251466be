-- Every operation that is left, with the quantity that enters it, on one of its modes; nothing else.
SELECT s.lot FROM lot_step s LEFT JOIN entering e ON e.lot = s.lot AND e.k = s.k
WHERE s.k > 0 AND e.quantity - CASE WHEN s.in_progress AND s.k = s.first_k THEN s.done_quantity ELSE 0 END
  <> coalesce((SELECT sum(quantity) FROM runs r WHERE r.lot = s.lot AND r.operation = s.operation), 0)
   + coalesce((SELECT sum(quantity) FROM bucket_runs r WHERE r.lot = s.lot AND r.operation = s.operation), 0)
UNION ALL
SELECT s.lot FROM lot_step s
WHERE s.k > 0 AND (SELECT count(*) FROM runs r WHERE r.lot = s.lot AND r.operation = s.operation)
                + (SELECT count(*) FROM bucket_runs r WHERE r.lot = s.lot AND r.operation = s.operation)
    <> 1 AND (s.batch_size = 0 OR NOT EXISTS (
         SELECT 1 FROM runs r WHERE r.lot = s.lot AND r.operation = s.operation
         UNION ALL SELECT 1 FROM bucket_runs r WHERE r.lot = s.lot AND r.operation = s.operation))
UNION ALL
SELECT r.lot FROM (SELECT lot, operation, resource FROM runs UNION ALL
                   SELECT lot, operation, resource FROM bucket_runs) r JOIN lot l ON l.lot = r.lot
LEFT JOIN lot_step s ON s.lot = r.lot AND s.operation = r.operation
WHERE coalesce(s.k, 1) > 0 AND (s.k IS NULL OR (l.in_progress AND s.k = l.first_k AND l.on_resource NOT IN ('', r.resource))
  OR NOT EXISTS (SELECT 1 FROM mode m WHERE m.item = l.item AND m.version = l.version
                 AND m.operation = r.operation AND m.resource = r.resource));
