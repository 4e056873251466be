"""The minute engine: arrays, decoder, dispatch and local search."""
