/*
 * The machine's time zone, which only root sets: looked at every few seconds and passed on to policyd as it
 * stands when it changed, since policyd, which judges by local time, can't see the file.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "parent.h"

#define LOCALTIME	"/etc/localtime"

/* False: it is no time zone file, or too large; policyd stays with what it has. */
static bool
read_zone(struct control_zone *z)
{
	struct stat	st;
	ssize_t		n = -1;
	int		fd = open(LOCALTIME, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	z->len = 0;
	if (fd == -1)
		return errno == ENOENT;		/* UTC, as libc has it */
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= (off_t)sizeof(z->tzif))
		n = read(fd, z->tzif, sizeof(z->tzif));
	(void)close(fd);
	z->len = n > 0 ? (uint16_t)n : 0;
	return n > 0;
}

static bool
changed(void)
{
	static struct stat	was;
	struct stat		st = { 0 };
	bool			differs;

	(void)stat(LOCALTIME, &st);
	differs = st.st_dev != was.st_dev || st.st_ino != was.st_ino || st.st_size != was.st_size ||
	    st.st_mtim.tv_sec != was.st_mtim.tv_sec || st.st_mtim.tv_nsec != was.st_mtim.tv_nsec;
	was = st;
	return differs;
}

void
zone_look(struct suite *suite, bool anew)
{
	static struct control_zone	now;
	static uint8_t			body[CONTROL_ZONE_MAX];
	struct slot			*hub = running_hub(suite);
	size_t				 len;

	anew |= changed();
	if (hub == NULL || !anew)
		return;
	if (!read_zone(&now) || (len = control_zone_pack(&now, body, sizeof(body))) == 0) {
		log_warnx(LOCALTIME " is no time zone: the one before counts");
		return;
	}
	if (channel_send(hub->control, CONTROL_ZONE, 0, body, len, -1) == -1)
		slot_kill(hub, "it does not take the time zone");
}
