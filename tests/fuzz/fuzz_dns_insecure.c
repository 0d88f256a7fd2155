/*
 * What is said of a zone's DS records, as proved or as insecure: a zone counts as not signed only if
 * such an answer was given for it.
 */
/* links: resolverd/insecure.c resolverd/recent.c resolverd/reply.c resolverd/query.c resolverd/dname.c */
#include <stdlib.h>
#include <string.h>

#include "insecure.h"
#include "reply.h"
#include "resolve.h"
#include "validate.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const uint8_t	*said;
static size_t		 said_len;
static enum finding	 finding;
static bool		 denied;	/* by what was given out so far */

/* The same is said of each zone; one that it does not fit is passed over. */
struct validating *
validate(const struct dname *name, uint16_t type, validated_fn *done, void *ctx)
{
	static struct reply	r;
	struct validated	v = { .finding = finding, .message = said, .len = said_len };
	struct asked		a = { .type = type, .name = *name };

	denied |= reply_fits(said, said_len, &a) && reply_parse(said, said_len, &a, &r) == 0 &&
	    r.kind == REPLY_NODATA;
	done(ctx, &v);
	return NULL;
}

bool
validate_trusts_within(const struct dname *zone)
{
	(void)zone;
	return false;
}

unsigned
resolve_era(void)
{
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dname	n;
	uint8_t		*m;

	if (size < 1 || dname_parse("a.example", 9, &n) == -1 || (m = malloc(size)) == NULL)
		return 0;
	memcpy(m, data + 1, size - 1);
	said = m;
	said_len = size - 1;
	finding = data[0] % 2 != 0 ? FOUND_SECURE : FOUND_INSECURE;
	denied = false;
	if (said_len >= DNS_HEADER)
		for (unsigned i = 0; i < INSECURE_AFTER; i++)
			insecure_saw(&n, 1);
	if (insecure_covers(&n, QTYPE_A, 1) && !denied)
		abort();
	insecure_forget();
	free(m);
	return 0;
}
