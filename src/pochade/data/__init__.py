"""Training data: shards, splits, the ledger of where every sample came from, and the packed copy that training reads.

Knows nothing of scenes and renderers; `studio.dataset` joins the two.
"""
