-- Day 1 of the proleptic calendar is a Monday.
SELECT p.supplier FROM purchases p JOIN tier t ON t.purchase = p.purchase JOIN day_of d ON d.minute = p.arrives
GROUP BY p.supplier, p.item, (d.day - 1) / 7 HAVING sum(p.quantity) > min(t.capacity_per_week);
