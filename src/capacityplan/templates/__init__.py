"""Own instances with seeded generators."""
