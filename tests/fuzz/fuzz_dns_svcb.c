/*
 * What a server answers of encrypted ways to itself: each that is made of it is at that
 * server's own address and one of the two ports.
 */
/* links: resolverd/svcb.c resolverd/designate.c resolverd/server_url.c resolverd/address.c */
/* links: resolverd/reply.c resolverd/query.c resolverd/dname.c */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "designate.h"
#include "svcb.h"
#include "tls.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Nothing is asked here. */
struct ask *
ask_new(struct event_base *base, const struct sockaddr *to, socklen_t len, const struct dname *name, uint16_t type,
    const struct question_options *o, unsigned ms, ask_done_fn *done, void *ctx)
{
	(void)base, (void)to, (void)len, (void)name, (void)type, (void)o, (void)ms, (void)done, (void)ctx;
	return NULL;
}

struct tls_ask *
tls_ask_new(struct event_base *base, const struct server *s, const struct dname *name, uint16_t type,
    const struct question_options *o, unsigned ms, ask_done_fn *done, void *ctx)
{
	(void)base, (void)s, (void)name, (void)type, (void)o, (void)ms, (void)done, (void)ctx;
	return NULL;
}

void
ask_cancel(struct ask *a)
{
	(void)a;
}

void
tls_ask_cancel(struct tls_ask *a)
{
	(void)a;
}

unsigned
servers_count(void)
{
	return 0;
}

struct server *
servers_at(unsigned i)
{
	(void)i;
	return NULL;
}

void
servers_designate(unsigned i, const struct server *s)
{
	(void)i, (void)s;
}

static void
check_ways(const uint8_t *m, const struct reply *r)
{
	struct server		 way[DESIGNATE_WAYS], clear = { .addr_len = sizeof(struct sockaddr_in) };
	struct sockaddr_in	*in = (struct sockaddr_in *)&clear.addr;
	unsigned		 n;

	in->sin_family = AF_INET;
	in->sin_addr.s_addr = htonl(0x09090909);
	in->sin_port = htons(53);
	n = designate_ways(m, r, &clear, way);
	if (n > DESIGNATE_WAYS)
		abort();
	for (unsigned i = 0; i < n; i++) {
		const struct sockaddr_in	*w = (const struct sockaddr_in *)&way[i].addr;

		if (w->sin_addr.s_addr != in->sin_addr.s_addr || way[i].transport == TRANSPORT_CLEAR || way[i].anyone ||
		    (ntohs(w->sin_port) != 443 && ntohs(w->sin_port) != 853))
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct reply	 r;
	struct asked		 a = { .type = QTYPE_SVCB };
	struct svcb		 s;
	uint8_t			*m = malloc(size + 1);

	if (m == NULL)
		return 0;
	memcpy(m, data, size);
	if (svcb_read(m, size, &s) == 0)
		(void)svcb_is_at(&s, 4, (const uint8_t *)"\11\11\11\11");
	if (size > 2 && dname_parse("_dns.resolver.arpa", 18, &a.name) == 0) {
		a.id = (uint16_t)(m[0] << 8 | m[1]);
		if (reply_fits(m, size, &a) && reply_parse(m, size, &a, &r) == 0)
			check_ways(m, &r);
	}
	free(m);
	return 0;
}
