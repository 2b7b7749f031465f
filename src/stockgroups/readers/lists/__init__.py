"""Lists of constituents and histories of universes, as people and packages keep them."""
