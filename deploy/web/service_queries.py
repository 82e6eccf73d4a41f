"""What the directory is asked over HTTP, by its page and by its API: nothing about a person."""

from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from deploy.directory.listing import ListingKind
from deploy.directory.look_up import ServiceSearch

LAST_PAGE: Final = 500
_PATTERN: Final = r"^[^\x00-\x1f\x7f]*$"


def _given(value: Any) -> Any:
    """Return None for what a form's field sends that nobody filled in."""
    return None if value == "" else value


Words = Annotated[
    Annotated[str, Field(max_length=100, pattern=_PATTERN)] | None, BeforeValidator(_given)
]


class PageQuery(BaseModel):
    """A search from the page: what it does not know, such as a mark of a newsletter, it ignores."""

    need: Words = Field(None, description="Words of the help that is looked for.")
    borough: Words = Field(None, description="The area that it must be for, such as Camden.")
    language: Words = Field(None, description="The language in which it is given.")
    access: Words = Field(None, description="Words of how one gets in: wheelchair, online.")
    kind: Annotated[ListingKind | None, BeforeValidator(_given)] = Field(
        None, description="Services, or opportunities of one kind."
    )
    service: Words = Field(None, description="The bus's service that it describes: borough-d.jobs.")
    page: int = Field(1, ge=1, le=LAST_PAGE)

    def search(self) -> ServiceSearch:
        """Return what is searched."""
        return ServiceSearch.model_validate(self.model_dump(exclude={"page"}))


class ServiceQuery(PageQuery):
    """A search over the API: a parameter that it does not know is refused, whatever it is about."""

    model_config = ConfigDict(extra="forbid")
