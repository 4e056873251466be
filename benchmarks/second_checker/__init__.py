"""A second checker, in SQL, written from docs/model.md alone: no line of `capacityplan.verify` is used."""
