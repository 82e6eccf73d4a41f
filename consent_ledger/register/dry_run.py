"""What registering would do: answered for one set after another, as if it were done."""

from collections.abc import Sequence

from typing_extensions import override

from consent_ledger.register.answered import Answered
from consent_ledger.register.asked import Registrant
from consent_ledger.register.changes import Changes
from consent_ledger.register.looked import look
from consent_ledger.register.register import Register, Registering, people
from consent_ledger.register.register_rows import RegisterRows
from schemas.identifiers import ProviderId


class TrialRegister(Registering):
    """Answers as a register would that had registered all whom it was asked for before.

    It issues and links nothing, and keeps no other transaction waiting; somebody new gets a number
    that is made up. Who is known can see that somebody asked. It takes the same statements in the
    same order, whether somebody is known or not.
    """

    def __init__(self, register: Register) -> None:
        self._register = register
        self._changes = Changes()

    @override
    def register_all(
        self, tx: RegisterRows, provider_id: ProviderId, registrants: Sequence[Registrant]
    ) -> list[Answered]:
        asked = self._register.asked(tx, provider_id, registrants)
        looked = look(tx, people(asked), self._changes)
        answers = self._register.answer_all(looked, asked, self._changes, tx.now().date())
        noted = self._changes.looked_up
        tx.note_look_ups(
            provider_id, [one for one in noted if one.participant_id not in self._changes.people]
        )
        noted.clear()
        return answers
