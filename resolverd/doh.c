/*
 * See doh.h. Called by tls_doh.c. The answer is the server's, which may say anything;
 * what its message is worth is judged by reply.c.
 */
#include <arpa/inet.h>
#include <netinet/in.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "doh.h"

#define TYPE		"application/dns-message"
#define PORT		443	/* needs not be said */
#define AUTHORITY	(SERVER_NAME + sizeof("[]:65535"))

static void
write_host(const struct server *s, char *to, size_t size)
{
	if (s->name[0] != '\0')
		(void)snprintf(to, size, "%s", s->name);
	else if (s->addr.ss_family == AF_INET)
		(void)inet_ntop(AF_INET, &((const struct sockaddr_in *)&s->addr)->sin_addr, to, (socklen_t)size);
	else
		(void)inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)&s->addr)->sin6_addr, to, (socklen_t)size);
}

/* The name that its certificate shows, else its address; the port where it is not the usual one. */
static void
write_authority(const struct server *s, char to[static AUTHORITY])
{
	char		host[SERVER_NAME];
	uint16_t	port = ntohs(((const struct sockaddr_in *)&s->addr)->sin_port);	/* the same place in both */
	bool		six;

	write_host(s, host, sizeof(host));
	six = strchr(host, ':') != NULL;
	(void)snprintf(to, AUTHORITY, "%s%s%s", six ? "[" : "", host, six ? "]" : "");
	if (port != PORT)
		(void)snprintf(to + strlen(to), AUTHORITY - strlen(to), ":%u", port);
}

struct h2_stream *
doh_ask(struct h2 *h, const struct server *s, struct asked *a, const struct question_options *o, void *ctx)
{
	uint8_t		m[H2_POST];
	char		authority[AUTHORITY];
	struct h2_post	post = { .authority = authority, .path = s->path, .type = TYPE, .body = m };

	a->id = 0;
	if ((post.len = build_question(a, o, m, sizeof(m))) == 0)
		return NULL;
	write_authority(s, authority);
	return h2_post(h, &post, ctx);
}

const char *
doh_wrong(const struct h2_answer *a)
{
	if (a->status != 200)
		return "its HTTP status is not 200: is the path right?";
	if (strcasecmp(a->type, TYPE) != 0 || a->encoded)
		return "what it sends is not of type " TYPE;
	return a->len < DNS_HEADER ? "what it sends is no DNS message" : NULL;
}
