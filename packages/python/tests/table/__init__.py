"""One table of HTTP exchanges, with its handlers written once, for every framework.

Data and behaviour are apart: `exchanges` reads what happens and what has to come of it, `play`
plays it, `on_...` are the frameworks.
"""
