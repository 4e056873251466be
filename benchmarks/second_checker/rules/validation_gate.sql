SELECT h.object FROM held h JOIN inspection_plan i ON i.stage = 'validation' AND i.item = h.item
JOIN freed f ON f.inspection = i.inspection WHERE h.kind = 'lot' AND h.released < f.released;
