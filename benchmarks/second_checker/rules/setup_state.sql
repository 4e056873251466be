-- Every group that is run in a tail bucket is listed there once, and no other.
WITH needed AS (
  SELECT DISTINCT l.resource, l.bucket, a.setup_group FROM load l JOIN tail_asked a ON a.row = l.row
  JOIN resources x ON x.resource = l.resource WHERE x.changeover_matrix <> ''),
to_the_minute AS (
  SELECT a.resource, b.t AS bucket, a.setup_group FROM asked a JOIN bucket b
    ON a.setup_start < b.ends AND a."end" > b.begins)
SELECT n.resource FROM needed n WHERE NOT EXISTS (SELECT 1 FROM listed l WHERE l.resource = n.resource
  AND l.bucket = n.bucket AND l.setup_group = n.setup_group)
UNION ALL
SELECT l.resource FROM listed l WHERE NOT EXISTS (SELECT 1 FROM needed n WHERE n.resource = l.resource
  AND n.bucket = l.bucket AND n.setup_group = l.setup_group)
  AND NOT (l.number = 1 AND EXISTS (SELECT 1 FROM to_the_minute m WHERE m.resource = l.resource
    AND m.bucket = l.bucket AND m.setup_group = l.setup_group))
UNION ALL
SELECT resource FROM listed GROUP BY resource, bucket, setup_group HAVING count(*) > 1;
