/*
 * Withdraw versus deliver: can a record still stand in a tray after its withdrawal was enforced?
 *
 * One participant, one agreement, one event, one category. The participant withdraws and grants
 * again while a provider publishes the event and corrects it; the filter that brings the two
 * together is killed, or is taken for dead and goes on all the same. Every order of every step is
 * tried. filter.pml is to be read beside consent_ledger/filter/shard.py: comments name the code of
 * each step, and the places between two steps by failpoints.Step.
 *
 * Claims, by the names that spin prints when one is broken:
 *   nothing_withdrawn_is_shown   once an entry is said to be enforced, the tray never holds what no
 *                                state of the ledger from that entry on opens
 *   the_tray_is_as_permitted     whenever the shard's rows say that nothing is left to do, the tray
 *                                holds what the ledger's last state opens, no more and no less, in
 *                                the highest revision, and the last entry is said to be enforced
 *   all_is_done                  when nothing more can happen, nothing is left to do
 * Searched with -DNP and -l there is one more: no history goes round for ever, so that each comes
 * to that end and every entry is enforced. With SHOWN_ALONE the first is the only one.
 *
 * This file as it stands is the design. Each name below, when it is defined, weakens it.
 *
 *   API_RETRACTS          the API writes the retraction itself, and says that it is enforced
 *   NO_OUTBOX             the API tells the filter of a change by a message, after the commit
 *   NOT_IDEMPOTENT        the broker takes a batch that is sent again for a new one
 *   NO_FENCE_AT_APPEND    the broker takes what a filter sends after it was replaced
 *   PERIODIC_REPAIR       (with the former) somebody compares tray and ledger, and mends
 *   CONSENT_CACHED        a successor goes by what it read of consent before it took over
 *   NO_FENCE_IN_SQL       the database takes what a filter commits after it was replaced
 *   DISCLOSED_AFTERWARDS  what was sent is written down when the turn is closed
 *   ABORTED_COUNTS        what a turn that was cut short meant to send is taken for sent
 *   ENFORCED_TOO_SOON     a change is said to be enforced when its turn is decided
 *   POSITION_TOO_SOON     an event is ticked off when it is read
 */

#ifndef ENTRIES
#define ENTRIES 2	/* in the ledger: a withdrawal, a new grant, ... */
#endif
#ifndef RECORDS
#define RECORDS 2	/* in the in-tray, each of the first revision or the second */
#endif
#ifndef FILTERS
#define FILTERS 2	/* processes that may be at work at once */
#endif
#ifndef FAULTS
#define FAULTS 2	/* kills, takeovers from a filter that is alive, batches sent again */
#endif
#define PLACES	(FILTERS + FAULTS)	/* for batches that nobody is left to wait for, too */
#define NOBODY	FILTERS

/* The event is granted at first; every other entry takes it back. */
#define is_open(entry)	((entry) % 2 == 0)

/* The ledger and its feed of changes: one transaction (consent_ledger/ledger.py, `append`). */
byte ledger;

/* The in-tray: the revision that each record holds. */
byte published;
byte in_tray[RECORDS];

/* The out-tray as its recipient has it: the event's revision; 0 is no record, or a tombstone. */
byte tray;

/* SQL (tables/delivery.py). Epochs only grow, so who raised one last is all that matters. */
byte holder = NOBODY;		/* shard.epoch */
bool has_open_turn;		/* shard.open_turn, where it sends something */
byte cursor, position;		/* shard.next_seq, position.next_offset */
byte enforced;			/* enforcement: the newest entry that is said to be enforced */
byte journal;			/* the highest revision */
byte disclosed;			/* the last disclosure: what the tray was to hold, as in `tray` */
bool is_confirmed = true;	/* false: its turn was cut short (aborted_turn) */

byte alive;
byte faults = FAULTS;
#ifdef NO_OUTBOX
bool is_rung;			/* the message, which is lost with whoever has it */
#endif

bool nothing_withdrawn_is_shown = true;
bool the_tray_is_as_permitted = true;
bool all_is_done = true;

inline check_what_is_shown()
{
	if
	:: tray && !is_open(enforced) && ledger == enforced ->
		nothing_withdrawn_is_shown = false;
		printf("    but entry %d is enforced, and the tray holds revision %d\n", enforced, tray)
	:: else
	fi;
	assert(nothing_withdrawn_is_shown)
}

inline write_tray(revision)
{
	tray = revision;
	check_what_is_shown()
}

inline say_enforced(entry)
{
	if
	:: enforced < entry ->
		enforced = entry;
		printf("    entry %d is said to be enforced\n", entry)
	:: else
	fi;
	check_what_is_shown()
}

#include "kafka.pml"
#include "filter.pml"

/* The provider: publishes, corrects, repeats itself, sends an older revision late. */
active proctype Provider()
{
	do
	:: atomic {
		published < RECORDS ->
		if
		:: in_tray[published] = 1
		:: in_tray[published] = 2
		fi;
		printf("provider: publishes revision %d\n", in_tray[published]);
		published++
	}
	:: published == RECORDS -> break
	od
}

/* The participant, by the API or the command line (consent.py). */
active proctype Participant()
{
	do
	:: atomic {
		ledger < ENTRIES ->
		ledger++;
		if
		:: is_open(ledger) -> printf("participant: grants again, entry %d\n", ledger)
		:: else -> printf("participant: withdraws, entry %d\n", ledger)
		fi
	};
#ifdef NO_OUTBOX
		if
		:: atomic { is_rung = true; printf("API: tells the filter\n") }
		:: printf("API: is killed before it tells the filter\n")
		fi
#endif
#ifdef API_RETRACTS
		if
		:: atomic {
			!is_open(ledger) ->
			printf("API: retracts, and says that entry %d is enforced\n", ledger);
			tray = 0;
			say_enforced(ledger)
		}
		:: is_open(ledger)
		fi
#endif
	:: ledger == ENTRIES -> break
	od
}

#ifdef PERIODIC_REPAIR
/* Compares at once and mends at once: better than any that could be built. */
active proctype Repair()
{
	do
	:: atomic {
		is_open(ledger) && tray != journal ->
		printf("repair: writes what is missing\n");
		write_tray(journal)
	}
	:: atomic {
		!is_open(ledger) && tray ->
		printf("repair: retracts what was withdrawn\n");
		write_tray(0)
	}
	:: break
	od
}
#endif

#ifndef SHOWN_ALONE
#define nothing_is_left	(cursor == ledger && position == published && !has_open_turn)
#define is_right	(tray == (is_open(ledger) -> journal + 0 : 0) && enforced == ledger)

/* Steps in when a claim is broken, and looks when nothing more can happen. */
active proctype Claims()
{
end:	do
	:: atomic {
		nothing_is_left && !is_right ->
		printf("the tray holds revision %d of %d, entry %d of %d is enforced\n",
			tray, journal, enforced, ledger);
		the_tray_is_as_permitted = false;
		assert(the_tray_is_as_permitted)
	}
	:: atomic {
		timeout ->
		printf("at rest\n");
		all_is_done = nothing_is_left;
		assert(all_is_done);
		break
	}
	od
}
#endif

init
{
	byte filter;
	atomic {
		do
		:: filter < FILTERS -> run Filter(filter); filter++
		:: else -> break
		od
	}
}
