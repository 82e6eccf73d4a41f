"""The rest of a path, whatever it has.

Starlette's own form `path` stops at the end of a line: a path with one would be no route of ours,
and its answer none that is declared.
"""

from typing import ClassVar, Final

from starlette.convertors import PathConvertor, register_url_convertor

ANY_PATH: Final = "any_path"
"""The form of such a part of a route's path."""


class AnyPathConvertor(PathConvertor):
    """Takes every character, ends of lines too."""

    regex: ClassVar[str] = "(?s:.*)"


register_url_convertor(ANY_PATH, AnyPathConvertor())
