"""The rule material_balance."""

from capacityplan.rulebook.card import Card, Relation

CARD = Card(
    id="material_balance",
    statement=(
        "Nothing is consumed or shipped that is not there (bills of material included: consumption is"
        " derived from lots, so there is nothing else to check in them)."
    ),
    equation=(
        "stock_i(m) = stock + receipts + purchases + accepted lots + by-products - components - deliveries "
        ">= 0 at every minute of the window and every bucket end; components of operation k at the start of "
        "its first run: ceil(q_k / scale_i quantity / per_quantity / (1 - scrap) scale_c), of its "
        "recipe; by-products at completion: "
        "floor(q_last / scale_i quantity / per_quantity (1 - scrap) scale_c)"
    ),
    fields="Stock; Receipt; BomLine; Item.precision",
    given=("routing",),
    window=Relation.EXACT,
    tail=Relation.EXACT,
    remark="The bound works with continuous quantities and a disposal variable for rounding.",
    sources="Orlicky, Material Requirements Planning, 1975",
)
