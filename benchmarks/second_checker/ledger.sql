-- What the plan costs, by category (docs/model.md, section 8).
CREATE TABLE tier AS
SELECT p.purchase, p.quantity, p.item, o.* FROM purchases p JOIN (SELECT supplier AS s, item AS i, from_quantity, price,
       order_cost, min_order, order_multiple, lead_time_days, capacity_per_week, calendar, valid_from, valid_to
       FROM suppliers) o ON o.s = p.supplier AND o.i = p.item
WHERE (o.valid_from IS NULL OR o.valid_from <= p.order_by) AND (o.valid_to IS NULL OR p.order_by < o.valid_to)
  AND o.from_quantity = (SELECT max(x.from_quantity) FROM suppliers x WHERE x.supplier = p.supplier
      AND x.item = p.item AND x.from_quantity <= p.quantity
      AND (x.valid_from IS NULL OR x.valid_from <= p.order_by) AND (x.valid_to IS NULL OR p.order_by < x.valid_to));

CREATE TABLE delivered AS
SELECT d.demand, b.t, b.days, d.quantity AS asked, d.item, d.late_rate, d.lost_rate, d.due,
  coalesce((SELECT sum(quantity) FROM lost l WHERE l.demand = d.demand), 0) AS lost,
  coalesce((SELECT sum(quantity) FROM deliveries x WHERE x.demand = d.demand AND x.arrive <= b.ends), 0) AS arrived
FROM demand d, bucket b;

-- Operations that are not where the previous plan has them, by the earlier of both starts.
CREATE TABLE was AS
SELECT *, row_number() OVER (PARTITION BY lot, operation ORDER BY start, until, resource, quantity) AS n
FROM previous_runs;
CREATE TABLE now_at AS
SELECT *, row_number() OVER (PARTITION BY lot, operation ORDER BY begins, resource, quantity) AS n FROM (
  SELECT lot, operation, resource, quantity, start AS begins, start AS latest, 1 AS exactly FROM runs
  UNION ALL
  SELECT r.lot, r.operation, r.resource, r.quantity, b.begins, b.ends - 1, 0
  FROM bucket_runs r JOIN bucket b ON b.t = (SELECT min(bucket) FROM load l WHERE l.row = r.row));
CREATE TABLE kept AS
SELECT w.lot, w.operation, count(*) AS pairs
FROM was w JOIN now_at a ON a.lot = w.lot AND a.operation = w.operation AND a.n = w.n, setting z
WHERE w.start - z.change_tolerance_minutes <= a.latest AND a.begins <= w.until + z.change_tolerance_minutes
  AND (w.start < w.until OR NOT a.exactly OR (w.resource = a.resource AND (w.quantity = a.quantity
       OR EXISTS (SELECT 1 FROM receipts r WHERE r."order" = w.lot))))
GROUP BY w.lot, w.operation;
CREATE TABLE changed AS
SELECT lot, operation, max(0, min(at)) AS at
FROM (SELECT lot, operation, start AS at, 1 AS before, 0 AS after, 0 AS exactly FROM was
      UNION ALL SELECT lot, operation, begins, 0, 1, exactly FROM now_at) x
GROUP BY lot, operation
HAVING EXISTS (SELECT 1 FROM was) AND (sum(before) > 0 OR (max(exactly) = 1 AND NOT EXISTS (
         SELECT 1 FROM receipts r WHERE r."order" = x.lot AND r.operation = x.operation)))
   AND NOT (sum(before) = sum(after) AND sum(before) = coalesce((SELECT pairs FROM kept k
            WHERE k.lot = x.lot AND k.operation = x.operation), 0));

-- Energy: minutes of machines at the mean price of the working minutes from begins to ends; without any of
-- these, and of setups in breaks, of all minutes there.
CREATE TABLE energy_span AS
SELECT a.*, x.setup_in_breaks AND setting_up AS whole, row_number() OVER () AS n
FROM (SELECT resource, minutes, b.t, s.start AS begins, s."end" AS ends, 0 AS setting_up
      FROM sequence s JOIN bucket b ON b.begins < max(s."end", 1) AND max(s."end", 1) <= b.ends
      UNION ALL SELECT resource, setup, b.t, (SELECT min(r.setup_start) FROM runs r JOIN worked l ON l.lot = r.lot
          JOIN group_of g ON g.item = l.item WHERE r.resource = s.resource AND r.start = s.start AND r."end" = s."end"
          AND r.operation = s.operation AND g.setup_group = s.setup_group AND (s.batch_size > 0 OR r.lot = s.lot)),
        s.start, 1
      FROM sequence s JOIN bucket b ON b.begins <= s.start AND s.start < b.ends
      UNION ALL
      SELECT a.resource, a.minutes, a.t, b.begins, b.ends, 0
      FROM (SELECT resource, minutes, last_bucket AS t FROM tail_asked
            UNION ALL SELECT resource, setup_minutes, first_bucket FROM tail_asked
            UNION ALL SELECT resource, minutes, bucket FROM tail_batch
            UNION ALL SELECT resource, minutes, bucket FROM tail_changeover) a JOIN bucket b ON b.t = a.t) a
JOIN resources x ON x.resource = a.resource AND x.kind = 'machine' WHERE a.minutes > 0;
CREATE TABLE energy_stretch AS
SELECT a.n, max(a.begins, w.begins) AS begins, min(a.ends, w.ends) AS ends
FROM energy_span a JOIN working w ON w.resource = a.resource AND w.begins < a.ends AND a.begins < w.ends
WHERE NOT a.whole AND a.begins < a.ends;
INSERT INTO energy_stretch SELECT n, begins, max(ends, begins + 1) FROM energy_span a
WHERE NOT EXISTS (SELECT 1 FROM energy_stretch s WHERE s.n = a.n);
CREATE TABLE energy_use AS
SELECT a.resource, a.minutes, a.t,
  (SELECT over(exact_sum(times(min(s.ends, k.ends) - max(s.begins, k.begins), k.price)),
     sum(min(s.ends, k.ends) - max(s.begins, k.begins)))
   FROM energy_stretch s JOIN kwh k ON k.begins < s.ends AND s.begins < k.ends WHERE s.n = a.n) AS price
FROM energy_span a;

-- What is paid out, by the bucket in which it is dated.
CREATE TABLE dated AS
SELECT 'purchase' AS category, b.t, times(over(t.quantity, c.scale), t.price) AS amount
FROM tier t JOIN purchases p ON p.purchase = t.purchase JOIN scale c ON c.item = t.item
JOIN bucket b ON b.begins <= p.arrives AND p.arrives < b.ends
UNION ALL SELECT 'ordering', b.t, t.order_cost FROM tier t JOIN purchases p ON p.purchase = t.purchase
JOIN bucket b ON b.begins <= p.arrives AND p.arrives < b.ends
UNION ALL
SELECT CASE WHEN a.k = 0 THEN 'rework' WHEN x.kind = 'subcontractor' THEN 'subcontracting' ELSE 'production' END,
       a.t, times(a.minutes, over(a.rate, 60))
FROM (SELECT k, resource, minutes, rate, b.t FROM sequence s JOIN bucket b ON b.begins < max(s."end", 1)
        AND max(s."end", 1) <= b.ends
      UNION ALL SELECT k, resource, minutes, rate, last_bucket FROM tail_asked
      UNION ALL SELECT 1, resource, minutes, rate, bucket FROM tail_batch) a
JOIN resources x ON x.resource = a.resource
UNION ALL
SELECT CASE WHEN a.k = 0 THEN 'rework' ELSE 'labour' END, a.t,
       times(a.minutes, n.units, over(x.cost_per_hour, 60))
FROM (SELECT k, item, version, operation, resource, setup + minutes AS minutes, b.t FROM sequence s
        JOIN bucket b ON b.begins < max(s."end", 1) AND max(s."end", 1) <= b.ends
      UNION ALL SELECT k, item, version, operation, resource, setup_minutes + minutes, last_bucket FROM tail_asked
      UNION ALL SELECT 1, item, version, operation, resource, minutes, bucket FROM tail_batch) a
JOIN helper n ON n.kind = 'labour' AND n.item = a.item AND n.version = a.version AND n.operation = a.operation
     AND n.resource = a.resource
JOIN resources x ON x.resource = n.pool
UNION ALL
SELECT 'energy', a.t, times(a.minutes, over(x.energy_kw, 60), a.price)
FROM energy_use a JOIN resources x ON x.resource = a.resource
UNION ALL
SELECT 'setup', b.t, plus(times(s.setup, over(x.cost_per_hour, 60)), s.changeover_cost, s.setup_cost)
FROM sequence s JOIN resources x ON x.resource = s.resource JOIN bucket b ON b.begins <= s.start AND s.start < b.ends
UNION ALL
SELECT 'setup', s.first_bucket, plus(times(s.setup_minutes, over(x.cost_per_hour, 60)), s.setup_cost)
FROM tail_asked s JOIN resources x ON x.resource = s.resource
UNION ALL
SELECT 'setup', s.bucket, plus(times(s.minutes, over(x.cost_per_hour, 60)), s.cost)
FROM tail_changeover s JOIN resources x ON x.resource = s.resource
UNION ALL
SELECT 'overtime', o.t, times(o.minutes, over(x.overtime_cost_per_hour, 60))
FROM (SELECT resource, b.t, max(0, min("end", b.ends) - max(start, b.begins)) AS minutes FROM overtime, bucket b
      UNION ALL SELECT resource, bucket, minutes FROM bucket_overtime) o JOIN resources x ON x.resource = o.resource
UNION ALL
SELECT 'inspection', r.t, plus(i.cost_per_lot, times(i.lab_minutes, i.slots, over(l.cost_per_hour, 60)),
       times(i.lab_minutes, i.analysts, over(coalesce(a.cost_per_hour, 0), 60)))
FROM (SELECT inspection, b.t FROM inspections n JOIN bucket b ON b.begins < max(n."end", 1) AND max(n."end", 1) <= b.ends
      UNION ALL SELECT inspection, bucket FROM bucket_inspections) r
JOIN inspection_plan i ON i.inspection = r.inspection JOIN resources l ON l.resource = i.lab
LEFT JOIN resources a ON a.resource = i.labour
UNION ALL
SELECT 'storage', s.t, times(over(s.whole, c.scale), g.cost_per_unit_day, s.days)
FROM stock_end s JOIN items i ON i.item = s.item JOIN storages g ON g.storage = i.storage
JOIN scale c ON c.item = s.item;

-- Funds: what is spent already, limits and reserves are granted in this order, the first priority first.
CREATE TABLE budget_whole AS
SELECT g.*, plus(g."limit", CASE WHEN g.released <= g."end" THEN g.reserve ELSE 0 END) AS whole
FROM (SELECT *, CASE reserve_rule WHEN 'open' THEN start WHEN 'dated' THEN reserve_from ELSE 10000000 END AS released
      FROM budgets) g;
CREATE TABLE ask AS
SELECT budget, fund, priority, 0 AS turn, paid AS amount FROM (
  SELECT *, CASE WHEN above(spent, whole) THEN whole ELSE spent END AS paid FROM budget_whole)
UNION ALL
SELECT budget, fund, priority, 1, plus("limit", times(-1, spent)) FROM budget_whole WHERE above("limit", spent)
UNION ALL
SELECT budget, fund, priority, 2, plus(whole, times(-1, CASE WHEN above(spent, "limit") THEN spent ELSE "limit" END))
FROM budget_whole WHERE above(whole, "limit") AND above(whole, spent);
CREATE TABLE budget_grant AS
SELECT budget, exact_sum(CASE
  WHEN amount_of IS NULL OR NOT above(plus(before, tied), amount_of) THEN amount
  WHEN above(amount_of, before) THEN over(times(amount, plus(amount_of, times(-1, before))), tied)
  ELSE 0 END) AS granted
FROM (SELECT a.budget, a.amount, f.amount AS amount_of,
        (SELECT exact_sum(b.amount) FROM ask b
         WHERE b.fund = a.fund AND (b.turn, b.priority) < (a.turn, a.priority)) AS before,
        (SELECT exact_sum(b.amount) FROM ask b
         WHERE b.fund = a.fund AND (b.turn, b.priority) = (a.turn, a.priority)) AS tied
      FROM ask a LEFT JOIN funds f ON f.fund = a.fund)
GROUP BY budget;

-- Budgets: what is spent in all, and before the day from which on the reserve may be used.
CREATE TABLE budget_use AS
SELECT u.*, CASE WHEN NOT touched THEN 0
  WHEN above(plus(spent, times(-1, allowed)), 0) AND NOT above(plus(early, times(-1, "limit")), plus(spent, times(-1, allowed)))
  THEN plus(spent, times(-1, allowed)) WHEN above(early, "limit") THEN plus(early, times(-1, "limit")) ELSE 0 END AS over
FROM (SELECT g.budget, g.overrun_cost, r.granted AS allowed,
        CASE WHEN above(r.granted, g."limit") THEN g."limit" ELSE r.granted END AS "limit",
        plus(g.spent, coalesce(exact_sum(times(d.amount,
          over(max(0, min(b.first_day + b.days, g."end" + 1) - max(b.first_day, g.start)), coalesce(b.days, 1)))), 0)) AS spent,
        plus(g.spent, coalesce(exact_sum(times(d.amount,
          over(max(0, min(b.first_day + b.days, g."end" + 1, g.released) - max(b.first_day, g.start)), coalesce(b.days, 1)))), 0))
          AS early,
        EXISTS (SELECT 1 FROM bucket y WHERE y.first_day <= g."end" AND g.start < y.first_day + y.days) AS touched
      FROM budget_whole g JOIN budget_grant r ON r.budget = g.budget
      LEFT JOIN dated d ON g.category = 'all' OR d.category = g.category LEFT JOIN bucket b ON b.t = d.t
      GROUP BY g.budget) u;

-- Safety stock: of the last phase of life that has begun on a bucket's last day, else the item's own.
CREATE TABLE wanted AS
SELECT i.item, b.t, coalesce((SELECT l.safety_stock FROM life_cycle l
  WHERE l.item = i.item AND l.date < b.first_day + b.days ORDER BY l.date DESC LIMIT 1), i.safety_stock) AS wanted
FROM items i, bucket b;
CREATE INDEX wanted_item ON wanted (item, t);

CREATE TABLE charge AS
SELECT category, amount FROM dated
UNION ALL SELECT 'budget_overrun', times(over, overrun_cost) FROM budget_use WHERE overrun_cost IS NOT NULL
UNION ALL
SELECT 'holding', times(over(s.free + s.unfinished, c.scale), h.rate, s.days)
FROM stock_end s JOIN scale c ON c.item = s.item JOIN holding_rate h ON h.item = s.item
UNION ALL
SELECT 'hold', times(over(s.whole - s.free, c.scale), h.rate, s.days)
FROM stock_end s JOIN scale c ON c.item = s.item JOIN holding_rate h ON h.item = s.item
UNION ALL
SELECT 'safety_stock', times(over(max(0, w.wanted - s.free), c.scale), i.unit_value,
       z.safety_stock_rate_per_day, s.days)
FROM stock_end s JOIN items i ON i.item = s.item JOIN scale c ON c.item = s.item
JOIN wanted w ON w.item = s.item AND w.t = s.t, setting z
UNION ALL
SELECT 'overstock', times(over(max(0, s.whole - i.max_stock), c.scale), i.unit_value,
       z.overstock_rate_per_day, s.days)
FROM stock_end s JOIN items i ON i.item = s.item JOIN scale c ON c.item = s.item, setting z
WHERE i.max_stock IS NOT NULL
UNION ALL
SELECT 'late', times(over(max(0, d.asked - d.lost - d.arrived), c.scale), d.late_rate, y.days)
FROM delivered d JOIN late_days y ON y.demand = d.demand AND y.t = d.t JOIN scale c ON c.item = d.item, setting z
WHERE z.lateness = 'bucket'
UNION ALL
SELECT 'late', times(over(x.quantity, c.scale), d.late_rate, over(max(0, x.arrive - d.due), 1440))
FROM deliveries x JOIN demand d ON d.demand = x.demand JOIN scale c ON c.item = d.item, setting z
WHERE z.lateness = 'minute'
UNION ALL
SELECT 'late', times(over(max(0, d.asked - d.lost - d.arrived), c.scale), d.late_rate, over(max(0, z.H - d.due), 1440))
FROM delivered d JOIN scale c ON c.item = d.item, setting z WHERE z.lateness = 'minute' AND d.t = z.buckets - 1
UNION ALL
SELECT 'lost', times(over(d.lost + max(0, d.asked - d.lost - d.arrived), c.scale), d.lost_rate)
FROM delivered d JOIN scale c ON c.item = d.item, setting z WHERE d.t = z.buckets - 1
UNION ALL
SELECT 'makespan', times(z.makespan_cost_per_minute, coalesce((SELECT max(ended) FROM done), 0)) FROM setting z
UNION ALL
SELECT 'change', CASE WHEN c.at < z.frozen THEN z.change_cost_frozen WHEN c.at < z.slushy
       THEN z.change_cost_slushy ELSE z.change_cost_open END FROM changed c, setting z
UNION ALL
SELECT 'salvage', times(-1, over(s.whole, c.scale), i.salvage_value)
FROM stock_end s JOIN items i ON i.item = s.item JOIN scale c ON c.item = s.item, setting z
WHERE s.t = z.buckets - 1;
