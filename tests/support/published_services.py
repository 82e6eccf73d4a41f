"""Services as organisations publish them in Open Referral UK 3.0, made up, with what one asks."""

import json
from typing import Any
from uuid import UUID

from deploy.directory.listing import Listing

ORGANISATION = UUID("00000000-0000-4000-8000-0000000000aa")


def number(place: int) -> str:
    """Return an id that a test can count by."""
    return str(UUID(int=place, version=4))


def published(place: int = 1, **changes: Any) -> dict[str, Any]:
    """Return a service of The Kettle Trust; each that is asked for has its own place."""
    service = {
        "id": number(place),
        "name": "Mentoring and confidence",
        "status": "active",
        "description": "Somebody to talk to while you look for work.",
        "assured_date": "2026-11-01",
        "organization": {
            "id": str(ORGANISATION),
            "name": "The Kettle Trust",
            "description": "A charity",
            "email": "office@kettle.example",
            "website": "https://kettle.example",
        },
    }
    return service | changes


def area(name: str) -> dict[str, str]:
    """Return an area that a service is for."""
    return {"id": number(900), "name": name}


def language(name: str) -> dict[str, str]:
    """Return a language in which a service is given."""
    return {"id": number(901), "name": name}


def term(name: str) -> dict[str, Any]:
    """Return what files a service under a term."""
    taxonomy_term = {"id": number(903), "name": name, "description": name}
    return {"id": number(902), "taxonomy_term": taxonomy_term}


def place(kind: str = "physical", access: str = "Step-free from the street") -> dict[str, Any]:
    """Return where a service is given; in its address is a person."""
    location = {
        "id": number(905),
        "location_type": kind,
        "name": "Fernmoor Hall",
        "latitude": 51.5,
        "longitude": -0.1,
        "addresses": [
            {
                "id": number(906),
                "attention": "Zaphod Beeblebrox",
                "address_1": "1 High Street",
                "city": "Fernmoor",
                "state_province": "London",
                "postal_code": "ZZ99 9ZZ",
                "country": "GB",
                "address_type": "physical",
            }
        ],
        "accessibility": [{"id": number(907), "description": access}],
    }
    return {"id": number(904), "location": location}


def as_file(*services: Any) -> bytes:
    """Return a page of services as a file."""
    return json.dumps({"contents": services}).encode()


def as_text(listing: Listing) -> str:
    """Return all that is kept of a service, as one text."""
    return listing.model_dump_json()
