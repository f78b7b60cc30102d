"""The JSON API under `/api/v1/`: thin endpoints made from the command definitions, problem details with `basis`.

May import every room below; knows no rule of its own. `web` and `api` never import each other.
Read first: `urls` (what is where), `commands` (one endpoint per command), `problems` (errors, RFC 9457).
"""
