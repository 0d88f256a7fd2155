/*
 * Reasons by number; see reasons.h. Found by content, because files and
 * profiles go with their policy.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reasons.h"
#include "sandbox.h"

#define BUCKETS	8192u

struct reason {
	struct reason	*same_bucket;
	uint64_t	 hash;
	uint32_t	 number, told, line;
	uint16_t	 say, setting;
	uint8_t		 check, asked;
	bool		 changed;
	char		 bytes[];	/* profile, file, text, each with a NUL */
};

static struct reason	*buckets[BUCKETS];
static struct reason	**by_number;	/* number - first */
static uint32_t		 first = 1;	/* the lowest number that is known */
static unsigned		 count, room;

static uint64_t
mix(uint64_t hash, uint64_t value)
{
	return (hash ^ value) * UINT64_C(0x100000001b3);
}

static uint64_t
mix_text(uint64_t hash, const char *text)
{
	for (; *text != '\0'; text++)
		hash = mix(hash, (uint8_t)*text);
	return mix(hash, 0x100);
}

static const char *
profile_name(const struct step *s)
{
	return s->profile == NULL ? "" : s->profile->name;
}

static const char *
file_name(const struct step *s)
{
	return s->where.file == NULL ? "" : s->where.file->shown;
}

/* The text follows from all this, but for what is wrong with a broken file, and a way through the tunnel. */
static uint64_t
hash_of(const struct step *s)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	hash = mix(hash, (uint64_t)s->changed << 48 | (uint64_t)s->asked << 40 | (uint64_t)s->check << 32 | (uint64_t)s->say << 16 | s->setting);
	hash = mix_text(mix(hash, s->where.line), profile_name(s));
	hash = mix_text(hash, file_name(s));
	if (s->say == SAY_BROKEN && s->profile != NULL && s->profile->broken != NULL)
		hash = mix_text(hash, s->profile->broken);
	if (s->route != NULL)
		hash = mix(hash, 1);	/* few at one line: same() tells them apart */
	return hash ^ hash >> 29;
}

static const char *
next_text(const char *text)
{
	return text + strlen(text) + 1;
}

static bool
same(const struct reason *r, const struct step *s)
{
	const char *file = next_text(r->bytes);
	char text[UI_TEXT_BYTES];

	if (r->check != s->check || r->asked != s->asked || r->changed != s->changed || r->say != s->say || r->setting != s->setting ||
	    r->line != s->where.line || strncmp(r->bytes, profile_name(s), UI_NAME_BYTES - 1) != 0 ||
	    strncmp(file, file_name(s), UI_FILE_BYTES - 1) != 0)
		return false;
	if (s->say != SAY_BROKEN && s->say != SAY_RULE_TUNNELS && s->say != SAY_GLOBAL_TUNNELS)
		return true;
	say_text(s, text, sizeof text);
	return strcmp(next_text(file), text) == 0;
}

static struct reason *
reason_new(const struct step *s, uint64_t hash)
{
	struct reason	*r;
	const char	*profile = profile_name(s), *file = file_name(s);
	char		 text[UI_TEXT_BYTES];
	size_t		 p = strnlen(profile, UI_NAME_BYTES - 1), f = strnlen(file, UI_FILE_BYTES - 1), t;

	say_text(s, text, sizeof text);
	t = strlen(text);
	if ((r = malloc(sizeof *r + p + f + t + 3)) == NULL)
		fatal("memory for a reason");
	*r = (struct reason){ .hash = hash, .line = s->where.line, .check = s->check, .asked = s->asked, .say = s->say,
		.setting = s->setting, .changed = s->changed };
	memcpy(r->bytes, profile, p);
	r->bytes[p] = '\0';
	memcpy(r->bytes + p + 1, file, f);
	r->bytes[p + 1 + f] = '\0';
	memcpy(r->bytes + p + f + 2, text, t + 1);
	return r;
}

static void
forget_all(void)
{
	for (unsigned i = 0; i < count; i++)
		free(by_number[i]);
	memset(buckets, 0, sizeof buckets);
	first += count;
	count = 0;
}

static uint32_t
number_new(struct reason *r)
{
	struct reason **more;

	if (count == room) {
		room = room == 0 ? 256 : room * 2;
		if ((more = reallocarray(by_number, room, sizeof *by_number)) == NULL)
			fatal("memory for reasons");
		by_number = more;
	}
	by_number[count] = r;
	r->number = first + count++;
	return r->number;
}

uint32_t
reasons_number(const struct step *s)
{
	uint64_t	 hash = hash_of(s);
	struct reason	**bucket = &buckets[hash % BUCKETS], *r;

	for (r = *bucket; r != NULL; r = r->same_bucket)
		if (r->hash == hash && same(r, s))
			return r->number;
	if (count == REASONS_MOST)
		forget_all();
	r = reason_new(s, hash);
	r->same_bucket = *bucket;
	*bucket = r;
	return number_new(r);
}

static struct reason *
find(uint32_t number)
{
	return number >= first && number - first < count ? by_number[number - first] : NULL;
}

const struct ui_reason *
reasons_find(uint32_t number)
{
	static struct ui_reason	 out;
	const struct reason	*r = find(number);

	if (r == NULL)
		return NULL;
	out = (struct ui_reason){ .id = number, .check = r->check, .line = r->line };
	(void)snprintf(out.profile, sizeof out.profile, "%s", r->bytes);
	(void)snprintf(out.file, sizeof out.file, "%s", next_text(r->bytes));
	(void)snprintf(out.text, sizeof out.text, "%s", next_text(next_text(r->bytes)));
	return &out;
}

uint32_t
reason_told(uint32_t number)
{
	const struct reason *r = find(number);

	return r == NULL ? 0 : r->told;
}

void
reason_set_told(uint32_t number, uint32_t told)
{
	struct reason *r = find(number);

	if (r != NULL)
		r->told = told;
}
