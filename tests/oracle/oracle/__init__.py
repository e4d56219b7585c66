"""A slow, obvious evaluator of Sigma, written from docs/sigma-semantics.md.

It shares no code with the engine. Row names in comments (V4, M10 ...) are those of that page.
"""
