/*
 * explain: what would happen, without sending anything for the program. What becomes of its question for a
 * name is told first; then the name is looked up here. The address that this machine would use comes from its routes.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dry_run.h"
#include "fields.h"
#include "nearest.h"
#include "reader.h"

struct destination {
	char	host[256];
	char	port[8];		/* "" when it was not given */
	char	proto[16];
};

/* HOST[:PORT][/PROTO]; HOST with colons stands in brackets when a PORT follows. */
static int
destination_read(const char *text, struct destination *d)
{
	char	 copy[300], *slash, *colon, *host = copy;

	memset(d, 0, sizeof(*d));
	if (strlen(text) >= sizeof(copy))
		return -1;
	(void)snprintf(copy, sizeof(copy), "%s", text);
	(void)snprintf(d->proto, sizeof(d->proto), "tcp");
	if ((slash = strchr(copy, '/')) != NULL) {
		*slash++ = '\0';
		if (*slash == '\0' || strlen(slash) >= sizeof(d->proto))
			return -1;
		(void)snprintf(d->proto, sizeof(d->proto), "%s", slash);
	}
	if (*host == '[') {
		char	*bracket = strchr(++host, ']');

		if (bracket == NULL || (bracket[1] != '\0' && bracket[1] != ':'))
			return -1;
		*bracket = '\0';
		colon = bracket[1] == ':' ? bracket + 1 : NULL;
	} else {
		colon = strchr(host, ':');
		if (colon != NULL && strchr(colon + 1, ':') != NULL)
			colon = NULL;		/* an IPv6 address alone */
	}
	if (colon != NULL) {
		*colon++ = '\0';
		if (*colon == '\0' || strlen(colon) >= sizeof(d->port))
			return -1;
		(void)snprintf(d->port, sizeof(d->port), "%s", colon);
	}
	if (*host == '\0' || strlen(host) >= sizeof(d->host))
		return -1;
	(void)snprintf(d->host, sizeof(d->host), "%s", host);
	return 0;
}

/* A socket that is connected and never sends tells which own address the route has. */
static void
add_local(json_t *request, const struct addrinfo *ai)
{
	struct sockaddr_storage	own;
	socklen_t		len = sizeof(own);
	char			text[NI_MAXHOST];
	int			fd = socket(ai->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return;
	if (connect(fd, ai->ai_addr, ai->ai_addrlen) == 0 &&
	    getsockname(fd, (struct sockaddr *)&own, &len) == 0 &&
	    getnameinfo((struct sockaddr *)&own, len, text, sizeof(text), NULL, 0,
	    NI_NUMERICHOST) == 0) {
		text[strcspn(text, "%")] = '\0';
		(void)json_object_set_new(request, "local", json_string(text));
	}
	(void)close(fd);
}

/* The number in text, which has nothing but digits and is at most that; else -1. */
static long
number_in(const char *text, long most)
{
	size_t	len = strlen(text);
	long	n = strtol(text, NULL, 10);

	return len > 0 && len < 6 && strspn(text, "0123456789") == len && n <= most ? n : -1;
}

static int
add_proto(const struct options *o, json_t *request, const char *proto, enum ctl_exit *status)
{
	static const char *const words[] = { "tcp", "udp", "icmp", "icmp6", "sctp", "dccp", "udplite", "igmp", "gre", "esp",
		"ah", "ipv6" };
	struct nearest	near = { .word = proto };
	char		hint[NEAREST_HINT];

	(void)json_object_set_new(request, "proto", json_string(proto));
	if (number_in(proto, 255) != -1)
		return 0;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(proto, words[i]) == 0)
			return 0;
		nearest_look(&near, words[i]);
	}
	*status = usage_error(o, "'%s' is no protocol%s: tcp, udp, icmp, icmp6 and so on, or a number", proto,
	    nearest_hint(&near, hint));
	return -1;
}

static int
add_port(const struct options *o, json_t *request, const struct destination *d,
    enum ctl_exit *status)
{
	static const char *const	with_ports[] = { "tcp", "udp", "sctp", "dccp", "udplite" };
	bool				ports = false;
	long				port = 443;

	for (size_t i = 0; i < sizeof(with_ports) / sizeof(with_ports[0]); i++)
		ports = ports || strcmp(d->proto, with_ports[i]) == 0;
	if (d->port[0] != '\0' && (port = number_in(d->port, 65535)) == -1) {
		*status = usage_error(o, "'%s' is no port: a number up to 65535", d->port);
		return -1;
	}
	if (ports || d->port[0] != '\0')
		(void)json_object_set_new(request, "port", json_integer(port));
	return 0;
}

/* As programs do, it would ask for the name: rules and profiles may speak of it. */
static bool
would_ask(const struct options *o, const char *host)
{
	uint8_t	any[16];

	/* A single label is looked for below search domains, too: which name it is, is not known. */
	return !o->in && strchr(host, '.') != NULL && strchr(host, ':') == NULL && inet_pton(AF_INET, host, any) != 1;
}

struct question {
	const struct options	*o;
	const json_t		*request;
	bool			 begun, resolved;
};

static void
put_asker(struct line *l, const json_t *request)
{
	char	path[WORDS_BYTES];
	size_t	len = show_bytes_of(request, "app", path, sizeof(path));

	line_start(l, stdout);
	if (len > 0)
		line_bytes(l, path, len);
	else
		line_print(l, "process %" JSON_INTEGER_FORMAT, number_of(request, "pid"));
}

static void
question_row(void *ctx, const json_t *object)
{
	static struct line	 l;
	struct question		*q = ctx;
	json_t			*copy;

	if (strcmp(type_of(object), "end") == 0)
		q->resolved = strcmp(text_of(object, "verdict"), "accept") == 0;
	if (q->o->json) {
		copy = json_copy((json_t *)(uintptr_t)object);
		(void)json_object_set(copy, "question", json_object_get(q->request, "name"));
		show_json(copy);
		json_decref(copy);
		return;
	}
	if (!q->begun) {
		put_asker(&l, q->request);
		line_print(&l, " ? %s", text_of(q->request, "name"));
		line_end(&l);
	}
	q->begun = true;
	step_row(NULL, object);
}

/* Would the program be told? EXIT_OK also where not: *resolved. */
static enum ctl_exit
explain_name(const struct options *o, const json_t *program, const char *name, bool *resolved)
{
	static const char *const	keys[] = { "app", "app_bytes", "pid", "as_uid" };
	json_t				*request = json_pack("{s:s, s:s}", "verb", "dns-query", "name", name);
	struct question			 q = { .o = o, .request = request };
	enum ctl_exit			 status;

	if (request == NULL)
		return usage_error(o, "a name is ASCII");
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (json_object_get(program, keys[i]) != NULL)
			(void)json_object_set(request, keys[i], json_object_get(program, keys[i]));
	status = fetch(o, "bulwark.sock", json_incref(request), question_row, &q);
	json_decref(request);
	*resolved = q.resolved;
	return status;
}

/* Something like 192.0.2.999: no name ends in a number (RFC 3696, section 2). */
static bool
is_broken_address(const char *host)
{
	const char	*last = strrchr(host, '.');
	uint8_t		 any[4];

	last = last == NULL ? host : last + 1;
	return *last != '\0' && strspn(last, "0123456789") == strlen(last) && inet_pton(AF_INET, host, any) != 1;
}

/* -1: there is nothing to be asked any more; *status then. */
static int
add_destination(const struct options *o, json_t *request, const char *text,
    enum ctl_exit *status)
{
	const struct addrinfo	 hints = { .ai_socktype = SOCK_DGRAM };
	struct addrinfo		*ai = NULL;
	struct destination	 d;
	char			 address[NI_MAXHOST];
	bool			 resolved = true;
	int			 error;

	if (destination_read(text, &d) == -1) {
		*status = usage_error(o, "'%s' is no destination: a name or address, then :PORT and /PROTO if wanted", text);
		return -1;
	}
	if (is_broken_address(d.host)) {
		*status = usage_error(o, "'%s' is neither an address nor a name", d.host);
		return -1;
	}
	if (add_proto(o, request, d.proto, status) == -1 || add_port(o, request, &d, status) == -1)
		return -1;
	if (would_ask(o, d.host)) {
		*status = explain_name(o, request, d.host, &resolved);
		if (*status != EXIT_OK || !resolved)
			return -1;
		(void)json_object_set_new(request, "name", json_string(d.host));
	}
	error = getaddrinfo(d.host, "9", &hints, &ai);
	if (error != 0 || getnameinfo(ai->ai_addr, ai->ai_addrlen, address, sizeof(address), NULL, 0,
	    NI_NUMERICHOST) != 0) {
		*status = complain(o, EXIT_FAILED, "%s: %s; bulwarkctl asked for it itself: 'bulwarkctl dns blocked "
		    "app:bulwarkctl' tells whether it may, 'bulwarkctl dns servers' whether servers answer", d.host, gai_strerror(error));
		return -1;
	}
	address[strcspn(address, "%")] = '\0';
	(void)json_object_set_new(request, "address", json_string(address));
	(void)json_object_set_new(request, "direction", json_string(o->in ? "in" : "out"));
	add_local(request, ai);
	freeaddrinfo(ai);
	return 0;
}

static void
show_question(const json_t *request)
{
	static struct line	l;
	const char		*address = text_of(request, "address");

	put_asker(&l, request);
	if (address[0] != '\0') {
		line_print(&l, " %s ", strcmp(text_of(request, "direction"), "in") == 0 ? "<-" : "->");
		if (json_object_get(request, "name") != NULL)
			line_print(&l, "%s (%s) %s", text_of(request, "name"), address, text_of(request, "proto"));
		else
			line_print(&l, "%s %s", address, text_of(request, "proto"));
		if (json_object_get(request, "port") != NULL)
			line_print(&l, " port %" JSON_INTEGER_FORMAT, number_of(request, "port"));
	}
	line_end(&l);
}

/* The question stands above its answer, and not above a refusal. */
static void
answer_row(void *ctx, const json_t *object)
{
	json_t	**question = ctx;

	if (*question != NULL)
		show_question(*question);
	json_decref(*question);
	*question = NULL;
	step_row(NULL, object);
}

enum ctl_exit
verb_explain(const struct options *o, int argc, char **argv)
{
	json_t		*request, *question;
	enum ctl_exit	 status = EXIT_FAILED;

	if (argc < 1 || argc > 2)
		return usage_error(o, "explain takes a PID or a program, and a destination");
	if (argc == 1 && o->in)
		return usage_error(o, "--in wants a destination: the one who connects");
	request = json_pack("{s:s}", "verb", "explain");
	if (program_add(o, request, argv[0], false, &status) == -1 ||
	    (argc == 2 && add_destination(o, request, argv[1], &status) == -1)) {
		json_decref(request);
		return status;
	}
	question = json_incref(request);
	status = ask(o, "bulwark.sock", request, answer_row, &question);
	json_decref(question);
	return status;
}
