"""People who do not exist and what happened to them, to show and to try the bus with.

Everything is decided by a seed: the same seed gives the same people, and more of them begin with
the same ones. `people` says who they are, `journeys` which doors they came to, `ilr_return` and
`history` what a college, a borough, a charity and a Jobcentre would hold about that.
"""
