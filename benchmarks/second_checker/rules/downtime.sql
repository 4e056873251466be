SELECT d.downtime FROM downtimes d LEFT JOIN maintenance m ON m.downtime = d.downtime, setting z
WHERE d.flexible_from IS NOT NULL
GROUP BY d.downtime HAVING count(m.downtime) > 1 OR (count(m.downtime) = 0 AND d.flexible_to <= z.H)
UNION ALL
SELECT m.downtime FROM maintenance m LEFT JOIN downtimes d ON d.downtime = m.downtime
WHERE d.downtime IS NULL OR m.resource <> d.resource OR m."end" - m.start <> d.minutes
   OR m.start < d.flexible_from OR m."end" > d.flexible_to;
