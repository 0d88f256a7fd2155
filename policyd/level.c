/*
 * The level; see level.h. Kept in the state folder as "LEVEL BELOW UID": set by
 * a command of UID while bulwark.conf said BELOW.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "level.h"
#include "sandbox.h"
#include "value_build.h"

static char		 path[512], fresh_path[520];
static enum level	 now = LEVEL_DYNAMIC;
static unsigned		 by_command, below;	/* enum level; 0: not set by a command */
static unsigned		 by_uid;
static char		 why[LEVEL_WHY];

/* Three words, or nothing is taken. */
static void
read_words(char *text)
{
	char	 *save = NULL;
	const char *level = strtok_r(text, " \n", &save), *base = strtok_r(NULL, " \n", &save),
	    *uid = strtok_r(NULL, " \n", &save);

	if (level == NULL || base == NULL || uid == NULL || strtok_r(NULL, " \n", &save) != NULL ||
	    word_value(level_words, level) == 0 || word_value(level_words, base) == 0 ||
	    !number_read(uid, strlen(uid), UINT32_MAX, &by_uid)) {
		log_warnx("the level that was set before can't be read: bulwark.conf counts");
		return;
	}
	by_command = word_value(level_words, level);
	below = word_value(level_words, base);
}

void
level_start(const char *folder)
{
	char	 text[64];
	ssize_t	 n;
	int	 fd;

	(void)snprintf(path, sizeof path, "%s/level", folder);
	(void)snprintf(fresh_path, sizeof fresh_path, "%s.new", path);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)) == -1) {
		if (errno != ENOENT)
			log_warn("the level that was set before");
		return;
	}
	n = read(fd, text, sizeof text - 1);
	(void)close(fd);
	if (n <= 0)
		return;
	text[n] = '\0';
	read_words(text);
}

static bool
change(unsigned level)
{
	bool changed = now != level;

	now = (enum level)level;
	return changed;
}

/* One that is broken may have named the same as ever where it can't be read. */
static bool
conf_changed(const struct policy *p)
{
	return below != p->level && !(p->conf_broken && p->level_where.file == NULL);
}

bool
level_follow(const struct policy *p)
{
	if (by_command != 0 && conf_changed(p)) {
		by_command = 0;
		(void)unlink(path);
	}
	if (by_command != 0) {
		(void)snprintf(why, sizeof why, "set by a command of user %u", by_uid);
		return change(by_command);
	}
	if (p->level_where.file != NULL)
		(void)snprintf(why, sizeof why, "%.100s:%u", p->level_where.file->shown,
		    p->level_where.line);
	else if (p->conf_unread)
		(void)snprintf(why, sizeof why, "bulwark.conf can't be read: the highest");
	else
		(void)snprintf(why, sizeof why, "built in: bulwark.conf names none");
	return change(p->level);
}

static int
write_down(void)
{
	char	text[64];
	int	fd, n = snprintf(text, sizeof text, "%s %s %u\n", word_name(level_words, by_command),
	    word_name(level_words, below), by_uid);

	fd = open(fresh_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1)
		return -1;
	if (write(fd, text, (size_t)n) != n || fsync(fd) == -1) {
		(void)close(fd);
		(void)unlink(fresh_path);
		return -1;
	}
	(void)close(fd);
	return rename(fresh_path, path);
}

int
level_set(enum level level, uint32_t uid, const struct policy *p)
{
	by_command = level;
	by_uid = uid;
	below = p->level;
	(void)level_follow(p);
	return write_down();
}

enum level
level_now(void)
{
	return now;
}

const char *
level_why(void)
{
	return why;
}
