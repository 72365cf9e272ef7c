"""How good the own model's pictures are, in figures that anyone can measure again."""
