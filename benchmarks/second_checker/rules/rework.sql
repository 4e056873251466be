-- Rejects of an inspection that names a rework operation are worked on again, once, after the decision; nothing else is.
SELECT d.object FROM decision d
LEFT JOIN rework_run r ON r.object = d.object AND r.operation = d.rework_operation AND r.number = d.need
LEFT JOIN mode m ON m.item = r.item AND m.version = r.version AND m.operation = r.operation AND m.resource = r.resource
WHERE d.need IS NOT NULL AND d.decided IS NOT NULL
  AND (r.object IS NULL OR m.resource IS NULL OR r.quantity <> d.rejects OR r.starts_by < d.decided)
UNION ALL
SELECT r.object FROM rework_run r
LEFT JOIN decision d ON d.object = r.object AND d.rework_operation = r.operation AND d.need = r.number
WHERE d.decided IS NULL;
