SELECT d.demand FROM demand d
WHERE d.quantity < coalesce((SELECT sum(quantity) FROM deliveries x WHERE x.demand = d.demand), 0)
                 + coalesce((SELECT sum(quantity) FROM lost x WHERE x.demand = d.demand), 0)
UNION ALL
SELECT x.demand FROM deliveries x JOIN demand d ON d.demand = x.demand
WHERE x.item <> d.item OR x.arrive <> x.ship + d.transit
   OR (SELECT count(*) FROM bucket b WHERE b.ends < x.arrive) < d.bucket
   OR (x.quantity < d.min_shipment AND d.quantity > (SELECT sum(y.quantity) FROM deliveries y
       WHERE y.demand = x.demand AND y.arrive <= x.arrive)
       + coalesce((SELECT sum(quantity) FROM lost y WHERE y.demand = d.demand), 0));
