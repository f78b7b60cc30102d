"""The views: parse, call one action or query, render. Who may open each is declared on it with `access.needs`."""
