"""The slash commands of comments, carried out; what their text means and who may give them is `chatops`.

`responding` takes a comment and writes the reply; `commented` is what it looks at; `obeying` says which function
answers a command, given as an `order.Order`. These lie by what they are about: `training`, `rejudging`, `waiving`,
`releasing`, and `answering` and `dashboard`, which write nothing. `parsing` is `merganser command --parse`.
"""
