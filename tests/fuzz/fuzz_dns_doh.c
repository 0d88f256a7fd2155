/*
 * What a server sends over HTTPS: the first byte says in how large pieces it comes, the
 * rest are HTTP/2 frames as answers to questions on the streams 1, 3, 5 and 7, of which
 * one is given up. Each question ends at most once, and no whole answer is larger than
 * may be.
 */
/* links: @message resolverd/h2.c resolverd/doh.c */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "doh.h"

#define QUESTIONS	4

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct question {
	struct asked		 asked;
	struct h2_stream	*stream;
	unsigned		 ended;
};

static struct question	questions[QUESTIONS];

static void
on_done(void *ctx, const struct h2_answer *a, bool unread)
{
	static struct reply	 r;
	struct question		*q = ctx;

	if (++q->ended > 1 || (a != NULL && (unread || a->len > H2_BODY || strnlen(a->type, H2_TYPE) == H2_TYPE)))
		abort();
	q->stream = NULL;
	if (a != NULL && doh_wrong(a) == NULL && reply_fits(a->body, a->len, &q->asked))
		(void)reply_parse(a->body, a->len, &q->asked, &r);
	/* As it happens in life: with an answer another question is given up. */
	if (q == &questions[2] && questions[3].stream != NULL) {
		h2_cancel(questions[3].stream);
		questions[3].ended++;
		questions[3].stream = NULL;
	}
}

static void
ask(struct h2 *h)
{
	struct server	s = { .addr.ss_family = AF_INET, .transport = TRANSPORT_HTTPS, .name = "dns.test",
			      .path = "/dns-query" };
	struct question_options	o = { .padded = true };

	for (unsigned i = 0; i < QUESTIONS; i++) {
		questions[i] = (struct question){ .asked = { .type = QTYPE_A } };
		if (dname_parse("example.org", 11, &questions[i].asked.name) == -1 ||
		    (questions[i].stream = doh_ask(h, &s, &questions[i].asked, &o, &questions[i])) == NULL)
			abort();
	}
}

static void
send_all(struct h2 *h)
{
	uint8_t	to[512];

	while (h2_next(h, to, sizeof(to)) > 0)
		continue;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct h2	*h = h2_new(on_done);
	size_t		 step, n;

	if (h == NULL || size == 0) {
		h2_free(h);
		return 0;
	}
	step = (size_t)data[0] * 8 + 1;
	ask(h);
	send_all(h);
	for (size_t at = 1; at < size; at += n) {
		n = size - at < step ? size - at : step;
		if (h2_came(h, data + at, n) == -1)
			break;
		send_all(h);
	}
	h2_free(h);
	return 0;
}
