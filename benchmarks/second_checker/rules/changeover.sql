SELECT s.lot FROM sequence s JOIN resources x ON x.resource = s.resource
WHERE s.unlisted OR s.setup > CASE WHEN x.setup_in_breaks THEN s.start - s.setup_start
  ELSE coalesce((SELECT sum(max(0, min(s.start, w.ends) - max(s.setup_start, w.begins))) FROM working w
                 WHERE w.resource = s.resource), 0) END
UNION ALL
SELECT resource FROM tail_changeover WHERE unlisted;
