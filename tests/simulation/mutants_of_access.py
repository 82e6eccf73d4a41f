"""Mutants of who may ask for what: no tray would be wrong, so each has a unit test."""

from typing import Final

from tests.simulation.mutant import Mutant
from tests.simulation.mutants_of_rules import RuleMutant

_CALLERS: Final = "tests.unit.web.test_callers"
_MEMBERS: Final = "tests.unit.broker.test_members"
_USERS: Final = "tests.unit.home.test_kafka_users"

MUTANTS_OF_ACCESS: Final = (
    RuleMutant(
        Mutant(
            "a key captures consent for any agreement",
            "deploy.web.guard.callers",
            "Caller.may_capture_for",
            "agreement_id in agreements",
            "True",
        ),
        _CALLERS,
        "test_a_key_captures_consent_for_the_agreements_of_its_scopes_alone",
    ),
    RuleMutant(
        Mutant(
            "a key for reading captures consent",
            "deploy.web.guard.callers",
            "Caller.agreements",
            "if scope.kind is ScopeKind.CONSENT",
            "",
        ),
        _CALLERS,
        "test_a_key_captures_consent_for_the_agreements_of_its_scopes_alone",
    ),
    RuleMutant(
        Mutant(
            "a key without a scope for consent gets through",
            "deploy.web.guard.callers",
            "Caller.demand_capture",
            "self.agreements() == frozenset()",
            "False",
        ),
        _CALLERS,
        "test_a_key_without_a_scope_for_consent_is_refused_at_once",
    ),
    RuleMutant(
        Mutant(
            "a key speaks for the services of any provider",
            "deploy.web.guard.callers",
            "Caller.demand_services_of",
            "Scope(ScopeKind.SERVICES, provider_id) not in self.key.scopes",
            "False",
        ),
        _CALLERS,
        "test_a_key_speaks_for_the_services_of_its_scopes_alone",
    ),
    RuleMutant(
        Mutant(
            "a key for publishing speaks for services",
            "deploy.web.guard.callers",
            "Caller.demand_services",
            "scope.kind is ScopeKind.SERVICES",
            "True",
        ),
        _CALLERS,
        "test_a_key_speaks_for_the_services_of_its_scopes_alone",
    ),
    RuleMutant(
        Mutant(
            "a recipient ends objections",
            "deploy.web.guard.callers",
            "Caller.demand_operator",
            "self.key is not None",
            "False",
        ),
        _CALLERS,
        "test_no_organisation_ends_an_objection",
    ),
    RuleMutant(
        Mutant(
            "what a key captures is entered as the hub's",
            "deploy.web.guard.callers",
            "Callers.caller_with",
            "return Caller(key)",
            "return Caller()",
        ),
        _CALLERS,
        "test_the_organisation_is_the_key_s",
    ),
    RuleMutant(
        Mutant(
            "a key never runs out",
            "consent_ledger.credentials.api_keys",
            "ApiKey.is_valid",
            "now < self.expires_at",
            "True",
        ),
        _CALLERS,
        "test_a_key_holds_until_its_end_and_until_it_is_revoked",
    ),
    RuleMutant(
        Mutant(
            "a key that is revoked goes on",
            "consent_ledger.credentials.api_keys",
            "ApiKey.is_valid",
            "self.revoked_at is None and ",
            "",
        ),
        _CALLERS,
        "test_a_key_holds_until_its_end_and_until_it_is_revoked",
    ),
    RuleMutant(
        Mutant(
            "who left publishes on",
            "deploy.operations.members",
            "_without",
            "one.id not in leaving",
            "True",
        ),
        _MEMBERS,
        "test_who_left_may_do_nothing_whatever_the_files_say",
    ),
    RuleMutant(
        Mutant(
            "who left reads on",
            "deploy.operations.members",
            "read_members",
            "if agreement.reader not in leaving",
            "",
        ),
        _MEMBERS,
        "test_who_left_may_do_nothing_whatever_the_files_say",
    ),
    RuleMutant(
        Mutant(
            "a service that nobody looked at is not sensitive",
            "deploy.operations.members",
            "_with_added",
            "sensitive=True",
            "sensitive=False",
        ),
        _MEMBERS,
        "test_who_was_added_has_trays_and_one_service_that_counts_as_sensitive",
    ),
    RuleMutant(
        Mutant(
            "the old password is handed out after a new one was made",
            "deploy.home.kafka_users",
            "KafkaUsers._newest",
            "max(",
            "min(",
        ),
        _USERS,
        "test_the_newest_password_is_the_one_to_come_with",
    ),
)
