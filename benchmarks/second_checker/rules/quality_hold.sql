-- What its own inspections have released, wherever what is there would do.
SELECT e.item FROM (SELECT DISTINCT item, at FROM event) e
WHERE (SELECT sum(quantity) FROM event x WHERE x.item = e.item AND x.at <= e.at AND x.own) < 0
  AND (SELECT sum(quantity) FROM event x WHERE x.item = e.item AND x.at <= e.at AND x.whole) >= 0
UNION ALL
SELECT e.item FROM (SELECT DISTINCT item, b FROM event) e
WHERE (SELECT sum(quantity) FROM event x WHERE x.item = e.item AND x.b <= e.b AND x.own) < 0
  AND (SELECT sum(quantity) FROM event x WHERE x.item = e.item AND x.b <= e.b AND x.whole) >= 0;
