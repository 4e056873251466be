-- Missing on lots and purchases (stock and receipts may stay on hold), not called for, twice, in another lab,
-- too short, or too early.
SELECT s.object FROM subject s
WHERE (EXISTS (SELECT 1 FROM purchases p WHERE p.purchase = s.object)
       OR EXISTS (SELECT 1 FROM lots l WHERE l.lot = s.object))
  AND NOT EXISTS (SELECT 1 FROM inspections r WHERE r.object = s.object AND r.inspection = s.inspection)
  AND NOT EXISTS (SELECT 1 FROM bucket_inspections r WHERE r.object = s.object AND r.inspection = s.inspection)
UNION ALL
SELECT r.object FROM (SELECT object, inspection, lab FROM inspections UNION ALL
                      SELECT object, inspection, lab FROM bucket_inspections) r
LEFT JOIN inspection_plan i ON i.inspection = r.inspection
LEFT JOIN subject s ON s.object = r.object AND s.inspection = r.inspection
GROUP BY r.object, r.inspection HAVING count(*) > 1 OR min(s.object) IS NULL OR min(r.lab = i.lab) = 0
UNION ALL
SELECT r.object FROM inspections r JOIN inspection_plan i ON i.inspection = r.inspection
JOIN ready a ON a.object = r.object AND a.inspection = r.inspection
WHERE a.since IS NULL OR r.start < a.since
  OR i.lab_minutes <> coalesce((SELECT sum(max(0, min(r."end", w.ends) - max(r.start, w.begins))) FROM working w
                                WHERE w.resource = r.lab), 0)
UNION ALL
SELECT r.object FROM bucket_inspections r JOIN inspection_plan i ON i.inspection = r.inspection
JOIN ready a ON a.object = r.object AND a.inspection = r.inspection
JOIN bucket b ON b.t = r.bucket JOIN bucket e ON e.t = r.released
WHERE r.released < r.bucket OR e.ends - b.begins < i.lab_minutes + i.wait_minutes
  OR a.since IS NULL OR b.ends < a.since;
