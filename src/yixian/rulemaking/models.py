"""The tables of rulemaking."""
