-- Rejects of an inspection that names a rework operation are worked on again, once, after the decision.
SELECT d.object FROM decision d
WHERE d.rework_operation <> '' AND d.rejects > 0 AND EXISTS (SELECT 1 FROM lot WHERE lot.lot = d.object)
  AND (d.decided IS NULL OR NOT EXISTS (SELECT 1 FROM done x WHERE x.lot = d.object AND x.k = 0 AND x.operation = d.rework_operation
                   AND x.ended IS NOT NULL)
    OR EXISTS (SELECT 1 FROM runs r WHERE r.lot = d.object AND r.operation = d.rework_operation
               AND (r.quantity <> d.rejects OR r.start < d.decided))
    OR EXISTS (SELECT 1 FROM bucket_runs r WHERE r.lot = d.object AND r.operation = d.rework_operation
               AND r.quantity <> d.rejects)
    OR EXISTS (SELECT 1 FROM load r JOIN bucket b ON b.t = r.bucket WHERE r.lot = d.object
               AND r.operation = d.rework_operation AND b.ends < d.decided))
UNION ALL
SELECT r.lot FROM (SELECT lot, operation, resource FROM runs UNION ALL
                   SELECT lot, operation, resource FROM bucket_runs) r
JOIN lot l ON l.lot = r.lot JOIN lot_step s ON s.lot = r.lot AND s.operation = r.operation AND s.k = 0
LEFT JOIN mode m ON m.item = l.item AND m.version = l.version AND m.operation = r.operation
  AND m.resource = r.resource
LEFT JOIN decision d ON d.object = r.lot AND d.rework_operation = r.operation AND d.rejects > 0
GROUP BY r.lot, r.operation
HAVING count(*) > 1 OR count(m.resource) = 0 OR count(d.object) = 0;
