SELECT g.storage, s.t FROM stock_end s JOIN items i ON i.item = s.item JOIN storages g ON g.storage = i.storage
JOIN scale c ON c.item = s.item
GROUP BY g.storage, s.t HAVING above(exact_sum(over(s.whole, c.scale)), g.capacity);
