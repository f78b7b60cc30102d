"""Ways in beside the single order: opinion collection (意见建议征集), public surveys (民意调查), restricted callers.

May import `orders` and what lies below it.
Read first: `models` (tables), `actions` (what changes them), `queries` (what reads them).
"""
