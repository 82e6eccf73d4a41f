/* Part of withdraw_versus_deliver.pml: a process of the filter, as consent_ledger/filter has it. */

/* filter/progress.py, `take_over`; then the positions are read. */
inline take_over_sql()
{
	holder = me;
#if !defined(ABORTED_COUNTS) && !defined(DISCLOSED_AFTERWARDS)	/* then it has no row to doubt */
	is_confirmed = is_confirmed && !has_open_turn;
#endif
	has_open_turn = false;
	next = position;
	printf("filter %d: takes over in SQL\n", me)
}

/* filter/batch.py, `prepare`, and filter/planning.py, `plan`. */
inline decide()
{
	if
	:: record > journal -> journal = record
	:: else
	fi;
	content = (is_open(standing) -> journal : 0);
	writes = (record && record == journal || is_scoped) && !(is_confirmed && content == disclosed);
	if
	:: writes ->
		printf("filter %d: will write revision %d, by entry %d\n", me, content, standing);
		has_open_turn = true;
#ifndef DISCLOSED_AFTERWARDS
		disclosed = content;	/* before it is sent: disclosures.py, `add_disclosures` */
		is_confirmed = true
#endif
	:: else ->
		printf("filter %d: has nothing to write, by entry %d\n", me, standing);
		content = 0
	fi
}

#define has_died	faults > 0 -> faults--; printf("filter %d: is killed\n", me); goto down
#ifdef NO_FENCE_IN_SQL
#define is_holder	true
#else
#define is_holder	(holder == me)
#endif

/* A process of the filter. Started: when no other is alive, or when somebody takes it for dead. */
proctype Filter(byte me)
{
	byte next;		/* the next record to read, in the consumer's memory */
	byte record;		/* the revision that was read, 0 for none */
	byte changes_to;	/* the newest entry that the turn has read as a change */
	byte standing;		/* the entry that the turn decides under */
	byte content;		/* what the turn sends */
	bool is_scoped;		/* the journal is asked for the person's events */
	bool writes;
	byte at;
#ifdef CONSENT_CACHED
	byte cached;
#endif
#ifdef NO_OUTBOX
	bool has_heard;
#endif

end_down:
#ifdef CONSENT_CACHED
	cached = ledger;
#endif
	atomic {
		if
		:: alive == 0 && me == 0
		:: alive && faults -> faults--
		fi;
		alive++;
		take_over_log()
	}
	if
	:: atomic { take_over_sql() }
	:: atomic { has_died }
	fi;

end_idle: do
	/* Shard.turn: Log.poll; AFTER_READ, where only memory can be lost; Shard._agenda. */
	:: atomic {
#ifdef NO_OUTBOX
		next < published || is_rung ->
#else
		next < published || cursor < ledger ->
#endif
		if
		:: next < published ->
			record = in_tray[next];
			next++;
			printf("filter %d: reads revision %d\n", me, record)
		:: next == published
		fi;
		changes_to = ledger;
#ifdef POSITION_TOO_SOON
		position = next;
#endif
#ifdef NO_OUTBOX
		has_heard = is_rung;
		is_rung = false
#endif
	};
		/* One transaction. A later statement sees what was committed since the one before, so that
		 * the standing may be newer than the changes: those that were there when the turn began,
		 * or all. BEFORE_JOURNAL rolls back. */
		if
		:: atomic {
			!is_holder ->
			printf("filter %d: is fenced in SQL\n", me);
			goto down
		}
		:: atomic {
			is_holder ->
			if
			:: changes_to < cursor -> changes_to = cursor
			:: else
			fi;
			if
			:: changes_to = ledger
			:: changes_to = changes_to
			fi;
#ifdef NO_OUTBOX
			is_scoped = has_heard;
#else
			is_scoped = cursor < changes_to;
#endif
			standing = ledger;
#ifdef CONSENT_CACHED
			cached = (is_scoped -> changes_to : cached);
			standing = cached;
#endif
			decide();
			record = 0;
			standing = 0;
#ifdef ENFORCED_TOO_SOON
			say_enforced(changes_to)
#endif
		}
		:: atomic { has_died }
		fi;
		/* AFTER_JOURNAL. Shard._send: Log.append returns when the broker has answered. */
		if
		:: !writes
		:: atomic { writes -> send_batch() };
			do
			:: atomic { is_acknowledged[me] -> is_acknowledged[me] = false; break }
			:: atomic {
				is_refused[me] ->
				printf("filter %d: is fenced in Kafka\n", me);
				goto down
			}
			:: atomic {
				!is_acknowledged[me] && !is_refused[me] && faults ->
				faults--;
				printf("filter %d: has no answer and sends again\n", me);
				send_batch()
			}
			:: atomic { has_died }
			od
		:: atomic { has_died }
		fi;
		/* AFTER_APPEND. Transaction.close_turn; BEFORE_POSITIONS rolls it back. */
		if
		:: atomic {
			!is_holder ->
			printf("filter %d: is fenced in SQL\n", me);
			goto down
		}
		:: atomic {
			is_holder ->
#ifdef DISCLOSED_AFTERWARDS
			if
			:: writes -> disclosed = content; is_confirmed = true
			:: else
			fi;
#endif
			has_open_turn = false;
			position = next;
			cursor = changes_to;
#ifdef NO_OUTBOX
			if
			:: is_scoped -> say_enforced(changes_to)
			:: else
			fi;
#else
			say_enforced(changes_to);
#endif
			changes_to = 0;
			content = 0;
			is_scoped = false;
			writes = false
		}
		:: atomic { has_died }
		fi
		/* AFTER_POSITIONS */
	:: atomic { has_died }
	od;

down:	atomic {
		alive--;
		do
		:: at < PLACES ->
			under_way[at].is_awaited = under_way[at].is_awaited && under_way[at].by != me;
			at++
		:: else -> at = 0; break
		od;
		next = 0;
		record = 0;
		changes_to = 0;
		standing = 0;
		content = 0;
		is_scoped = false;
		writes = false;
		is_acknowledged[me] = false;
		is_refused[me] = false;
		goto end_down
	}
}
