"""Passport numbers, referral references and event ids: made, checked, derived.

The check character is a weighted sum modulo the prime 37, so that one wrong character and two
swapped neighbours are always found. Bodies whose check would fall outside Crockford's base32 are
not issued, nor taken: numbers stay within A-Z and 0-9, and the ILR's ProvSpecLearnMon takes a
reference as is.
"""

import re
import secrets
from contextlib import suppress
from typing import Final, NewType

from schemas.errors import MalformedError

PassportNumber = NewType("PassportNumber", str)
"""A participant's real number, `NWD-XXXX-XXXX-C`. A pseudonymous tray never shows it."""
TrayPseudonym = NewType("TrayPseudonym", str)
"""What one pseudonymous tray calls a participant: a keyed hash, different in each tray."""
TrayName = PassportNumber | TrayPseudonym
"""What a tray calls a participant: the number if the tray is named, else a pseudonym."""
EventId = NewType("EventId", str)
AgreementId = NewType("AgreementId", str)
"""`<recipient>.<purpose>`."""
ProviderId = NewType("ProviderId", str)
OrganisationId = NewType("OrganisationId", str)
"""A provider, or whoever reads an agreement's tray."""
ServiceId = NewType("ServiceId", str)
"""`<provider>.<service>`."""
TopicName = NewType("TopicName", str)
LedgerIndex = NewType("LedgerIndex", int)
"""The place of an entry in the ledger, from 0."""
LARGEST_ENTRY: Final = LedgerIndex(2**53 - 1)
"""The greatest place that is asked for: greater numbers are not exact in JSON (RFC 8259, 6)."""

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford base32: no I, L, O or U, which are misread or make words."""

_VALUES: Final = {character: value for value, character in enumerate(ALPHABET)}
_CHECK_SYMBOLS: Final = ALPHABET + "*~$=U"
"""A character has the same value in body and check, which is what finds a swap of the two."""

_MISREAD: Final = str.maketrans("ILO", "110")
_MISREAD_BYTES: Final = bytes.maketrans(b"ILO", b"110")
_PRIME: Final = 37
_PASSPORT: Final = re.compile(f"NWD-([{ALPHABET}]{{4}})-([{ALPHABET}]{{4}})-([{ALPHABET}])")
_PASSPORT_LENGTH: Final = len("NWDXXXXXXXXC")
_ANYWHERE: Final = re.compile(
    rb"NWD[\s-]?[0-9A-Z]{4}[\s-]?[0-9A-Z]{4}[\s-]?[0-9A-Z]", re.IGNORECASE
)
_APART: Final = b"- \t\r\n"
_REFERRAL: Final = re.compile(f"R([{ALPHABET}]{{9}})([{ALPHABET}])")
_PROVIDER: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_PROVIDER_MAX: Final = 31
_SERVICE: Final = re.compile(r"[a-z][a-z0-9-]{0,30}\.[a-z0-9][a-z0-9-]{0,60}")
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def new_passport_number() -> PassportNumber:
    """Return a random passport number, `NWD-XXXX-XXXX-C`. Uniqueness is the register's matter."""
    body, check = _body_with_check(8)
    return PassportNumber(f"NWD-{body[:4]}-{body[4:]}-{check}")


def new_referral_ref() -> str:
    """Return a random referral reference of 11 characters A-Z and 0-9."""
    body, check = _body_with_check(9)
    return f"R{body}{check}"


def passport_number(text: str) -> PassportNumber:
    """Return a passport number that a person typed, in its printed form. Raises MalformedError.

    Accepts lower case, missing hyphens or prefix, and the letters I, L and O for 1, 1 and 0.
    """
    bare = re.sub(r"[\s-]", "", text.upper())
    if len(bare) == _PASSPORT_LENGTH:  # shorter, NWD may be how the number itself begins
        bare = bare.removeprefix("NWD")
    if len(bare) == 9:  # noqa: PLR2004 - 8 characters and the check character
        body, check = bare[:8].translate(_MISREAD), bare[8].translate(_MISREAD)
        printed = f"NWD-{body[:4]}-{body[4:]}-{check}"
        if is_passport_number(printed):
            return PassportNumber(printed)
    raise MalformedError(
        "That is not a passport number.",
        "It looks like NWD-XXXX-XXXX-C; the last character guards against typing errors.",
    )


def is_passport_number(text: str) -> bool:
    """Return whether a text is a passport number in printed form, check character included."""
    match = _PASSPORT.fullmatch(text)
    return match is not None and _check(match[1] + match[2]) == match[3]


def numbers_in(data: bytes) -> set[PassportNumber]:
    """Return the passport numbers in bytes of any kind, with or without hyphens and spaces."""
    numbers = set()
    for match in _ANYWHERE.finditer(data):
        with suppress(MalformedError):
            numbers.add(passport_number(match[0].decode("ascii")))
    return numbers


def holds_number(data: bytes, number: PassportNumber) -> bool:
    """Return whether bytes of any kind hold a passport number, with or without its prefix."""
    bare = number.removeprefix("NWD").replace("-", "").encode()
    return bare in data.upper().translate(_MISREAD_BYTES, _APART)


def is_referral_ref(text: str) -> bool:
    """Return whether the text is a referral reference, check character included."""
    match = _REFERRAL.fullmatch(text)
    return match is not None and _check(match[1]) == match[2]


def is_provider_id(text: str) -> bool:
    """Return whether the text is a provider's slug, such as `college-c`."""
    return len(text) <= _PROVIDER_MAX and _PROVIDER.fullmatch(text) is not None


def is_service_id(text: str) -> bool:
    """Return whether the text is a service's id, `<provider>.<service>`."""
    return _SERVICE.fullmatch(text) is not None


def is_event_id(text: str) -> bool:
    """Return whether the text is an event id: a UUID in lower case, which says nothing more."""
    return _UUID.fullmatch(text) is not None


def _body_with_check(length: int) -> tuple[str, str]:
    while True:
        body = "".join(secrets.choice(ALPHABET) for _ in range(length))
        check = _check(body)
        if check in ALPHABET:
            return body, check


def _check(body: str) -> str:
    """Return the weighted check character: the prime modulus finds any one wrong character."""
    total = 0
    for weight, character in enumerate(reversed(body), start=2):
        total += weight * _VALUES[character]
    return _CHECK_SYMBOLS[total % _PRIME]
