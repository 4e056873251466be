SELECT p.purchase FROM purchases p LEFT JOIN tier t ON t.purchase = p.purchase
WHERE t.purchase IS NULL OR p.order_by < 0
  OR p.arrives < p.order_by + t.lead_time_days * 1440 OR p.quantity < t.min_order
  OR (t.order_multiple > 0 AND p.quantity % t.order_multiple <> 0)
  OR (t.calendar <> '' AND NOT EXISTS (SELECT 1 FROM day_of d JOIN open_day o ON o.day = d.day
      WHERE d.minute = p.arrives AND o.calendar = t.calendar));
