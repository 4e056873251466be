SELECT s.lot FROM lot_step s JOIN runs r ON r.lot = s.lot AND r.operation = s.operation
WHERE r.start < s.artwork_approved_on
UNION ALL
SELECT s.lot FROM lot_step s JOIN done d ON d.lot = s.lot AND d.operation = s.operation
JOIN bucket b ON b.t = d.first_bucket WHERE b.ends <= s.artwork_approved_on;
