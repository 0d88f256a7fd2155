/*
 * See level_hand.h. In the state folder: "level" with "LEVEL BELOW UID", and
 * "level-for" with "LEVEL BELOW UID UNTIL LEFT", seconds since the epoch and
 * seconds left when it was written, each minute. After a restart the smaller
 * rest counts, so that a clock set back does not make it longer.
 */
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "level_hand.h"
#include "sandbox.h"
#include "state_file.h"
#include "value_build.h"
#include "words.h"

#define HELD	"level"
#define TIMED	"level-for"
#define WRITE_S	60

static const char		*folder;
static struct level_hand	 held, timed;
static int64_t			 end_s, next_write_s;	/* CLOCK_BOOTTIME */

static bool
number_is(const char *word, unsigned most, unsigned *to)
{
	return number_read(word, strlen(word), most, to);
}

static bool
read_hand(const char *const words[3], struct level_hand *h)
{
	unsigned level = word_value(level_words, words[0]), below = word_value(level_words, words[1]), uid;

	if (level == 0 || below == 0 || !number_is(words[2], UINT32_MAX, &uid))
		return false;
	*h = (struct level_hand){ .level = (uint8_t)level, .below = (uint8_t)below, .uid = uid };
	return true;
}

static void
read_held(void)
{
	char text[STATE_FILE_BYTES];
	const char *words[3];

	if (state_read(folder, HELD, text) == 0 &&
	    (state_words(text, words, 3) == -1 || !read_hand(words, &held)))
		log_warnx("the level that was set before can't be read: bulwark.conf counts");
}

/* What is left of it; 0: it is over. */
static int64_t
rest_of(unsigned until, unsigned left)
{
	int64_t rest = (int64_t)until - clock_s(CLOCK_REALTIME);

	return rest < 0 ? 0 : rest < left ? rest : left;
}

static void
read_timed(void)
{
	char text[STATE_FILE_BYTES];
	const char *words[5];
	struct level_hand h;
	unsigned until, left;
	int64_t rest;

	if (state_read(folder, TIMED, text) == -1)
		return;
	if (state_words(text, words, 5) == -1 || !read_hand(words, &h) ||
	    !number_is(words[3], UINT32_MAX, &until) || !number_is(words[4], LEVEL_FOR_MOST, &left)) {
		log_warnx("the level that was set for a time can't be read: it is over");
		return;
	}
	if ((rest = rest_of(until, left)) == 0) {
		state_remove(folder, TIMED);
		return;
	}
	timed = h;
	timed.until_s = clock_s(CLOCK_REALTIME) + rest;
	end_s = clock_s(CLOCK_BOOTTIME) + rest;
	next_write_s = 0;
}

void
level_hand_start(const char *state)
{
	folder = state;
	held = timed = (struct level_hand){ 0 };
	read_held();
	read_timed();
}

static int
write_held(void)
{
	char text[STATE_FILE_BYTES];

	(void)snprintf(text, sizeof text, "%s %s %u\n", word_name(level_words, held.level),
	    word_name(level_words, held.below), held.uid);
	return state_write(folder, HELD, text, true);
}

static int
write_timed(int64_t now_s, bool synced)
{
	char text[STATE_FILE_BYTES];

	next_write_s = now_s + WRITE_S;
	(void)snprintf(text, sizeof text, "%s %s %u %lld %lld\n", word_name(level_words, timed.level),
	    word_name(level_words, timed.below), timed.uid, (long long)timed.until_s, (long long)(end_s - now_s));
	return state_write(folder, TIMED, text, synced);
}

static void
end_timed(void)
{
	if (timed.level != 0)
		state_remove(folder, TIMED);
	timed = (struct level_hand){ 0 };
}

int
level_hand_set(enum level level, uint32_t for_s, uint32_t uid, enum level below)
{
	struct level_hand h = { .level = (uint8_t)level, .below = (uint8_t)below, .uid = uid };
	int64_t now_s = clock_s(CLOCK_BOOTTIME);

	if (for_s == 0) {
		held = h;
		end_timed();
		return write_held();
	}
	timed = h;
	timed.until_s = clock_s(CLOCK_REALTIME) + for_s;
	end_s = now_s + for_s;
	return write_timed(now_s, true);
}

void
level_hand_forget(void)
{
	end_timed();
	if (held.level != 0)
		state_remove(folder, HELD);
	held = (struct level_hand){ 0 };
}

void
level_hand_tick(void)
{
	int64_t now_s;

	if (timed.level == 0)
		return;
	now_s = clock_s(CLOCK_BOOTTIME);
	if (now_s >= end_s)
		end_timed();
	else if (now_s >= next_write_s)
		(void)write_timed(now_s, false);
}

const struct level_hand *
level_hand(void)
{
	return timed.level != 0 ? &timed : held.level != 0 ? &held : NULL;
}
