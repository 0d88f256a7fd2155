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
#include "nft.h"
#include "rules.h"
#include "run.h"
#include "sandbox.h"
#include "setup.h"
#include "sockets.h"

#define LOAD_TRIES	5
#define WHY_BYTES	512

/* What is there, v4 and v6. */
struct present {
	struct nft_state	nft;
	struct ruleset		have[2];
};

static void
present_free(struct present *p)
{
	for (int i = 0; i < 2; i++)
		ruleset_free(&p->have[i]);
}

static int
present_read(struct setup *s, struct present *p, char *why, size_t size)
{
	for (int i = 0; i < 2; i++)
		p->have[i] = (struct ruleset){ .family = s->want[i].family, .known = &s->want[i] };
	if (nft_read(&s->nl, &s->want[0], &s->want[1], false, &p->nft) == -1) {
		(void)snprintf(why, size, "cannot read nf_tables: %s", strerrordesc_np(errno));
		return -1;
	}
	for (int i = 0; i < 2; i++)
		if (run_save(s->want[i].family, &p->have[i], why, size) == -1)
			return -1;
	return 0;
}

static bool
family_same(const struct ruleset *want, const struct ruleset *have, char *why, size_t size)
{
	for (size_t i = 0; i < want->tables; i++)
		if (!table_same(&want->table[i], ruleset_table(have, want->table[i].name), why,
		    size))
			return false;
	return true;
}

/* True if all is as it should be; else why says the first difference, "IPv6 mangle OUTPUT ...". */
static bool
present_same(struct setup *s, const struct present *p, char *why, size_t size)
{
	char	detail[WHY_BYTES / 2];

	for (int i = 0; i < 2; i++) {
		if (family_same(&s->want[i], &p->have[i], detail, sizeof(detail)))
			continue;
		(void)snprintf(why, size, "IPv%d %s", s->want[i].family, detail);
		return false;
	}
	return true;
}

/* The load that the lines for the kernel's part are of; "" if there are none. */
static void
present_kernel(const struct present *p, char name[static KERNEL_NAME + 1])
{
	const struct chain	*c = table_chain(ruleset_table(&p->have[0], "mangle"), "BW-OUT");
	const char		*at = c == NULL ? NULL : strstr(text_str(&c->rules), KERNEL_FOLDER);

	name[0] = '\0';
	if (at != NULL)
		(void)kernel_name_take(at + strlen(KERNEL_FOLDER), name);
}

/*
 * True if all is as another start of the suite has it: with its own lines for the kernel's part, or
 * without any. Such rules are renewed, but nobody changed them.
 */
static bool
present_of_other_start(const struct setup *s, const struct present *p)
{
	static struct ruleset	want[2];
	struct lifelines	lines = s->lifelines;
	char			why[WHY_BYTES];
	bool			same = true;

	present_kernel(p, lines.kernel);
	for (int i = 0; i < 2; i++) {
		rules_expected(s->want[i].family, &lines, &want[i]);
		same = same && family_same(&want[i], &p->have[i], why, sizeof(why));
		ruleset_free(&want[i]);
	}
	return same;
}

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
	return error;
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
	if (acct_get() != 0)
		return false;
	if (acct_set(1) == 0)
		return true;
	log_warn("flows have no byte counts: conntrack's accounting cannot be switched on");
	return false;
}

int
setup_load(struct setup *s)
{
	static struct present	p;
	char			why[WHY_BYTES] = "", no_guard[WHY_BYTES] = "";
	bool			first, other, guard, acct = false, changed = false;

	if (present_read(s, &p, why, sizeof(why)) == -1)
		goto fail;
	first = is_first(s, &p);
	other = present_of_other_start(s, &p);
	if (!present_same(s, &p, why, sizeof(why)))
		acct = acct_prepare();
	if (first && carry_over(s, why, sizeof(why)) == -1)
		goto fail;
	if (load_until_right(s, &p, acct, &changed, why, sizeof(why)) == -1)
		goto fail;
	guard = guard_ensure(&s->guard, &p.nft, no_guard, sizeof(no_guard));
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

	if (nft_read(&s->nl, &s->want[0], &s->want[1], false, &p.nft) == 0 && !p.nft.guard &&
	    !nft_has_ours(&p.nft)) {
		setup_say("absent");
		return 1;
	}
	same = present_read(s, &p, why, sizeof(why)) == 0 &&
	    (present_same(s, &p, why, sizeof(why)) || present_of_other_start(s, &p));
	if (same)
		setup_say("ok %s", p.nft.guard ? "guard" : "no-guard");
	else
		setup_say("differs %s", why);
	present_free(&p);
	return same ? 0 : 1;
}
