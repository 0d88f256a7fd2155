/*
 * See wanted.h. Called by answers.c and identity.c. The list is intercept's, which is
 * hostile and may have any program left out; paths are what programs chose. A path costs
 * one look into a table that is at most half full, and a comparison for each pattern.
 */
#include <string.h>

#include "glob.h"
#include "wanted.h"

#define SLOTS	(2 * HINTED_MOST)

static struct who_hinted		 list = { .all = true };
static const struct hinted_path		*exact[SLOTS], *patterns[HINTED_MOST];
static unsigned				 pattern_count;
static uint32_t				 serial = 1;

/* FNV-1a. */
static unsigned
slot_of(const char *path, size_t len)
{
	uint32_t	h = 0x811c9dc5;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (uint8_t)path[i]) * 0x01000193;
	return h % SLOTS;
}

static void
add(const struct hinted_path *p)
{
	unsigned	at = slot_of(p->text, p->len);

	if (memchr(p->text, '*', p->len) != NULL) {
		patterns[pattern_count++] = p;
		return;
	}
	while (exact[at] != NULL)
		at = (at + 1) % SLOTS;
	exact[at] = p;
}

void
wanted_set(const struct who_hinted *m)
{
	list = *m;
	memset(exact, 0, sizeof(exact));
	pattern_count = 0;
	for (unsigned i = 0; i < list.count; i++)
		add(&list.path[i]);
	if (++serial == 0)
		serial = 1;
}

void
wanted_forget(void)
{
	static const struct who_hinted	every = { .all = true };

	wanted_set(&every);
}

bool
wanted_path(const char *path, size_t len)
{
	if (list.all)
		return true;
	for (unsigned at = slot_of(path, len); exact[at] != NULL; at = (at + 1) % SLOTS)
		if (exact[at]->len == len && memcmp(exact[at]->text, path, len) == 0)
			return true;
	for (unsigned i = 0; i < pattern_count; i++)
		if (glob_fits_path(patterns[i]->text, patterns[i]->len, path, len))
			return true;
	return false;
}

uint32_t
wanted_serial(void)
{
	return serial;
}
