SELECT d.ship_from FROM deliveries x JOIN demand d ON d.demand = x.demand
JOIN ship_place s ON s.minute = x.ship
LEFT JOIN dock_room r ON r.dock = d.ship_from AND r.place = s.place
WHERE d.ship_from <> '' GROUP BY d.ship_from, s.place
HAVING count(DISTINCT d.customer) > coalesce(max(r.room), 0);
