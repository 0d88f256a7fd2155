/*
 * See validate.h. Called by lookup.c. libunbound parses what servers sent; what it
 * hands back is parsed once more, as if a server had sent it.
 */
#include <sys/mman.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <unbound-event.h>
#include <unbound.h>

#include "endpoint.h"
#include "query.h"
#include "sandbox.h"
#include "validate.h"

#define CLASS_IN	1
#define LIBRARY_BOGUS	1	/* unbound-event.h: sec */
#define LIBRARY_SECURE	2
#define WHY_TEXT	512
#define WARM_UP		"invalid."	/* the library answers for it itself (RFC 6761, 6.4) */

struct validating {
	validated_fn	*done;		/* NULL: cancelled */
	void		(*through)(void *);	/* then; NULL: nobody is told */
	void		*ctx;
	bool		 begins;	/* validate() still holds it */
	bool		 ended;
};

/*
 * The library forgets nothing, and a new one would have to read a file: so there are several from
 * the start, of which the next takes over. What it kept when it was used last has ended by then.
 */
static struct ub_ctx	*libraries[VALIDATE_LIBRARIES];
static unsigned		 current;
static bool		 asked;		/* that one, since it is the current one */
static unsigned		 waiting;	/* in all of them */
static struct dname	 trusted[ANCHORS_MOST];	/* whose anchors there are */
static unsigned		 trusted_count;

/*
 * Only keys are kept here, which are proved: answers are kept in cache.h, which is emptied when
 * the servers change, as the library's cache could not be, which of size 0 would hold some, too.
 * Of the algorithms in a DS set one that proves is enough (RFC 6840, 5.11). A failure is kept as
 * short as bogus.h keeps it. Names of the network's own are asked of servers like any, not
 * answered by the library. One try is enough, and is waited for as long as resolve.c may take:
 * the endpoint always answers. Else a few silent domains would make it a dead server for all.
 */
static const char	options[] =
	"server:\n"
	"module-config: \"validator iterator\"\n"
	"do-ip4: yes\ndo-ip6: no\ndo-udp: yes\ndo-tcp: yes\n"
	"outgoing-interface: 127.0.0.1\noutgoing-port-avoid: 0-32767\ndo-not-query-localhost: no\n"
	"edns-buffer-size: 1232\noutbound-msg-retry: 1\n"
	"msg-cache-size: 0\nrrset-cache-size: 0\nkey-cache-size: 512k\nneg-cache-size: 50k\n"
	"infra-cache-numhosts: 16\ninfra-keep-probing: yes\n"
	"infra-cache-min-rtt: 4000\ntcp-auth-query-timeout: 4000\n"
	"cache-max-ttl: 86400\nval-bogus-ttl: 5\nval-max-restart: 1\n"
	"prefetch: no\nprefetch-key: no\nserve-expired: no\n"
	"qname-minimisation: no\naggressive-nsec: no\n"
	"harden-glue: yes\nharden-dnssec-stripped: yes\nharden-below-nxdomain: yes\n"
	"harden-short-bufsize: yes\nharden-large-queries: yes\n"
	"harden-algo-downgrade: no\nharden-referral-path: no\n"
	"val-clean-additional: yes\nminimal-responses: yes\nrrset-roundrobin: no\n"
	"trust-anchor-signaling: no\nroot-key-sentinel: no\n"
	"unblock-lan-zones: yes\ninsecure-lan-zones: yes\n"
	"local-zone: \"home.arpa.\" nodefault\nlocal-zone: \"test.\" nodefault\n"
	"use-syslog: no\nlogfile: \"\"\nverbosity: 0\n";

/* In builds for tests the clock of validation can be set, in seconds since 1970. */
static int
write_clock(int fd)
{
#ifdef BULWARK_TEST
	const char	*now = getenv("BULWARK_TEST_NOW");

	if (now != NULL)
		return dprintf(fd, "val-override-date: \"%ld\"\n", strtol(now, NULL, 10));
#endif
	(void)fd;
	return 0;
}

/*
 * The library takes some options from a file only, so it gets one that is in no folder.
 * Returns its descriptor, or -1.
 */
static int
write_options(void)
{
	int	fd = memfd_create("validator", MFD_CLOEXEC);

	if (fd == -1)
		return -1;
	if (dprintf(fd, "%s", options) > 0 && write_clock(fd) >= 0 &&
	    dprintf(fd, "outgoing-range: %d\noutgoing-num-tcp: %d\nnum-queries-per-thread: %d\n",
	    VALIDATE_SOCKETS, VALIDATE_STREAMS, VALIDATE_WAITING) > 0 &&
	    dprintf(fd, "edns-client-string: 127.0.0.1 \"%s\"\nedns-client-string-opcode: %d\n",
	    endpoint_mark(), ENDPOINT_OPTION) > 0 &&
	    dprintf(fd, "forward-zone:\nname: \".\"\nforward-no-cache: yes\nforward-addr: 127.0.0.1@%u\n", endpoint_port()) > 0)
		return fd;
	(void)close(fd);
	return -1;
}

static int
set_options(struct ub_ctx *library)
{
	char	path[32];
	int	fd = write_options(), r;

	if (fd == -1)
		return -1;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	r = ub_ctx_config(library, path);
	(void)close(fd);
	return r == 0 ? 0 : -1;
}

/* All of it, NUL-terminated, to be freed; NULL: too much, none, or it can't be read. */
static char *
read_anchors(int fd)
{
	char	*text = malloc(ANCHORS_BYTES + 1);
	size_t	 len = 0;
	ssize_t	 n = -1;

	while (text != NULL && len <= ANCHORS_BYTES) {
		n = read(fd, text + len, ANCHORS_BYTES + 1 - len);
		if (n <= 0 && !(n == -1 && errno == EINTR))
			break;
		len += n > 0 ? (size_t)n : 0;
	}
	if (n != 0 || len == 0 || len > ANCHORS_BYTES || memchr(text, 0, len) != NULL) {
		free(text);
		return NULL;
	}
	text[len] = 0;
	return text;
}

static bool
is_plain(const char *line)
{
	for (; *line != 0; line++)
		if ((*line < ' ' && *line != '\t') || *line == 0x7f)
			return false;
	return true;
}

/* The line's first word. */
static int
note_trusted(const char *line, unsigned place)
{
	const char	*name = line + strspn(line, " \t");
	size_t		 len = strcspn(name, " \t\r");

	if (len > 0 && name[len - 1] == '.')
		len--;
	if (dname_parse(name, len, &trusted[place]) == -1)
		return -1;
	if (place >= trusted_count)
		trusted_count = place + 1;
	return 0;
}

/* One record a line; what follows a semicolon is a comment. The library takes them apart. */
static int
set_anchors(struct ub_ctx *library, const char *anchors)
{
	static char	 text[ANCHORS_BYTES + 1];
	unsigned	 count = 0;
	char		*next = text, *line, *end;

	(void)snprintf(text, sizeof(text), "%s", anchors);
	while ((line = strsep(&next, "\n")) != NULL) {
		if ((end = strchr(line, ';')) != NULL)
			*end = 0;
		if (line[strspn(line, " \t\r")] == 0)
			continue;
		if (count == ANCHORS_MOST || !is_plain(line) || note_trusted(line, count++) == -1 ||
		    ub_ctx_add_ta(library, line) != 0)
			return -1;
	}
	return count > 0 ? 0 : -1;
}

static void
on_warm(void *arg, int rcode, void *packet, int len, int sec, char *why, int limited)
{
	bool	*warm = arg;

	(void)rcode, (void)packet, (void)len, (void)sec, (void)why, (void)limited;
	*warm = true;
}

/*
 * The first library opens and reads at its first question, as no later one does. One that it
 * answers by itself, at once: nothing is sent, as no server may be known yet.
 */
static int
warm_up(void)
{
	static bool	warm;

	if (ub_resolve_event(libraries[0], WARM_UP, QTYPE_A, CLASS_IN, &warm, on_warm, NULL) != 0)
		return -1;
	return warm ? 0 : -1;
}

static struct ub_ctx *
library_new(struct event_base *base, const char *anchors)
{
	struct ub_ctx	*library = ub_ctx_create_event(base);

	if (library == NULL)
		return NULL;
	(void)ub_ctx_debugout(library, NULL);
	if (set_options(library) == 0 && set_anchors(library, anchors) == 0)
		return library;
	ub_ctx_delete(library);
	return NULL;
}

static int
open_libraries(struct event_base *base, const char *anchors)
{
	for (unsigned i = 0; i < VALIDATE_LIBRARIES; i++)
		if ((libraries[i] = library_new(base, anchors)) == NULL)
			return -1;
	return warm_up();
}

static void
close_libraries(void)
{
	for (unsigned i = 0; i < VALIDATE_LIBRARIES; i++) {
		if (libraries[i] != NULL)
			ub_ctx_delete(libraries[i]);
		libraries[i] = NULL;
	}
}

int
validate_init(struct event_base *base, int anchors)
{
	char	*text = read_anchors(anchors);
	int	 r = text == NULL ? -1 : open_libraries(base, text);

	if (r == -1) {
		close_libraries();
		log_warnx("no validation of DNS: trust anchors or library can not be used");
	}
	free(text);
	return r;
}

/* In their order, so that it is the one which was left the longest ago. */
void
validate_forget(void)
{
	if (asked)
		current = (current + 1) % VALIDATE_LIBRARIES;
	asked = false;
}

unsigned
validate_waiting(void)
{
	return waiting;
}

bool
validate_trusts_within(const struct dname *zone)
{
	for (unsigned i = 0; i < trusted_count; i++)
		if (dname_within(&trusted[i], zone))
			return true;
	return false;
}

/* How long that is which says that the answer came from our own endpoint. 0: it does not. */
static size_t
endpoint_named(const char *why)
{
	static const char *const	words[] = { " from 127.0.0.1", " and 127.0.0.1" };

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strncmp(why, words[i], strlen(words[i])) == 0)
			return strlen(words[i]);
	return 0;
}

/* For people: printable, and without what they can't know. */
static void
word(const char *why, char to[static WHY_TEXT])
{
	size_t	n = 0;

	while (*why != 0 && n < WHY_TEXT - 1) {
		size_t	skip = endpoint_named(why);

		if (skip == 0) {
			to[n++] = *why >= ' ' && *why <= '~' ? *why : '?';
			skip = 1;
		}
		why += skip;
	}
	to[n] = 0;
}

static void
tell(const struct validating *v, int rcode, const void *packet, int len, int sec, const char *why)
{
	char			text[WHY_TEXT];
	struct validated	r = { .finding = FOUND_NOTHING };

	if (sec == LIBRARY_BOGUS) {
		r.finding = FOUND_BOGUS;
		word(why == NULL ? "validation failure" : why, text);
		r.why = text;
	} else if (rcode == RCODE_NOERROR && packet != NULL && len > 0) {
		r.finding = sec == LIBRARY_SECURE ? FOUND_SECURE : FOUND_INSECURE;
		r.message = packet;
		r.len = (size_t)len;
	}
	v->done(v->ctx, &r);
}

/* May come from within ub_resolve_event(). */
static void
on_validated(void *arg, int rcode, void *packet, int len, int sec, char *why, int limited)
{
	struct validating	*v = arg;

	(void)limited;
	waiting--;
	if (v->done != NULL)
		tell(v, rcode, packet, len, sec, why);
	else if (v->through != NULL)
		v->through(v->ctx);
	v->ended = true;
	if (!v->begins)
		free(v);
}

static void
fail(validated_fn *done, void *ctx)
{
	struct validated	r = { .finding = FOUND_NOTHING };

	done(ctx, &r);
}

struct validating *
validate(const struct dname *name, uint16_t type, validated_fn *done, void *ctx)
{
	struct validating	*v;
	char			 text[DNAME_TEXT];

	if (waiting >= VALIDATE_WAITING || (v = calloc(1, sizeof(*v))) == NULL) {
		fail(done, ctx);
		return NULL;
	}
	*v = (struct validating){ .done = done, .ctx = ctx, .begins = true };
	dname_text(name, text);
	waiting++;
	asked = true;
	if (ub_resolve_event(libraries[current], text[0] == 0 ? "." : text, type, CLASS_IN, v, on_validated, NULL) != 0) {
		waiting--;
		free(v);
		fail(done, ctx);
		return NULL;
	}
	v->begins = false;
	if (!v->ended)
		return v;
	free(v);
	return NULL;
}

void
validate_cancel(struct validating *v)
{
	v->done = NULL;
}

void
validate_then(struct validating *v, void (*through)(void *), void *ctx)
{
	v->through = through;
	v->ctx = ctx;
}
