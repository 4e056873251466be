SELECT d.lot FROM (SELECT lot, item, min(start) AS start, min(first_bucket) AS bucket, in_tail FROM done
                   WHERE k > 0 GROUP BY lot) d
JOIN lot l ON l.lot = d.lot JOIN span i ON i.item = l.item AND i.version = l.version LEFT JOIN bucket b ON b.t = d.bucket
WHERE NOT l.in_progress AND CASE WHEN d.in_tail THEN b.ends <= i.since OR b.begins >= i.until
                            ELSE d.start < i.since OR d.start >= i.until END;
