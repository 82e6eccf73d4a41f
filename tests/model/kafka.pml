/* Part of withdraw_versus_deliver.pml: the broker, and what a filter does with it. */

/* Kafka: who holds the transactional id, and what is under way to the broker. A batch stands for
 * begin, send, flush and commit (filter/log.py, `append`). */
byte log_holder = NOBODY;
typedef Batch {
	bool is_sent;
	bool is_fenced;		/* its epoch is no longer the newest */
	bool is_known;		/* its sequence numbers have been appended already */
	bool is_awaited;	/* whoever sent it waits for the answer */
	byte by, content
};
Batch under_way[PLACES];
bool is_acknowledged[FILTERS], is_refused[FILTERS];

inline send_batch()
{
	do
	:: under_way[at].is_sent -> at++
	:: else -> break
	od;
	under_way[at].is_sent = true;
	under_way[at].is_awaited = true;
	under_way[at].is_fenced = log_holder != me;
	under_way[at].by = me;
	under_way[at].content = content;
	at = 0
}

/* filter/log.py, `take_over`: init_transactions fences whoever sent before. */
inline take_over_log()
{
	log_holder = me;
	do
	:: at < PLACES ->
		under_way[at].is_fenced = under_way[at].is_sent;
		at++
	:: else -> at = 0; break
	od;
	printf("filter %d: takes over in Kafka\n", me)
}

/* The broker takes what is under way in any order, and late. Its answer may be waited for, or come
 * to nobody: the filter may be killed first, or send again. */
inline deliver(place)
{
	if
#ifndef NO_FENCE_AT_APPEND
	:: under_way[place].is_fenced ->
		printf("broker: refuses a batch of filter %d, which was replaced\n", under_way[place].by);
		if
		:: under_way[place].is_awaited -> is_refused[under_way[place].by] = true
		:: else
		fi
#endif
#ifndef NOT_IDEMPOTENT
	:: under_way[place].is_known ->
		printf("broker: has that batch of filter %d already\n", under_way[place].by)
#endif
	:: else ->
		printf("broker: appends revision %d for filter %d\n",
			under_way[place].content, under_way[place].by);
		write_tray(under_way[place].content);
		if
		:: under_way[place].is_awaited -> is_acknowledged[under_way[place].by] = true
		:: else
		fi;
		do
		:: at < PLACES ->
			if
			:: under_way[at].is_sent && under_way[at].by == under_way[place].by &&
			   under_way[at].is_fenced == under_way[place].is_fenced ->
				under_way[at].is_known = true;	/* it is the same batch, sent again */
				under_way[at].is_awaited = false
			:: else
			fi;
			at++
		:: else -> at = 0; break
		od
	fi;
	under_way[place].is_sent = false;
	under_way[place].is_fenced = false;
	under_way[place].is_known = false;
	under_way[place].is_awaited = false;
	under_way[place].by = 0;
	under_way[place].content = 0
}

active proctype Broker()
{
	byte at;
end:	do
	:: atomic { under_way[0].is_sent -> deliver(0) }
	:: atomic { under_way[1].is_sent -> deliver(1) }
	:: atomic { under_way[2].is_sent -> deliver(2) }
#if PLACES > 3
	:: atomic { under_way[3].is_sent -> deliver(3) }
#endif
#if PLACES > 4
	:: atomic { under_way[4].is_sent -> deliver(4) }
#endif
#if PLACES > 5
	:: atomic { under_way[5].is_sent -> deliver(5) }
#endif
	od
}
