-- A ledger that is stated says what the plan costs: here by category and in sum.
SELECT category FROM (
  SELECT category, exact_sum(amount) AS amount FROM (
    SELECT category, amount FROM charge UNION ALL SELECT category, times(-1, amount) FROM stated)
  GROUP BY category) WHERE EXISTS (SELECT 1 FROM stated) AND (above(amount, 0) OR above(0, amount));
