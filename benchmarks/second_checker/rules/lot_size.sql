SELECT l.lot FROM lot l JOIN items i ON i.item = l.item
WHERE NOT l.in_progress AND (l.quantity < i.min_lot OR (i.max_lot > 0 AND l.quantity > i.max_lot)
  OR (i.lot_multiple > 0 AND l.quantity % i.lot_multiple <> 0));
