/*
 * See state_file.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "replace_file.h"
#include "sandbox.h"
#include "state_file.h"

#define PATH_ROOM	600

int
state_read(const char *folder, const char *name, char text[STATE_FILE_BYTES])
{
	char path[PATH_ROOM];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)) == -1) {
		if (errno != ENOENT)
			log_warn("state file %s", name);
		return -1;
	}
	n = read(fd, text, STATE_FILE_BYTES - 1);
	(void)close(fd);
	if (n <= 0)
		return -1;
	text[n < STATE_FILE_BYTES - 1 ? n : 0] = '\0';	/* too long: no words of ours */
	return 0;
}

int
state_write(const char *folder, const char *name, const char *text, bool synced)
{
	char path[PATH_ROOM];

	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	return replace_file(path, text, strlen(text), 0600, synced);
}

void
state_remove(const char *folder, const char *name)
{
	char path[PATH_ROOM];

	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	(void)unlink(path);
}

int
state_words(char *text, const char *words[], size_t count)
{
	char *save = NULL, *word = strtok_r(text, " \n", &save);

	for (size_t i = 0; i < count; i++) {
		if ((words[i] = word) == NULL)
			return -1;
		word = strtok_r(NULL, " \n", &save);
	}
	return word == NULL ? 0 : -1;
}
