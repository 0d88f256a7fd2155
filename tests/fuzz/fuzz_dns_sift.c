/*
 * Answers that addresses are taken out of: the first byte says which, the rest is a server's
 * message. What is left is whole, and none of these is in it.
 */
/* links: @message resolverd/cache.c resolverd/recent.c resolverd/hints.c resolverd/sift.c */
/* links: resolverd/address.c */
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "hints.h"
#include "policy.h"
#include "servers.h"
#include "sift.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static struct names_sift	asked;
static uint32_t			asked_id;
static uint64_t			out;

bool
policy_sift(uint32_t id, const struct names_sift *m)
{
	asked = *m;
	asked_id = id;
	return true;
}

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
is_in(uint8_t family, const uint8_t *address)
{
	for (unsigned i = 0; i < asked.addresses; i++)
		must((out & 1ull << i) == 0 || asked.address[i].family != family ||
		    memcmp(asked.address[i].address, address, family == 4 ? 4 : 16) != 0);
}

static void
on_sifted(void *ctx, const struct cached *left, const char *why)
{
	(void)ctx;
	must((why != NULL) == (out != 0));
	if (left == NULL)
		return;
	must(reply_is_whole(left->message, left->len));
	for (unsigned i = 0; i < left->ttls; i++) {
		size_t		 len;
		const uint8_t	*data = cached_data(left, i, &len), *address;
		struct hints	 h;
		uint8_t		 family;

		if (cached_type(left, i) == QTYPE_A || cached_type(left, i) == QTYPE_AAAA)
			is_in(len == 4 ? 4 : 6, data);
		if (cached_type(left, i) != QTYPE_HTTPS && cached_type(left, i) != QTYPE_SVCB)
			continue;
		hints_begin(&h, data, len);
		while ((address = hints_next(&h, &family)) != NULL)
			is_in(family, address);
	}
}

/* As keep.c keeps it. */
static const struct cached *
keep(const uint8_t *m, size_t len, struct asked *a)
{
	static uint8_t		to[BUILD_MAX];
	static struct reply	r, written;
	const struct origin	o = { .upstream = UPSTREAM_UNKNOWN };
	size_t			n;

	if (!reply_fits(m, len, a) || reply_parse(m, len, a, &r) == -1 || !reply_is_of_use(&r))
		return NULL;
	n = build_answer(m, len, a, &r, true, false, to, sizeof(to), &written);
	written.ttl = 1;
	return n == 0 ? NULL : cache_store(&a->name, a->type, CACHE_DO, to, n, &written, &o, 1000);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool		 ready;
	const struct cached	*c;
	struct asked		 a = { 0 };
	struct names_sifted	 s = { .reason = "" };
	size_t			 at = DNS_HEADER;

	if (!ready)
		cache_init(1, 1 << 17);
	ready = true;
	if (size < 1 + DNS_HEADER)
		return 0;
	a.id = (uint16_t)(data[1] << 8 | data[2]);
	if (dname_read(data + 1, size - 1, &at, &a.name) == -1 || size - 1 - at < 4)
		return 0;
	dname_lower(&a.name);
	a.type = (uint16_t)(data[1 + at] << 8 | data[2 + at]);
	if ((c = keep(data + 1, size - 1, &a)) == NULL)
		return 0;
	sift_forget();
	asked.addresses = 0;
	out = 0;
	sift(1, c, on_sifted, NULL);
	if (asked.addresses == 0)
		return 0;
	out = (data[0] * 0x0101010101010101u) >> (NAMES_ADDRESSES - asked.addresses);
	s.out = out;
	if (out != 0)
		strcpy(s.reason, "x");
	must(sift_heard(asked_id, &s) == 0);
	sift(1, c, on_sifted, NULL);
	return 0;
}
