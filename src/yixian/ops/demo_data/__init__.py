"""The demo's data: five hotlines with their units and staff, and topics with own-written sentences."""
