"""The canonical words of the world, by kind. Synonyms, plurals and spellings live in `lexicon.toml`.

Everything listed here can be painted; a test paints each word. Order is the order of listings.
"""

from __future__ import annotations

PRODUCTS: tuple[str, ...] = (
    "bottle", "wine bottle", "wine glass", "tumbler", "vase", "bowl", "plate", "mug", "cup and saucer", "teapot",
    "jug", "jar", "perfume bottle", "soap bar", "candle", "candlestick", "table lamp", "lantern", "book",
    "stack of books", "gift box", "cardboard box", "can", "spoon", "ring", "watch face", "ball", "cube",
    "cylinder", "cone", "pyramid", "torus", "chess pawn", "dice", "coin stack", "gear", "shell", "pebble",
    "crystal", "feather", "potted plant", "flower in a vase",
)  # fmt: skip

FOOD: tuple[str, ...] = (
    "apple", "orange", "lemon", "lime", "pear", "peach", "banana", "cherry", "grapes", "strawberry", "blueberry",
    "watermelon slice", "avocado half", "tomato", "carrot", "egg", "bread loaf", "croissant", "cookie", "donut",
    "cupcake", "layer cake", "pancake stack", "burger", "pizza", "cheese wedge", "sushi roll", "ice-cream cone",
    "cup of coffee", "glass of juice", "glass of red wine", "bowl of soup",
)  # fmt: skip

LANDSCAPES: tuple[str, ...] = (
    "mountain range", "snowy peaks", "rolling hills", "meadow", "desert dunes", "canyon", "sea", "beach", "cliffs",
    "lake", "river valley", "island", "pine forest", "birch grove", "lone tree", "glacier", "volcano", "rice terraces",
)  # fmt: skip

PLACES: tuple[str, ...] = (
    "sunlit room", "gallery", "arcade of columns", "neon corridor", "candlelit table", "tiled courtyard", "wet city street",
)  # fmt: skip

MATERIALS: tuple[str, ...] = (
    "gold", "silver", "copper", "brass", "bronze", "chrome", "brushed steel", "aluminium", "rusty iron",
    "clear glass", "frosted glass", "coloured glass", "cut glass", "porcelain", "glazed ceramic", "terracotta", "clay",
    "matte plastic", "glossy plastic", "rubber", "oak", "walnut", "pine", "bamboo", "white marble", "black marble",
    "granite", "slate", "concrete", "sandstone", "jade", "wax", "paper", "cardboard", "leather", "velvet", "linen", "ice",
)  # fmt: skip

COLORS: tuple[str, ...] = (
    "red", "orange", "yellow", "green", "blue", "purple", "pink", "white", "black", "grey", "brown", "beige",
    "turquoise", "teal", "navy blue", "sky blue", "burgundy", "magenta", "lime green", "olive green", "lavender",
    "coral", "cream", "mustard yellow",
)  # fmt: skip

SURFACES: tuple[str, ...] = (
    "marble table", "black marble table", "oak table", "walnut table", "pine table", "concrete floor", "slate slab", "granite counter",
    "linen tablecloth", "velvet cloth", "leather desk", "glass table", "brushed steel counter", "white studio floor",
    "black studio floor", "tiled floor", "sand", "grass", "snow", "wet asphalt", "cobblestones", "mirror", "terracotta tiles",
    "wooden floor",
)  # fmt: skip

DYED_SURFACES: tuple[str, ...] = ("linen tablecloth", "velvet cloth", "leather desk", "oak table")
"""Surfaces that a colour word changes: cloth and leather are dyed, a table of no stated wood is lacquered. Others keep their own colour."""

LIGHTS: tuple[str, ...] = (
    "noon", "morning", "golden hour", "sunset", "dusk", "overcast", "storm", "moonlight", "starry night", "aurora",
    "softbox", "hard spotlight", "rim light", "backlight", "candlelight", "firelight", "neon", "window light",
    "light through blinds", "dappled shade", "coloured gels", "fog",
)  # fmt: skip
"""All of them light things; landscapes take the first ten and fog."""

OUTDOOR_LIGHTS: tuple[str, ...] = (*LIGHTS[:10], "fog")

VIEWS: tuple[str, ...] = (
    "close-up", "macro", "shallow depth of field", "eye level", "low angle", "top-down", "wide shot", "three-quarter", "symmetrical",
)  # fmt: skip

MOODS: tuple[str, ...] = ("high key", "low key", "minimal", "black and white", "warm", "cool")

TINTABLE_MATERIALS: tuple[str, ...] = (
    "coloured glass", "frosted glass", "cut glass", "porcelain", "glazed ceramic", "clay", "matte plastic", "glossy plastic",
    "rubber", "wax", "paper", "leather", "velvet", "linen",
)  # fmt: skip
"""Materials that a colour word may dye: "a red rubber ball". The others keep their own colour."""
