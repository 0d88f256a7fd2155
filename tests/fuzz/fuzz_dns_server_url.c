/*
 * A server's text: parsed or refused at a place within it; what is shown of one that
 * was parsed is parsed to the same address again. policyd, which reads it first, takes and
 * refuses the same.
 */
/* links: resolverd/server_url.c resolverd/dname.c policyd/upstream.c */
#include <stdlib.h>
#include <string.h>

#include "server_url.h"
#include "upstream.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Longer texts never come to resolverd. */
static void
agree(const char *text, bool parsed)
{
	struct upstream_fault	fault = { NULL, 0 };
	struct upstream		u;

	if (strlen(text) < NAMES_SERVER_BYTES &&
	    (upstream_read(text, strlen(text), &u, &fault) != parsed ||
	    (!parsed && (fault.why == NULL || fault.at > strlen(text)))))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct server	 s, again;
	const char	*wrong;
	size_t		 at;
	char		*text = strndup((const char *)data, size);

	if (text == NULL)
		return 0;
	agree(text, server_parse(text, &s, &wrong, &at) == 0);
	if (server_parse(text, &s, &wrong, &at) == -1) {
		if (at > strlen(text) || wrong == NULL)
			abort();
	} else if (server_parse(s.text, &again, &wrong, &at) == -1 || again.transport != s.transport ||
	    memcmp(&again.addr, &s.addr, sizeof(s.addr)) != 0) {
		abort();
	}
	free(text);
	return 0;
}
