"""The demo's story: six chapters on the real parts, in words that a newcomer can follow.

`play` runs them; each chapter is one function in one file, in the order of `play.STORY`.
"""
