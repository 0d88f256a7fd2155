/*
 * Holders of raw and ping sockets. Called by answers.c; the tables are the
 * kernel's, the question is intercept's.
 */
#include <netinet/in.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "parse.h"
#include "procfs.h"
#include "raw.h"
#include "sandbox.h"
#include "search.h"

enum table { RAW4, RAW6, PING4, PING6, TABLES };
#define ROWS	512	/* raw sockets of a table; beyond, the sender is unknown */

struct rows {
	int			 fd;
	bool			 read, full;
	unsigned		 count;
	struct raw_facts	 row[ROWS];
};

static struct rows	tables[TABLES];

void
raw_init(void)
{
	static const char *const	names[TABLES] = { "net/raw", "net/raw6", "net/icmp", "net/icmp6" };

	/* A kernel without IPv6 has no such tables, and no such packets. */
	for (unsigned i = 0; i < TABLES; i++)
		tables[i].fd = openat(procfs_root(), names[i], O_RDONLY | O_CLOEXEC);
	if (tables[RAW4].fd == -1)
		fatal("/proc/net/raw");
}

void
raw_refresh(void)
{
	for (unsigned i = 0; i < TABLES; i++)
		tables[i].read = false;
}

static bool
add_row(const char *line, size_t len, void *ctx)
{
	struct rows	*t = ctx;

	if (t->count == ROWS) {
		t->full = true;
		return false;
	}
	if (parse_raw_line(line, len, &t->row[t->count]) == 0)
		t->count++;
	return true;
}

static const struct rows *
table_rows(enum table which)
{
	static char	 buf[ROWS * 256];
	struct rows	*t = &tables[which];
	ssize_t		 len;

	if (t->read)
		return t;
	t->read = true;
	t->count = 0;
	t->full = false;
	len = t->fd == -1 ? 0 : procfs_reread(t->fd, buf, sizeof(buf));
	if (len > 0)
		parse_lines(buf, (size_t)len, add_row, t);
	if (len == (ssize_t)sizeof(buf) - 1)
		t->full = true;
	return t;
}

/* uid: whose; UINT32_MAX: anybody's. */
static unsigned
add_holders(enum table which, int port, int other, uint32_t uid, struct holder_set *set)
{
	const struct rows	*t = table_rows(which);
	unsigned		 n = 0;

	for (unsigned i = 0; i < t->count; i++)
		if ((port == -1 || t->row[i].port == port || t->row[i].port == other) &&
		    (uid == UINT32_MAX || t->row[i].uid == uid)) {
			set->unsure |= !search_socket(t->row[i].inode, t->row[i].uid, set);
			n++;
		}
	set->too_many |= t->full;
	return n;
}

bool
raw_suspects(const struct who_question *q, struct holder_set *set)
{
	return add_holders(q->family == 4 ? RAW4 : RAW6, q->proto, IPPROTO_RAW, q->sender_uid, set) > 0;
}

/*
 * A raw socket of any protocol may write the whole header itself, so each one of the
 * family counts that the packet's user made. A ping socket sends echo requests under its
 * own number only. Others' would lend their program's rights to whoever closes a socket
 * before it is looked for.
 */
void
raw_holders(const struct who_question *q, struct holder_set *set)
{
	(void)add_holders(q->family == 4 ? RAW4 : RAW6, -1, -1, q->sender_uid, set);
	if (q->proto == (q->family == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6))
		(void)add_holders(q->family == 4 ? PING4 : PING6, q->ident, q->ident, q->sender_uid, set);
}
