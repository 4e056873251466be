-- What happens when, derived from plant and plan (docs/model.md, sections 2 to 6).

-- Lots: the routing that is left, and the quantity that is done of its first operation.
CREATE TABLE lot AS
SELECT l.lot, l.item, l.quantity, l.version, l.receipt <> '' AS in_progress,
       (SELECT max(k) FROM step s WHERE s.item = l.item AND s.version = l.version) AS last_k,
       coalesce((SELECT s.k FROM step s WHERE s.item = l.item AND s.version = l.version
                  AND s.operation = r.operation AND s.k > 0), 1) AS first_k,
       coalesce(r.done_quantity, 0) AS done_quantity, coalesce(r.resource, '') AS on_resource,
       EXISTS (SELECT 1 FROM bucket_runs b WHERE b.lot = l.lot) AS in_tail
FROM lots l LEFT JOIN receipts r ON l.receipt <> '' AND r."order" = l.receipt;

-- What may be run: lots; of stock, receipts and purchases the rejects.
CREATE TABLE worked AS
SELECT lot, item, version, in_progress FROM lot
UNION ALL
SELECT o.name, o.item, CASE WHEN o.version <> '' THEN o.version ELSE coalesce(f.version, '') END, 0
FROM (SELECT stock AS name, item, '' AS version FROM stock UNION ALL SELECT purchase, item, '' FROM purchases
      UNION ALL SELECT "order", item, version FROM receipts) o LEFT JOIN first_version f USING (item)
WHERE NOT EXISTS (SELECT 1 FROM lot WHERE lot.lot = o.name);

CREATE TABLE lot_step AS
SELECT l.lot, l.in_progress, l.first_k, l.last_k, l.in_tail, l.done_quantity, l.on_resource, s.*
FROM lot l JOIN step s ON s.item = l.item AND s.version = l.version AND (s.k = 0 OR s.k >= l.first_k);
CREATE INDEX lot_step_lot ON lot_step (lot, k);

-- When an operation of a lot starts and ends: minutes in the window, buckets B and E in the tail.
CREATE TABLE done AS
SELECT s.lot, s.item, s.k, s.operation, s.in_tail,
       CASE WHEN s.in_tail THEN NULL ELSE (SELECT min(start) FROM runs r WHERE r.lot = s.lot
            AND r.operation = s.operation) END AS start,
       CASE WHEN s.in_tail THEN (SELECT b.ends FROM bucket b WHERE b.t =
            (SELECT max(bucket) FROM load l WHERE l.lot = s.lot AND l.operation = s.operation))
       ELSE (SELECT max("end") FROM runs r WHERE r.lot = s.lot AND r.operation = s.operation) END AS ended,
       (SELECT min(bucket) FROM load l WHERE l.lot = s.lot AND l.operation = s.operation) AS first_bucket,
       (SELECT max(bucket) FROM load l WHERE l.lot = s.lot AND l.operation = s.operation) AS last_bucket
FROM lot_step s;
CREATE INDEX done_lot ON done (lot, k);

-- Everything that comes into stock, and when it is complete.
CREATE TABLE object AS
SELECT l.lot AS object, l.item, 'lot' AS kind, l.quantity, CASE WHEN NOT EXISTS (SELECT 1 FROM done x
         WHERE x.lot = l.lot AND x.k > 0 AND x.ended IS NULL) THEN d.ended END AS completed, l.in_tail, NULL AS supplier
FROM lot l JOIN done d ON d.lot = l.lot AND d.k = l.last_k
UNION ALL SELECT purchase, item, 'purchase', quantity, arrives, 0, supplier FROM purchases
UNION ALL SELECT "order", item, 'receipt', quantity, max(due, 0), 0, '' FROM receipts
          WHERE kind = 'purchase' OR operation = ''
UNION ALL SELECT stock, item, 'stock', quantity, 0, 0, '' FROM stock WHERE status <> 'blocked';

-- Which object is subject to which row of the inspection plan: numbers 1, n+1, 2n+1 by completion, then id.
CREATE TABLE candidate AS
SELECT i.inspection, i.every_lots, o.object, o.completed, NULL AS k
FROM inspection_plan i JOIN object o ON o.item = i.item
WHERE (i.stage = 'final' AND (o.kind = 'lot'
       OR (o.kind = 'receipt' AND EXISTS (SELECT 1 FROM receipts r WHERE r."order" = o.object
                                          AND r.kind = 'production'))))
   OR (i.stage = 'incoming' AND (i.supplier = '' OR i.supplier = o.supplier)
       AND (o.kind = 'purchase' OR (o.kind = 'receipt' AND EXISTS (SELECT 1 FROM receipts r
            WHERE r."order" = o.object AND r.kind = 'purchase'))))
   OR (i.stage = 'certificate' AND o.kind <> 'stock')
UNION ALL
SELECT i.inspection, i.every_lots, d.lot, d.ended, d.k
FROM inspection_plan i JOIN done d ON d.item = i.item AND d.operation = i.operation
WHERE i.stage = 'in_process';

CREATE TABLE subject AS
SELECT inspection, object, k FROM (
  SELECT c.*, row_number() OVER (PARTITION BY inspection ORDER BY completed, object) AS number FROM candidate c
  WHERE completed IS NOT NULL)
WHERE (number - 1) % every_lots = 0
UNION ALL
SELECT i.inspection, s.stock, NULL FROM stock s JOIN inspection_plan i ON i.item = s.item
WHERE (s.status = 'tested' AND i.stage = 'certificate') OR s.status = 'in_inspection' AND s.available IS NULL AND CASE
  WHEN i.stage = 'certificate' THEN 1
  WHEN EXISTS (SELECT 1 FROM step t WHERE t.item = s.item AND t.k > 0) THEN i.stage = 'final'
  ELSE i.stage = 'incoming' AND i.supplier = '' END
UNION ALL
SELECT inspection, object, NULL FROM (
  SELECT i.inspection, o.object, row_number() OVER (PARTITION BY i.inspection ORDER BY o.completed, o.object) AS n
  FROM inspection_plan i JOIN object o ON o.item = i.item AND o.kind = 'lot'
  WHERE i.stage = 'validation' AND o.completed IS NOT NULL)
WHERE n = 1;

-- Quantities: a lot's operations and every object's inspections, one after the other.
CREATE TABLE link AS
SELECT object, k, inspection, row_number() OVER (PARTITION BY object ORDER BY k, place, inspection) AS number
FROM (SELECT s.lot AS object, s.k, 0 AS place, NULL AS inspection FROM lot_step s WHERE s.k > 0
      UNION ALL
      SELECT object, coalesce(k, 1000000), 1 + (i.stage = 'certificate'), inspection
      FROM subject JOIN inspection_plan i USING (inspection));
CREATE INDEX link_object ON link (object, number);

CREATE TABLE flow AS
WITH RECURSIVE walk (object, item, number, k, inspection, entering, tested, rejects, leaving) AS (
  SELECT object, item, 0, 0, NULL, quantity, quantity, 0, quantity FROM object
  UNION ALL
  SELECT w.object, w.item, n.number, n.k, n.inspection, w.leaving,
         CASE WHEN i.destructive THEN max(0, w.leaving - i.sample_quantity) ELSE w.leaving END,
         CASE WHEN n.inspection IS NULL THEN 0 ELSE
              (CASE WHEN i.destructive THEN max(0, w.leaving - i.sample_quantity) ELSE w.leaving END)
              - rounded_down(times(CASE WHEN i.destructive THEN max(0, w.leaving - i.sample_quantity)
                                        ELSE w.leaving END, plus(1, times(-1, i.reject_fraction)))) END,
         CASE WHEN n.inspection IS NULL THEN rounded_down(times(w.leaving, s.yield_fraction))
         ELSE rounded_down(times(CASE WHEN i.destructive THEN max(0, w.leaving - i.sample_quantity)
                                      ELSE w.leaving END, plus(1, times(-1, i.reject_fraction))))
              + CASE WHEN i.rework_operation = '' THEN 0 ELSE rounded_down(times(
                  (CASE WHEN i.destructive THEN max(0, w.leaving - i.sample_quantity) ELSE w.leaving END)
                  - rounded_down(times(CASE WHEN i.destructive THEN max(0, w.leaving - i.sample_quantity)
                                            ELSE w.leaving END, plus(1, times(-1, i.reject_fraction)))),
                  (SELECT t.yield_fraction FROM step t WHERE t.item = w.item AND t.k = 0
                   AND t.operation = i.rework_operation LIMIT 1))) END END
  FROM walk w JOIN link n ON n.object = w.object AND n.number = w.number + 1
  LEFT JOIN inspection_plan i ON i.inspection = n.inspection
  LEFT JOIN lot_step s ON n.inspection IS NULL AND s.lot = w.object AND s.k = n.k)
SELECT * FROM walk;
CREATE INDEX flow_object ON flow (object, number);

CREATE TABLE entering AS SELECT object AS lot, k, entering AS quantity FROM flow
WHERE inspection IS NULL AND number > 0;
CREATE INDEX entering_lot ON entering (lot, k);

-- Decisions and releases. Rejects of a row with rework need a run each, in the order of the inspections.
CREATE TABLE rework_run AS
SELECT x.lot AS object, x.operation, x.resource, x.quantity, x.row, x.first_bucket, x.begins, x.ended, x.starts_by,
       s.item, s.version,
       row_number() OVER (PARTITION BY x.lot, x.operation ORDER BY x.begins, x.ended) AS number
FROM (SELECT lot, operation, resource, quantity, NULL AS row, NULL AS first_bucket, start AS begins,
             start AS starts_by, "end" AS ended
      FROM runs
      UNION ALL
      SELECT r.lot, r.operation, r.resource, r.quantity, r.row, f.t, f.begins, f.ends, e.ends FROM bucket_runs r
      JOIN bucket f ON f.t = (SELECT min(bucket) FROM load l WHERE l.row = r.row)
      JOIN bucket e ON e.t = (SELECT max(bucket) FROM load l WHERE l.row = r.row)) x
JOIN worked w ON w.lot = x.lot
JOIN step s ON s.item = w.item AND s.version = w.version AND s.operation = x.operation AND s.k = 0;

CREATE TABLE decision AS
SELECT s.object, s.inspection, s.k, i.rework_operation, f.rejects,
       CASE WHEN i.rework_operation <> '' AND f.rejects > 0 THEN row_number() OVER (
         PARTITION BY s.object, i.rework_operation, f.rejects > 0 ORDER BY f.number) END AS need,
       coalesce((SELECT max(r."end") + i.wait_minutes FROM inspections r
                 WHERE r.object = s.object AND r.inspection = s.inspection),
                (SELECT b.ends FROM bucket_inspections r JOIN bucket b ON b.t = r.released
                 WHERE r.object = s.object AND r.inspection = s.inspection)) AS decided
FROM subject s JOIN inspection_plan i USING (inspection)
JOIN flow f ON f.object = s.object AND f.inspection = s.inspection;

CREATE TABLE freed AS
SELECT d.object, d.inspection, d.k, d.decided,
       CASE WHEN d.decided IS NULL OR d.need IS NULL THEN d.decided ELSE r.ended END AS released
FROM decision d
LEFT JOIN rework_run r ON r.object = d.object AND r.operation = d.rework_operation AND r.number = d.need;

-- When an inspection may begin: once what it is for is there; a certificate once all other inspections have
-- released it, NULL where that never comes.
CREATE TABLE ready AS
SELECT s.object, s.inspection,
       CASE WHEN s.k IS NOT NULL THEN d.ended
            WHEN i.stage <> 'certificate' THEN o.completed
            WHEN EXISTS (SELECT 1 FROM freed f JOIN inspection_plan j USING (inspection)
                         WHERE f.object = s.object AND f.k IS NULL AND j.stage <> 'certificate'
                           AND f.released IS NULL) THEN NULL
            ELSE max(o.completed, coalesce(st.available, 0), coalesce((SELECT max(f.released) FROM freed f JOIN inspection_plan j USING (inspection)
                     WHERE f.object = s.object AND f.k IS NULL AND j.stage <> 'certificate'), o.completed)) END AS since
FROM subject s JOIN inspection_plan i USING (inspection)
LEFT JOIN object o ON o.object = s.object LEFT JOIN done d ON d.lot = s.object AND d.k = s.k
LEFT JOIN stock st ON o.kind = 'stock' AND st.stock = s.object;

-- Validation of an item's first lot; NULL where it never comes.
CREATE TABLE gate AS
SELECT i.item, CASE WHEN count(*) = count(f.released) THEN max(f.released) END AS opens
FROM freed f JOIN inspection_plan i ON i.inspection = f.inspection AND i.stage = 'validation' GROUP BY i.item;

-- own: released by its own inspections; released: not before the item is validated either.
CREATE TABLE held AS
WITH free AS (
SELECT o.*, (SELECT leaving FROM flow f WHERE f.object = o.object ORDER BY number DESC LIMIT 1) AS accepted,
  CASE
    WHEN o.kind = 'stock' AND st.available IS NOT NULL AND st.status <> 'tested' THEN max(st.available, 0)
    WHEN o.kind = 'stock' AND st.status = 'in_inspection' AND NOT EXISTS
         (SELECT 1 FROM freed f WHERE f.object = o.object) THEN 0
    WHEN EXISTS (SELECT 1 FROM freed f WHERE f.object = o.object AND f.k IS NULL AND f.released IS NULL)
         THEN NULL
    ELSE max(o.completed, coalesce(st.available, 0), coalesce((SELECT max(released) FROM freed f
                                    WHERE f.object = o.object AND f.k IS NULL), o.completed)) END AS own,
  coalesce(CASE WHEN o.kind = 'stock' THEN st.expires END,
           o.completed + 1440 * it.shelf_life_days) AS expires
FROM object o JOIN items it USING (item) LEFT JOIN stock st ON o.kind = 'stock' AND st.stock = o.object)
SELECT free.*, CASE WHEN g.item IS NULL THEN own ELSE max(own, g.opens) END AS released
FROM free LEFT JOIN gate g ON g.item = free.item AND free.kind = 'lot';

-- By-products: what enters a lot's last operation leaves them, free at its completion.
INSERT INTO held (object, item, kind, quantity, completed, in_tail, supplier, accepted, own, released, expires)
SELECT object, item, 'by-product', quantity, completed, in_tail, NULL, quantity, completed, completed,
       completed + 1440 * shelf_life_days
FROM (SELECT l.lot || '/' || c.component AS object, c.component AS item, o.completed, l.in_tail, it.shelf_life_days,
             rounded_down(times(over(e.quantity, pi.scale), over(c.quantity, c.per_quantity),
                                plus(1, times(-1, c.scrap_fraction)), pc.scale)) AS quantity
      FROM lot l JOIN object o ON o.kind = 'lot' AND o.object = l.lot JOIN entering e ON e.lot = l.lot AND e.k = l.last_k
      JOIN beside c ON c.item = l.item AND c.version = l.version JOIN items it ON it.item = c.component
      JOIN scale pi ON pi.item = l.item JOIN scale pc ON pc.item = c.component
      WHERE o.completed IS NOT NULL);

-- Components: taken at the start of the operation, each line valid at that instant.
CREATE TABLE consumption AS
SELECT d.lot, c.component AS item, d.start AS minute, d.first_bucket AS bucket, d.in_tail,
       rounded_up(times(over(e.quantity, pi.scale), over(c.quantity, c.per_quantity),
                        over(1, plus(1, times(-1, c.scrap_fraction))), pc.scale)) AS quantity
FROM done d JOIN lot l ON l.lot = d.lot JOIN entering e ON e.lot = d.lot AND e.k = d.k
JOIN component c ON c.item = l.item AND c.version = l.version AND c.operation = d.operation
JOIN scale pi ON pi.item = l.item JOIN scale pc ON pc.item = c.component
LEFT JOIN bucket b ON b.t = d.first_bucket
WHERE d.k > 0 AND NOT (l.in_progress AND d.k = l.first_k)
  AND (CASE WHEN d.in_tail THEN d.first_bucket IS NOT NULL AND (c.valid_from IS NULL OR c.valid_from <= b.begins)
            AND (c.valid_to IS NULL OR c.valid_to > b.begins)
       ELSE d.start IS NOT NULL AND (c.valid_from IS NULL OR c.valid_from <= d.start)
            AND (c.valid_to IS NULL OR c.valid_to > d.start) END)
UNION ALL
SELECT r.object, c.component, r.begins, r.first_bucket, r.first_bucket IS NOT NULL,
       rounded_up(times(over(r.quantity, pi.scale), over(c.quantity, c.per_quantity),
                        over(1, plus(1, times(-1, c.scrap_fraction))), pc.scale))
FROM rework_run r JOIN component c ON c.item = r.item AND c.version = r.version AND c.operation = r.operation
JOIN scale pi ON pi.item = r.item JOIN scale pc ON pc.item = c.component
WHERE (c.valid_from IS NULL OR c.valid_from <= r.begins) AND (c.valid_to IS NULL OR c.valid_to > r.begins);

-- Events of stock. b: bucket by the conventions of section 1. at: place on the axis of checks, minutes in
-- the window, then the tail's buckets. whole counts what is there, released or not; released what is free, own what
-- would be free if the item were validated.
CREATE TABLE event AS
WITH raw (item, object, kind, like_start, whole, own, released, minute, bucket, quantity) AS (
  SELECT item, object, 'arrival', kind = 'purchase' OR (kind = 'receipt' AND EXISTS (SELECT 1 FROM receipts r
         WHERE r."order" = object AND r.kind = 'purchase')), 1, 0, 0, completed, NULL, accepted
  FROM held WHERE completed IS NOT NULL
  UNION ALL
  SELECT item, object, event, (kind = 'purchase' OR (kind = 'receipt' AND EXISTS (SELECT 1 FROM receipts r
         WHERE r."order" = object AND r.kind = 'purchase')))
         AND (minute = completed OR NOT EXISTS (SELECT 1 FROM subject s WHERE s.object = x.object)), 0, event = 'own', event = 'release',
         minute, NULL, accepted
  FROM (SELECT held.*, 'own' AS event, own AS minute FROM held
        UNION ALL SELECT held.*, 'release', released FROM held) x WHERE minute IS NOT NULL
  UNION ALL SELECT item, lot, 'consumption', 1, 1, 1, 1, minute, CASE WHEN in_tail THEN bucket END, -quantity FROM consumption
  UNION ALL SELECT item, demand, 'delivery', 0, 1, 1, 1, ship, NULL, -quantity FROM deliveries),
placed AS (
  SELECT raw.*, coalesce(bucket, CASE
    WHEN NOT like_start THEN (SELECT count(*) FROM bucket b WHERE b.ends < minute)
    WHEN minute >= setting.H THEN setting.buckets
    ELSE (SELECT max(0, count(*) - 1) FROM bucket b WHERE b.begins <= minute) END) AS b, W, window
  FROM raw, setting)
SELECT item, object, kind, minute, whole, own, released, quantity, b,
       CASE WHEN b < window THEN max(0, minute) ELSE W + 1 + b END AS at FROM placed;
CREATE INDEX event_item ON event (item, b);
