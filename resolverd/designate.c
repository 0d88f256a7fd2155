/*
 * See designate.h. Called by settings.c. What a server says in clear may be anybody's:
 * it can lead to no other address, and no way is taken that has not answered.
 */
#include <arpa/inet.h>
#include <netinet/in.h>

#include <stdio.h>
#include <string.h>

#include <event2/event.h>

#include "address.h"
#include "ask.h"
#include "designate.h"
#include "sandbox.h"
#include "server_url.h"
#include "svcb.h"
#include "tls.h"

#define NAME		"_dns.resolver.arpa"
#define ASK_MS		3000
#define RECORDS		8	/* that are looked at */
#define AGAIN_S		600	/* then those that are asked in clear are looked at once more */
#define PORT_TLS	853
#define PORT_HTTPS	443

/* At one server. */
struct look {
	unsigned	 place;
	struct ask	*ask;		/* what ways there are; NULL: known, or not asked */
	struct tls_ask	*tls_ask;	/* over way[next - 1] */
	struct server	 way[DESIGNATE_WAYS];
	unsigned	 count, next;
};

static struct event_base	*base;
static struct event		*again;
static struct look		 looks[SERVERS_MAX];
static struct dname		 name;

static const uint8_t *
address_of(const struct server *s, unsigned *family)
{
	*family = s->addr.ss_family == AF_INET ? 4 : 6;
	return *family == 4 ? (const uint8_t *)&((const struct sockaddr_in *)&s->addr)->sin_addr :
	    ((const struct sockaddr_in6 *)&s->addr)->sin6_addr.s6_addr;
}

/* As somebody would write it, so that it is checked as that is. */
static bool
make_way(const struct server *clear, const char *scheme, uint16_t port, const char *path, struct server *way)
{
	char		 text[256], address[INET6_ADDRSTRLEN];
	const char	*wrong;
	unsigned	 family;
	size_t		 at;

	(void)inet_ntop(clear->addr.ss_family, address_of(clear, &family), address, sizeof(address));
	(void)snprintf(text, sizeof(text), family == 4 ? "%s%s:%u%s" : "%s[%s]:%u%s", scheme, address, port, path);
	if ((port != PORT_TLS && port != PORT_HTTPS) || server_parse(text, way, &wrong, &at) == -1)
		return false;
	way->is_public = clear->is_public;
	way->anyone = address_is_private((const union address *)&clear->addr);
	return true;
}

/* Of one record, which is behind those that are preferred to it. */
static unsigned
add_ways(const struct svcb *s, const struct server *clear, struct server way[static DESIGNATE_WAYS], unsigned n)
{
	const uint8_t	*address;
	unsigned	 family;

	address = address_of(clear, &family);
	if (!svcb_is_at(s, family, address))
		return n;
	if (s->dot && n < DESIGNATE_WAYS &&
	    make_way(clear, "dot://", s->port == 0 ? PORT_TLS : s->port, "", &way[n]))
		n++;
	if (s->h2 && s->path[0] != '\0' && n < DESIGNATE_WAYS &&
	    make_way(clear, "doh://", s->port == 0 ? PORT_HTTPS : s->port, s->path, &way[n]))
		n++;
	return n;
}

unsigned
designate_ways(const uint8_t *m, const struct reply *r, const struct server *clear,
    struct server way[static DESIGNATE_WAYS])
{
	struct svcb	all[RECORDS], s;
	unsigned	count = 0, n = 0, k;

	for (unsigned i = 0; i < r->count && count < RECORDS; i++) {
		if (r->record[i].section != SECTION_ANSWER || r->record[i].type != QTYPE_SVCB ||
		    svcb_read(m + r->record[i].data, r->record[i].data_len, &s) == -1)
			continue;
		for (k = count++; k > 0 && all[k - 1].priority > s.priority; k--)
			all[k] = all[k - 1];
		all[k] = s;
	}
	for (unsigned i = 0; i < count; i++)
		n = add_ways(&all[i], clear, way, n);
	return n;
}

static void	try_next(struct look *);

static void
on_answered(void *ctx, const uint8_t *m, size_t len, const struct asked *a)
{
	static struct reply	 r;
	struct look		*l = ctx;
	const struct server	*way = &l->way[l->next - 1];

	l->tls_ask = NULL;
	if (m == NULL || reply_parse(m, len, a, &r) == -1 || !reply_is_of_use(&r)) {
		try_next(l);
		return;
	}
	log_info("DNS server %s is asked over %s, as it offers%s", servers_at(l->place)->text, way->text,
	    way->anyone ? "; no certificate says whose it is" : "");
	servers_designate(l->place, way);
}

static void
try_next(struct look *l)
{
	const struct question_options	o = { .padded = true };

	while (l->next < l->count) {
		l->tls_ask = tls_ask_new(base, &l->way[l->next++], &name, QTYPE_SVCB, &o, ASK_MS, on_answered, l);
		if (l->tls_ask != NULL)
			return;
	}
}

static void
on_named(void *ctx, const uint8_t *m, size_t len, const struct asked *a)
{
	static struct reply	 r;
	struct look		*l = ctx;

	l->ask = NULL;
	if (m == NULL || reply_parse(m, len, a, &r) == -1 || r.kind != REPLY_DATA)
		return;
	l->count = designate_ways(m, &r, servers_at(l->place), l->way);
	try_next(l);
}

/* Of one on this machine nobody can read what it is asked. */
static bool
is_here(const struct server *s)
{
	unsigned	 family;
	const uint8_t	*address = address_of(s, &family);

	return family == 4 ? address[0] == 127 : IN6_IS_ADDR_LOOPBACK((const struct in6_addr *)address);
}

static void
look_at(unsigned place)
{
	const struct question_options	 o = { 0 };
	const struct server		*s = servers_at(place);
	struct look			*l = &looks[place];

	if (s->transport != TRANSPORT_CLEAR || is_here(s) || l->ask != NULL || l->tls_ask != NULL)
		return;
	*l = (struct look){ .place = place };
	l->ask = ask_new(base, (const struct sockaddr *)&s->addr, s->addr_len, &name, QTYPE_SVCB, &o, ASK_MS,
	    on_named, l);
}

static void
look_at_all(void)
{
	static const struct timeval	later = { .tv_sec = AGAIN_S };

	for (unsigned i = 0; i < servers_count(); i++)
		look_at(i);
	(void)event_add(again, &later);
}

static void
on_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	look_at_all();
}

void
designate_init(struct event_base *b)
{
	base = b;
	if (dname_parse(NAME, strlen(NAME), &name) == -1 || (again = evtimer_new(b, on_again, NULL)) == NULL)
		fatalx("no event for designated servers");
}

void
designate_begin(bool yes)
{
	(void)event_del(again);
	for (unsigned i = 0; i < SERVERS_MAX; i++) {
		ask_cancel(looks[i].ask);
		tls_ask_cancel(looks[i].tls_ask);
		looks[i].ask = NULL;
		looks[i].tls_ask = NULL;
	}
	if (yes)
		look_at_all();
}
