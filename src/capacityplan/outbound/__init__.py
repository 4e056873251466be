"""Plans to other systems: verified orders as their import files (docs/exporting.md)."""

from capacityplan.outbound.export import SYSTEMS, Exported, export, published_orders, settled_layout

__all__ = ["SYSTEMS", "Exported", "export", "published_orders", "settled_layout"]
