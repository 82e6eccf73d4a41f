"""What registering would do: answered for one after another, as if it were done."""

from dataclasses import replace

from consent_ledger.matching.reading import NO_CONTACT
from consent_ledger.register.look_ups import Reply
from consent_ledger.register.register import (
    Asked,
    PossibleMatches,
    Register,
    RegisteredPerson,
    RegisterRows,
    demand_not_erased,
    differing,
    find,
)
from consent_ledger.register.tried import Tried
from schemas.blocks import Contact, Identity
from schemas.identifiers import (
    PassportNumber,
    ProviderId,
    new_passport_number,
    passport_number,
)


class TrialRegister:
    """Answers as a register would that had registered all whom it was asked for before.

    It issues and links nothing, and keeps no other transaction waiting. Who is known can see that
    somebody asked.
    """

    def __init__(self, register: Register) -> None:
        self._register = register
        self._tried = Tried()
        self._recognition = replace(register.recognition, tried=self._tried)

    def register(
        self,
        tx: RegisterRows,
        provider_id: ProviderId,
        identity: Identity,
        *,
        contact: Contact = NO_CONTACT,
        reference: str | None = None,
        carried: str | None = None,
        is_new: bool = False,
        is_returning: bool = False,
        has_consent: bool = False,
    ) -> RegisteredPerson | PossibleMatches:
        """Return what `Register.register` would; somebody new gets a number that is made up.

        It takes the same statements in the same order, whether somebody is known or not, unless the
        provider's own reference says it. Raises what `Register.register` does.
        """
        asked = self._register.asked(tx, provider_id, identity, contact, reference)
        known = None
        if asked.digest is not None:
            known = tx.by_reference(provider_id, asked.digest)
            known = known or self._tried.references.get(asked.digest)
        if known is not None:
            return self._by_reference(tx, asked, known)
        if carried is not None:
            return self._carried(tx, asked, passport_number(carried))
        if not is_returning:
            demand_not_erased(tx, asked)
        if is_new:
            return self._new(tx, asked)
        return self._found(tx, asked, has_consent=has_consent)

    def _by_reference(
        self, tx: RegisterRows, asked: Asked, known: PassportNumber
    ) -> RegisteredPerson:
        rows = () if known in self._tried.new else tx.numbers_of(known)
        shown = rows[0].participant_id if rows else known
        kept = self._recognition.opened(tx, [shown])
        if not self._recognition.against(tx, asked.told, kept, shown):
            self._recognition.would_keep(tx, asked.told, known, kept)
        return RegisteredPerson(known, is_new=False, doubts=asked.told.doubts)

    def _carried(
        self, tx: RegisterRows, asked: Asked, number: PassportNumber
    ) -> RegisteredPerson | PossibleMatches:
        differs, kept = differing(tx, self._recognition, asked, number)
        answer = Reply.BY_NUMBER if differs is None else Reply.POSSIBLE_MATCH
        tx.note_look_up(asked.provider_id, [number], answer)
        if differs is not None:
            return differs
        self._recognition.would_keep(tx, asked.told, number, kept)
        self._link(asked, number)
        return RegisteredPerson(number, is_new=False, doubts=asked.told.doubts)

    def _new(self, tx: RegisterRows, asked: Asked) -> RegisteredPerson:
        number = new_passport_number()
        self._tried.new.add(number)
        self._recognition.would_keep(tx, asked.told, number)
        self._link(asked, number)
        return RegisteredPerson(number, is_new=True, doubts=asked.told.doubts)

    def _found(
        self, tx: RegisterRows, asked: Asked, *, has_consent: bool
    ) -> RegisteredPerson | PossibleMatches:
        found = find(tx, self._recognition, asked)
        whom = found.possible.candidates if found.possible else (found.known,)
        answer = Reply.POSSIBLE_MATCH if found.possible else Reply.KNOWN
        known = {number for number in whom if number is not None}
        tx.note_look_up(asked.provider_id, known - self._tried.new, answer)
        number = found.known
        if found.possible is not None:
            if not has_consent or len(found.possible.candidates) > 1:
                return found.possible
            (number,) = found.possible.candidates
        if number is None:
            return self._new(tx, asked)
        self._recognition.would_keep(tx, asked.told, number, found.kept.get(number, ()))
        self._link(asked, number)
        is_new = found.possible is None
        return RegisteredPerson(number, is_new=is_new, doubts=asked.told.doubts)

    def _link(self, asked: Asked, number: PassportNumber) -> None:
        if asked.digest is not None:
            self._tried.references.setdefault(asked.digest, number)
