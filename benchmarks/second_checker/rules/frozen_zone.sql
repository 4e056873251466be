SELECT r.lot FROM (
  SELECT lot, operation, setup_start < frozen AS early FROM runs, setting
  UNION ALL SELECT d.lot, d.operation, b.ends <= frozen FROM done d JOIN bucket b ON b.t = d.first_bucket, setting) r
JOIN lot l ON l.lot = r.lot
WHERE r.early AND NOT l.in_progress AND NOT EXISTS (SELECT 1 FROM locks k WHERE k.kind = 'run'
  AND k.object = r.lot || '/' || r.operation AND (k.expires IS NULL OR k.expires > 0));
