-- What is there, released or not, at every minute of the window and at every bucket end.
SELECT item FROM (SELECT item, at AS place, sum(sum(quantity)) OVER (PARTITION BY item ORDER BY at) AS stock
                  FROM event WHERE whole GROUP BY item, at) WHERE stock < 0
UNION ALL
SELECT item FROM (SELECT item, b, sum(sum(quantity)) OVER (PARTITION BY item ORDER BY b) AS stock
                  FROM event WHERE whole GROUP BY item, b) WHERE stock < 0;
