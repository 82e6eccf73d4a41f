"""The providers and their services, and which services are sensitive.

A reviewed YAML file says so: a service is marked by a person who knows it, never guessed from its
name. For a sensitive service the fact of using it is itself special-category data.
"""

from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.errors import BusError
from schemas.events import CheckedProviderId, CheckedServiceId
from schemas.identifiers import ServiceId
from schemas.yaml_file import read_yaml

Name = Annotated[str, Field(min_length=1, max_length=100)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,60}$")]
Ukprn = Annotated[str, Field(pattern=r"^[1-9][0-9]{7}$")]
"""UK Provider Reference Number: 8 digits; a provider that sends an ILR return has one."""


class ServicesError(BusError):
    """A file of providers and services that cannot be taken; nothing of it is."""


class _StrictEntry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Provider(_StrictEntry):
    """An organisation that publishes events."""

    id: CheckedProviderId
    name: Name
    ukprn: Ukprn | None = None


class Service(_StrictEntry):
    """Something a provider offers. `id` is the provider's, a dot and the service's own slug."""

    id: CheckedServiceId
    name: Name
    sensitive: bool


class Directory(_StrictEntry):
    """Every provider and every service on the bus, in the order of the file."""

    providers: tuple[Provider, ...]
    services: tuple[Service, ...]


class _ServiceEntry(_StrictEntry):
    name: Name
    sensitive: bool


class _ProviderEntry(_StrictEntry):
    name: Name
    ukprn: Ukprn | None = None
    services: Annotated[dict[Slug, _ServiceEntry], Field(min_length=1)]


class _File(_StrictEntry):
    """The file's form: providers by id, and in each its services by slug."""

    providers: Annotated[dict[CheckedProviderId, _ProviderEntry], Field(min_length=1)]

    @model_validator(mode="after")
    def _check(self) -> Self:
        known = [entry.ukprn for entry in self.providers.values() if entry.ukprn is not None]
        shared = sorted({one for one in known if known.count(one) > 1})
        if shared:
            raise ValueError(f"two providers have the same UKPRN: {', '.join(shared)}")
        return self


def load_services(path: Path) -> Directory:
    """Read the file of providers and services.

    Raises ServicesError when it cannot be read, is not YAML, or breaks a rule; names every fault.
    """
    read = read_yaml(path, _File, "list of services", ServicesError).providers
    return Directory(
        providers=tuple(
            Provider(id=provider_id, name=entry.name, ukprn=entry.ukprn)
            for provider_id, entry in read.items()
        ),
        services=tuple(
            Service(
                id=ServiceId(f"{provider_id}.{slug}"),
                name=service.name,
                sensitive=service.sensitive,
            )
            for provider_id, entry in read.items()
            for slug, service in entry.services.items()
        ),
    )
