"""The desks (工作台): what each role must do next, by due time, worked without leaving the page.

A desk is data (`table.Desk`): tabs, each a filter of the list of orders, and a panel of its own beside the order. May
read every room below web's pages; decides nothing.

Read first: `table.DESKS`, `listing.page`, `pages.desk.show`.
"""
