/*
 * One line of a person's (or a program's) wishes, read into a plain struct.
 * The only place that parses what clients send; trusts nothing of it.
 */
#ifndef UID_REQUEST_H
#define UID_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui.h"
#include "view.h"

#define REQUEST_LINE_MAX	8192	/* bytes, newline included */
#define REQUEST_ERROR_BYTES	512

enum request_verb {
	REQUEST_STATUS, REQUEST_MONITOR, REQUEST_CONNECTIONS, REQUEST_EXPLAIN,
	REQUEST_PROFILE_LIST, REQUEST_PROFILE_SHOW, REQUEST_DNS_SERVERS, REQUEST_DNS_QUERY,
	REQUEST_DNS_CACHE, REQUEST_DNS_BLOCKED,
	REQUEST_SETTINGS, REQUEST_WORDS, REQUEST_JOURNAL, REQUEST_LISTS,
	REQUEST_ANSWERS, REQUEST_VERBS
};

struct request {
	enum request_verb	verb;
	struct filter		filter;		/* monitor, connections, dns-blocked */
	uint32_t		last;		/* monitor: recent events first */
	bool			ends;		/* monitor: flow-end objects too */
	bool			has_as_uid;
	struct ui_query		query;		/* the others; its uid is still to be set */
};

/*
 * 0, or -1: error says what was wrong and what would be right, in printable
 * ASCII. The line has no newline.
 */
int	request_read(const char *line, size_t len, struct request *,
	    char error[REQUEST_ERROR_BYTES]);

#endif
