SELECT d.demand FROM demand d
WHERE d.quantity < coalesce((SELECT sum(quantity) FROM deliveries x WHERE x.demand = d.demand), 0)
                 + coalesce((SELECT sum(quantity) FROM lost x WHERE x.demand = d.demand), 0)
UNION ALL
SELECT x.demand FROM deliveries x JOIN demand d ON d.demand = x.demand
WHERE x.item <> d.item OR x.arrive <> x.ship + d.transit
   OR (SELECT count(*) FROM bucket b WHERE b.ends < x.arrive) < d.bucket
UNION ALL
SELECT x.demand FROM (SELECT y.*, sum(quantity) OVER (PARTITION BY demand ORDER BY arrive, ship, quantity DESC
                      ROWS UNBOUNDED PRECEDING) AS so_far FROM deliveries y) x JOIN demand d ON d.demand = x.demand
WHERE x.quantity < d.min_shipment AND x.so_far <> d.quantity;
