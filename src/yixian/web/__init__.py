"""The pages, server-rendered in Chinese: shell, components, lists, details and forms.

May import every room below; knows no rule of its own. `web` and `api` never import each other.
Read first: `urls` (what is where), `pages` (thin views), `templates/web/` (shell and components).
"""
