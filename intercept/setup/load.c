/*
 * "load": puts the rules there if they are absent or not as they should be,
 * and the guard; "check": only looks. Nothing is believed because it was
 * loaded: what counts is what is read back.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "guard.h"
#include "present.h"
#include "remove.h"
#include "rules.h"
#include "run.h"
#include "sandbox.h"
#include "setup.h"
#include "sockets.h"

#define LOAD_TRIES	5

/*
 * First means: nothing of ours is there, and this suite has not loaded before.
 * After somebody flushed everything it is not first: what was refused before
 * must not count as old connections then.
 */
static bool
is_first(struct setup *s, const struct present *p)
{
	struct stat	st;

	if (nft_has_ours(&p->nft) || !ruleset_is_empty(&p->have[0]) ||
	    !ruleset_is_empty(&p->have[1]) || p->nft.guard)
		return false;
	return s->existing == -1 || (fstat(s->existing, &st) == 0 && st.st_size == 0);
}

/* What is there goes on: marked and noted before the first rule stands. */
static int
carry_over(struct setup *s, char *why, size_t size)
{
	struct existing	all = { 0 };
	const char	*what = "sockets";
	int		 error;

	error = existing_sockets(&all);
	if (error == 0) {
		what = "conntrack entries";
		error = existing_conntrack(&all);
	}
	if (error == 0 && s->existing != -1) {
		what = "list of existing flows";
		error = existing_write(&all, s->existing);
	}
	if (error == -1)
		(void)snprintf(why, size, "%s: %s", what, strerrordesc_np(errno));
	existing_free(&all);
	return error;
}

/* Takes out the tables that are not needed while the guard stands. */
static int
remove_unwanted(struct setup *s, char *why, size_t size)
{
	static struct nft_state	st;
	static struct batch	b;

	if (nft_read(&s->nl, &s->ours[0], &s->ours[1], true, &st) == -1) {
		(void)snprintf(why, size, "cannot read nf_tables: %s", strerrordesc_np(errno));
		return -1;
	}
	batch_begin(&b, &s->nl, st.generation);
	for (size_t i = 0; i < NFT_TABLES; i++) {
		const struct nft_table	*t = &st.table[i];

		if (t->there && ruleset_table(&s->want[t->family == 6], t->name) == NULL)
			nft_remove_ours(&b, &st, t);
	}
	if (b.last == b.first || batch_commit(&b) == 0)
		return 0;
	(void)snprintf(why, size, "%s", strerrordesc_np(errno));
	return -1;
}

static int
restore(struct setup *s, const struct present *p, bool acct, char *why, size_t size)
{
	struct text	t = { 0 };
	int		error = 0;

	for (int i = 0; i < 2 && error == 0; i++) {
		rules_restore(s->want[i].family, &s->lifelines, &s->want[i], &p->have[i], &p->nft,
		    acct, &t);
		if (t.len > 0)
			error = run_restore(s->want[i].family, &t, why, size);
		text_free(&t);
	}
	return error == 0 ? remove_unwanted(s, why, size) : -1;
}

/*
 * Loads until what is read back is right: another tool may change the rules
 * between reading and loading, and then a line of ours fails.
 */
static int
load_until_right(struct setup *s, struct present *p, bool acct, bool *changed, char *why,
    size_t size)
{
	char	said[WHY_BYTES] = "";

	for (int i = 0; !present_same(s, p, why, size); i++) {
		if (i == LOAD_TRIES) {
			if (said[0] != '\0')
				(void)snprintf(why, size, "%s", said);
			return -1;
		}
		*changed = true;
		said[0] = '\0';
		if (restore(s, p, acct, said, sizeof(said)) == -1)
			log_debug("%s", said);
		present_free(p);
		if (present_read(s, p, why, size) == -1)
			return -1;
	}
	return 0;
}

/*
 * Byte counts of flows need conntrack's accounting. Where it was off, a note
 * in the rules says that release has to switch it off again.
 */
static bool
acct_prepare(void)
{
	int	is = acct_get();

	if (is == 1)
		return false;
	if (is == 0 && acct_set(1) == 0)
		return true;
	log_warn("flows have no byte counts: conntrack's accounting %s", is == 0 ? "cannot be switched on" :
	    "is not there yet: \"modprobe nf_conntrack\" before the suite starts");
	return false;
}

/* A guard that its owner left behind is made anew as ours at once: no more than before is wanted then. */
static int
take_over(struct setup *s, struct present *p, char *why, size_t size)
{
	if (!p->nft.guard || present_guarded(s, p) || !guard_ensure(&s->guard, &p->nft, why, size) ||
	    nft_read(&s->nl, &s->ours[0], &s->ours[1], false, &p->nft) == 0)
		return 0;
	(void)snprintf(why, size, "cannot read nf_tables: %s", strerrordesc_np(errno));
	return -1;
}

/* Once the guard stands, less is wanted besides. */
static int
leave_to_guard(struct setup *s, struct present *p, char *why, size_t size)
{
	bool	changed;

	if (s->lifelines.guarded)
		return 0;
	present_free(p);
	if (present_read(s, p, why, size) == -1)
		return -1;
	if (!present_guarded(s, p))
		return 0;
	present_want(s, true);
	return load_until_right(s, p, false, &changed, why, size);
}

int
setup_load(struct setup *s)
{
	static struct present	p;
	char			why[WHY_BYTES] = "", no_guard[WHY_BYTES] = "";
	bool			first, other, guard, acct = false, changed = false;

	if (present_read(s, &p, why, sizeof(why)) == -1)
		goto fail;
	if (take_over(s, &p, why, sizeof(why)) == -1)
		goto fail;
	present_want(s, present_guarded(s, &p));
	first = is_first(s, &p);
	other = present_of_other_start(s, &p);
	if (!present_same(s, &p, why, sizeof(why)))
		acct = acct_prepare();
	if (first && carry_over(s, why, sizeof(why)) == -1)
		goto fail;
	if (load_until_right(s, &p, acct, &changed, why, sizeof(why)) == -1)
		goto fail;
	guard = guard_ensure(&s->guard, &p.nft, no_guard, sizeof(no_guard));
	if (guard && leave_to_guard(s, &p, why, sizeof(why)) == -1)
		goto fail;
	setup_say("%s %s%s%s", first ? "loaded" : changed && !other ? "put-back" : "kept",
	    guard ? "guard" : "no-guard", guard ? "" : " ", no_guard);
	present_free(&p);
	return 0;
fail:
	setup_say("failed %s", why);
	present_free(&p);
	return 1;
}

int
setup_check(struct setup *s)
{
	static struct present	p;
	char			why[WHY_BYTES] = "";
	bool			same;

	if (nft_read(&s->nl, &s->ours[0], &s->ours[1], false, &p.nft) == 0 && !p.nft.guard &&
	    !nft_has_ours(&p.nft)) {
		setup_say("absent");
		return 1;
	}
	same = present_read(s, &p, why, sizeof(why)) == 0;
	present_want(s, p.nft.guard && p.nft.guard_stays);
	same = same && (present_same(s, &p, why, sizeof(why)) || present_of_other_start(s, &p));
	if (same)
		setup_say("ok %s", p.nft.guard ? "guard" : "no-guard");
	else
		setup_say("differs %s", why);
	present_free(&p);
	return same ? 0 : 1;
}
