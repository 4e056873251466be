SELECT d.lot FROM (SELECT lot, item, min(start) AS start, min(first_bucket) AS bucket, in_tail FROM done
                   WHERE k > 0 GROUP BY lot) d
JOIN lot l ON l.lot = d.lot JOIN items i ON i.item = d.item LEFT JOIN bucket b ON b.t = d.bucket
WHERE NOT l.in_progress AND CASE WHEN d.in_tail THEN b.ends <= i.phase_in OR b.begins >= i.phase_out
                            ELSE d.start < i.phase_in OR d.start >= i.phase_out END;
