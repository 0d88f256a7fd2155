/*
 * The machine's resolv.conf, which only root writes: looked at every few seconds and
 * passed on to policyd as it stands when it changed. Where it names the stub of
 * systemd-resolved alone, that one's own list is passed on instead.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "parent.h"

static const char	common[] = "/etc/resolv.conf", behind_stub[] = "/run/systemd/resolve/resolv.conf",
			stub[] = "nameserver 127.0.0.53";

/* False: it is not there, or no plain file. */
static bool
read_file(const char *path, struct control_resolvers *r)
{
	struct stat	st;
	ssize_t		n = -1;
	int		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd == -1)
		return false;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		n = read(fd, r->text, sizeof(r->text));
	(void)close(fd);
	r->len = n > 0 ? (uint16_t)n : 0;
	return n >= 0;
}

/* In a line of its own, as systemd writes it. */
static bool
names_stub(const struct control_resolvers *r)
{
	const char	*at = memmem(r->text, r->len, stub, sizeof(stub) - 1);

	return at != NULL && (at == r->text || at[-1] == '\n');
}

/* Not the same files, or not as they were. */
static bool
changed(const char *path, struct stat *was)
{
	struct stat	st = { 0 };
	bool		differs;

	(void)stat(path, &st);
	differs = st.st_dev != was->st_dev || st.st_ino != was->st_ino || st.st_size != was->st_size ||
	    st.st_mtim.tv_sec != was->st_mtim.tv_sec || st.st_mtim.tv_nsec != was->st_mtim.tv_nsec;
	*was = st;
	return differs;
}

void
resolvers_look(struct suite *suite, bool anew)
{
	static struct control_resolvers	now;
	static struct stat		was[2];
	static uint8_t			body[CONTROL_RESOLVERS_MAX];
	struct slot			*hub = running_hub(suite);
	size_t				 len;

	anew |= changed(common, &was[0]);
	anew |= changed(behind_stub, &was[1]);
	if (hub == NULL || !anew)
		return;
	now.len = 0;
	if (read_file(common, &now) && names_stub(&now))
		(void)read_file(behind_stub, &now);
	len = control_resolvers_pack(&now, body, sizeof(body));
	if (len == 0 || channel_send(hub->control, CONTROL_RESOLVERS, 0, body, len, -1) == -1)
		slot_kill(hub, "it does not take the list of resolvers");
}
