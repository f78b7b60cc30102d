"""Who takes part: platforms in a tree, units (承办单位), users, roles, data scopes; requesters (诉求人) and the vault.

May import `rulebook`. Personal data is encrypted at rest, found by keyed hash and masked unless unmasked with a reason.
Read first: `models` (tables), `actions` (what changes them), `vault` (personal data).
"""
