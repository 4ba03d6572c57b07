"""One table of HTTP exchanges, with its handlers written once, for every framework.

The rows are those of `tests/conformance` of the repository. Data and behaviour are apart: `rows`
says what happens and what has to come of it, the rest plays it.
"""
