/*
 * A call at the Unix door: refused, or a name to ask for, or a reply that is whole
 * JSON and ends with its one NUL.
 */
/* links: resolverd/varlink_call.c resolverd/varlink_text.c resolverd/dname.c */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "varlink_call.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char		reply[VARLINK_REPLY_MOST];
	struct varlink_call	c;
	json_t			*json;
	size_t			 len;

	json_object_seed(1);
	if (varlink_call_parse((const char *)data, size, &c) == -1)
		return 0;
	if (c.method == VARLINK_HOSTNAME || c.method == VARLINK_ADDRESS) {
		must(c.name.len > 1 && c.name.wire[c.name.len - 1] == 0);
		must(c.family == AF_INET || c.family == AF_INET6 || c.method == VARLINK_HOSTNAME);
		return 0;
	}
	len = varlink_call_reply(&c, reply, sizeof(reply));
	/* A word that was cut in the middle of a letter can't be said. */
	if (len == 0)
		return 0;
	must(memchr(reply, '\0', sizeof(reply)) == reply + len - 1);
	must((json = json_loads(reply, 0, NULL)) != NULL);
	json_decref(json);
	return 0;
}
