"""The demo's story: six chapters on the real parts, told so that a person can follow it.

`play` runs them; each chapter is one function in one file, in the order of `play.STORY`.
"""
