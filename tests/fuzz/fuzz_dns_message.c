/*
 * Questions of clients, answers of servers and of neighbours: parsed within their bytes, and what
 * is accepted makes sense.
 */
/* links: resolverd/dname.c resolverd/query.c resolverd/reply.c resolverd/heard.c resolverd/special.c resolverd/address.c */
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "heard.h"
#include "special.h"

int LLVMFuzzerInitialize(int *, char ***);
int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check_name(const struct dname *n)
{
	char		text[DNAME_TEXT];
	struct dname	again;

	dname_text(n, text);
	if (dname_parse(text, strlen(text), &again) == -1 || !dname_equal(n, &again))
		abort();
}

static void
check_reply(const uint8_t *m, size_t len, const struct asked *a)
{
	static struct reply	r;

	if (!reply_fits(m, len, a) || reply_parse(m, len, a, &r) == -1)
		return;
	for (unsigned i = 0; i < r.count; i++)
		if (r.record[i].data + r.record[i].data_len > len || r.record[i].ttl_at + 4 > len)
			abort();
	for (unsigned i = 0; i < r.aliases; i++)
		check_name(&r.alias[i]);
}

static bool
may_be_a_neighbours(const uint8_t *m, const struct record *r)
{
	const uint8_t	*a = m + r->data;

	return r->type == QTYPE_A ? address4_is_private(a) : r->type == QTYPE_AAAA ? address6_is_private(a) :
	    r->type != QTYPE_SVCB && r->type != QTYPE_HTTPS;
}

/* A neighbour's: no address but of the link, for a short time. */
static void
check_heard(const uint8_t *m, size_t len, const struct asked *a)
{
	static struct reply	r;

	if (!reply_fits(m, len, a) || heard_take(m, len, a, &r) != HEARD_ANSWER)
		return;
	if (r.count == 0 || r.ttl > HEARD_TTL)
		abort();
	for (unsigned i = 0; i < r.count; i++)
		if (r.record[i].ttl > HEARD_TTL || r.record[i].data + r.record[i].data_len > len ||
		    !may_be_a_neighbours(m, &r.record[i]))
			abort();
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	special_init();
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct asked	 a = { 0 };
	struct query	 q;
	enum rcode	 rcode;
	uint8_t		*m = malloc(size + 1);

	if (m == NULL)
		return 0;
	memcpy(m, data, size);
	if (query_parse(m, size, &q, &rcode) == 0 && q.has_question)
		check_name(&q.name);
	/* The same bytes as an answer to their own question. */
	if (size >= DNS_HEADER) {
		m[2] = (uint8_t)((m[2] & 0x07) | 0x80);
		size_t at = DNS_HEADER;

		a.id = (uint16_t)(m[0] << 8 | m[1]);
		if (dname_read(m, size, &at, &a.name) == 0 && size - at >= 4) {
			a.type = (uint16_t)(m[at] << 8 | m[at + 1]);
			check_reply(m, size, &a);
			check_heard(m, size, &a);
		}
	}
	free(m);
	return 0;
}
