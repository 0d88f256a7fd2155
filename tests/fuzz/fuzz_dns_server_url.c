/*
 * A server's text: parsed or refused at a place within it; what is shown of one that
 * was parsed is parsed to the same address again.
 */
/* links: resolverd/server_url.c resolverd/dname.c */
#include <stdlib.h>
#include <string.h>

#include "server_url.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct server	 s, again;
	const char	*wrong;
	size_t		 at;
	char		*text = strndup((const char *)data, size);

	if (text == NULL)
		return 0;
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
