"""The lifecycle room: what may happen to an order (工单生命周期). Pure; imports only the rulebook room.

`decide` says what a command does (events or a refusal, each with its articles), `evolve` applies an event to a state.
Read first: `COMMANDS`, `decide`, `OrderState`.
"""
