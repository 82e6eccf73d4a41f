"""People at a door as a strategy: alike and unlike, so that most of a file concerns its others."""

from datetime import date
from typing import Final

from hypothesis import strategies as st

from consent_ledger.register.asked import Registrant
from schemas.blocks import Contact, Identity

GIVEN: Final = ("Adaeze", "Adaeze Grace", "Bilal", "Nwosu")
FAMILY: Final = ("Nwosu", "Nwosou", "Okafor", "Adaeze")
BORN: Final = (date(1991, 3, 4), date(1991, 4, 3), date(1958, 7, 2), date(2031, 1, 2), None)
ULNS: Final = ("1000000000", "1000000019", "9999999999", None)
POSTCODES: Final = ("E8 3RH", "E8 3RJ", None)

IDENTITIES: Final = st.builds(
    Identity,
    given_names=st.sampled_from(GIVEN),
    family_name=st.sampled_from(FAMILY),
    date_of_birth=st.sampled_from(BORN),
    uln=st.sampled_from(ULNS),
)
CONTACTS: Final = st.builds(Contact, postcode=st.sampled_from(POSTCODES))
REGISTRANTS: Final = st.builds(
    Registrant,
    IDENTITIES,
    CONTACTS,
    st.sampled_from(("1", "2", "3", "4", "5", None)),
    is_new=st.sampled_from((False, False, False, True)),
    is_returning=st.sampled_from((False, False, False, True)),
    has_consent=st.booleans(),
)
