-- Nothing fresh enough to take, or at a bucket's end less than what expired leaves, where what was released would do.
WITH short AS (
  SELECT item FROM (SELECT item, sum(sum(quantity)) OVER (PARTITION BY item ORDER BY at) AS free
                    FROM event WHERE released GROUP BY item, at) WHERE free < 0
  UNION
  SELECT item FROM (SELECT item, sum(sum(quantity)) OVER (PARTITION BY item ORDER BY b) AS free
                    FROM event WHERE released GROUP BY item, b) WHERE free < 0)
SELECT item FROM stale
UNION ALL
SELECT item FROM stock_end WHERE free < 0 AND item NOT IN (SELECT item FROM short);
