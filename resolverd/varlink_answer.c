/*
 * See varlink_answer.h. The messages are our own (build.c), their names and
 * addresses are what servers chose.
 */
#include <sys/socket.h>

#include <string.h>

#include "varlink_answer.h"
#include "varlink_text.h"

#define RESOLVE			"io.systemd.Resolve."
#define OPTION_EDE		15
#define FLAG_AD			0x20	/* of the header's fourth byte */
/* Flags of a reply (systemd, resolved-def.h). */
#define RESOLVED_DNS		1
#define RESOLVED_AUTHENTICATED	(1 << 9)

static unsigned
be16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

/* The extended error among an OPT's options (RFC 8914, 2); EDE_NONE: there is none. */
static int
ede_in(const uint8_t *options, size_t len)
{
	size_t	at = 0, n;

	while (len - at >= 4) {
		n = be16(options + at + 2);
		if (n > len - at - 4)
			break;
		if (be16(options + at) == OPTION_EDE && n >= 2)
			return (int)be16(options + at + 4);
		at += 4 + n;
	}
	return EDE_NONE;
}

/* Behind the question, record by record, to OPT. */
static int
ede_of(const uint8_t *message, size_t len)
{
	size_t		at = DNS_HEADER, n;
	unsigned	records = be16(message + 6) + be16(message + 8) + be16(message + 10);

	if (be16(message + 4) != 1 || dname_skip(message, len, &at) == -1 || len - at < 4)
		return EDE_NONE;
	at += 4;
	for (unsigned i = 0; i < records; i++) {
		if (dname_skip(message, len, &at) == -1 || len - at < 10)
			return EDE_NONE;
		n = be16(message + at + 8);
		if (n > len - at - 10)
			return EDE_NONE;
		if (be16(message + at) == QTYPE_OPT)
			return ede_in(message + at + 10, n);
		at += 10 + n;
	}
	return EDE_NONE;
}

static void
add_address(struct varlink_answer *a, int family, const uint8_t *bytes)
{
	if (a->addresses == VARLINK_ADDRESSES)
		return;
	a->address[a->addresses].family = family;
	memcpy(a->address[a->addresses++].address, bytes, family == AF_INET ? 4 : 16);
}

static void
add_record(struct varlink_answer *a, const uint8_t *message, size_t len, const struct record *r)
{
	size_t	at = r->data;

	if (r->section != SECTION_ANSWER)
		return;
	if (r->type == QTYPE_A && r->data_len == 4)
		add_address(a, AF_INET, message + r->data);
	else if (r->type == QTYPE_AAAA && r->data_len == 16)
		add_address(a, AF_INET6, message + r->data);
	else if (r->type == QTYPE_PTR && a->names < VARLINK_NAMES &&
	    dname_read(message, len, &at, &a->name[a->names]) == 0)
		a->names++;
}

/* Of several failures one that is more than the absence of a record counts. */
static void
set_failure(struct varlink_answer *a, unsigned rcode, int ede)
{
	if (a->answers > 0 && rcode == RCODE_NOERROR)
		return;
	a->rcode = rcode;
	a->ede = ede;
}

void
varlink_answer_take(struct varlink_answer *a, const uint8_t *message, size_t len,
    const struct asked *asked)
{
	static struct reply	r;
	int			ede;

	if (message == NULL || !reply_fits(message, len, asked)) {
		set_failure(a, RCODE_SERVFAIL, EDE_NONE);
		a->authentic = false;
		a->answers++;
		return;
	}
	ede = ede_of(message, len);
	a->nobody |= (message[3] & 15) == RCODE_REFUSED && ede == EDE_PROHIBITED;
	a->authentic = (a->authentic || a->answers == 0) && (message[3] & FLAG_AD) != 0;
	set_failure(a, message[3] & 15, ede);
	a->answers++;
	if (reply_parse(message, len, asked, &r) == -1 || r.kind != REPLY_DATA)
		return;
	a->canonical = r.aliases > 0 ? r.alias[r.aliases - 1] : asked->name;
	for (unsigned i = 0; i < r.count; i++)
		add_record(a, message, len, &r.record[i]);
}

static json_t *
failure(const struct varlink_answer *a)
{
	if (a->ede == EDE_BOGUS)
		return json_pack("{s:s, s:{s:s}}", "error", RESOLVE "DNSSECValidationFailed", "parameters",
		    "result", "invalid");
	if (a->ede == EDE_NO_SERVER)
		return json_pack("{s:s, s:{}}", "error", RESOLVE "NoNameServers", "parameters");
	if (a->ede == EDE_NETWORK)
		return json_pack("{s:s, s:{}}", "error", RESOLVE "QueryTimedOut", "parameters");
	if (a->rcode == RCODE_NOERROR)
		return json_pack("{s:s, s:{}}", "error", RESOLVE "NoSuchResourceRecord", "parameters");
	return json_pack("{s:s, s:{s:i}}", "error", RESOLVE "DNSError", "parameters", "rcode", (int)a->rcode);
}

static json_t *
bytes_list(const uint8_t *bytes, size_t len)
{
	json_t	*list = json_array();

	for (size_t i = 0; i < len; i++)
		(void)json_array_append_new(list, json_integer(bytes[i]));
	return list;
}

static json_t *
addresses_list(const struct varlink_answer *a)
{
	json_t	*list = json_array();

	for (unsigned i = 0; i < a->addresses; i++)
		(void)json_array_append_new(list, json_pack("{s:i, s:o}", "family", a->address[i].family,
		    "address", bytes_list(a->address[i].address, a->address[i].family == AF_INET ? 4 : 16)));
	return list;
}

static json_t *
names_list(const struct varlink_answer *a)
{
	json_t	*list = json_array();
	char	 text[DNAME_TEXT];

	for (unsigned i = 0; i < a->names; i++) {
		dname_text(&a->name[i], text);
		(void)json_array_append_new(list, json_pack("{s:s}", "name", text));
	}
	return list;
}

size_t
varlink_answer_reply(const struct varlink_answer *a, const struct varlink_call *c, char *to, size_t size)
{
	int	flags = RESOLVED_DNS | (a->authentic ? RESOLVED_AUTHENTICATED : 0);
	char	text[DNAME_TEXT];
	json_t	*reply;

	if (c->method == VARLINK_ADDRESS && a->names > 0) {
		reply = json_pack("{s:{s:o, s:i}}", "parameters", "names", names_list(a), "flags", flags);
	} else if (c->method == VARLINK_HOSTNAME && a->addresses > 0) {
		dname_text(&a->canonical, text);
		reply = json_pack("{s:{s:o, s:s, s:i}}", "parameters", "addresses", addresses_list(a),
		    "name", text, "flags", flags);
	} else {
		reply = failure(a);
	}
	return varlink_write(reply, to, size);
}
