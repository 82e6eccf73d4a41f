"""The one environment of all templates: everything that is filled in is escaped."""

from base64 import b64encode
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from deploy.pages.days import last_day, london_day, london_time
from deploy.pages.text import clean

_FOLDER: Final = Path(__file__).parent
_STYLE: Final = (_FOLDER / "style.css").read_text("utf-8")
STYLE_SOURCE: Final = f"'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'"
"""The one style that a browser applies to a page that it is served: Content-Security-Policy."""


def _shown(value: object) -> str:
    """Return what is filled in without control characters; a macro's result is markup already."""
    return value if isinstance(value, Markup) else clean(str(value))


_ENVIRONMENT: Final = Environment(
    loader=FileSystemLoader(_FOLDER),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=_shown,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters |= {
    "last_day": last_day,
    "london_day": london_day,
    "london_time": london_time,
    "moment": datetime.fromisoformat,
    "sentence": lambda text: text[:1].upper() + text[1:],
}
_ENVIRONMENT.globals["style"] = Markup(_STYLE)  # noqa: S704 - a file of ours


def render(template: str, **values: Any) -> str:
    """Return the page of the template in that file, such as `receipt.html`, with values filled in.

    A name that the template asks for and is not given is an error.
    """
    return _ENVIRONMENT.get_template(template).render(**values)
