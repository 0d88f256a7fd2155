/*
 * explain: what would happen, without sending anything. Names are looked up
 * here; the address that this machine would use comes from its routes.
 */
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fields.h"
#include "reader.h"
#include "text.h"

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

static int
add_port(const struct options *o, json_t *request, const struct destination *d,
    enum ctl_exit *status)
{
	static const char *const	with_ports[] = { "tcp", "udp", "sctp", "dccp", "udplite" };
	bool				ports = false;
	char				*end = NULL;
	long				port = 443;

	for (size_t i = 0; i < sizeof(with_ports) / sizeof(with_ports[0]); i++)
		ports = ports || strcmp(d->proto, with_ports[i]) == 0;
	if (d->port[0] != '\0')
		port = strtol(d->port, &end, 10);
	if (port < 0 || port > 65535 || (end != NULL && *end != '\0')) {
		*status = usage_error(o, "'%s' is no port", d->port);
		return -1;
	}
	if (ports || d->port[0] != '\0')
		(void)json_object_set_new(request, "port", json_integer(port));
	return 0;
}

static int
add_destination(const struct options *o, json_t *request, const char *text,
    enum ctl_exit *status)
{
	const struct addrinfo	 hints = { .ai_socktype = SOCK_DGRAM };
	struct addrinfo		*ai = NULL;
	struct destination	 d;
	char			 address[NI_MAXHOST];
	int			 error;

	if (destination_read(text, &d) == -1) {
		*status = usage_error(o, "'%s' is no destination: ADDRESS[:PORT][/PROTO]", text);
		return -1;
	}
	if (add_port(o, request, &d, status) == -1)
		return -1;
	error = getaddrinfo(d.host, "9", &hints, &ai);
	if (error != 0 || getnameinfo(ai->ai_addr, ai->ai_addrlen, address, sizeof(address), NULL, 0,
	    NI_NUMERICHOST) != 0) {
		*status = complain(o, EXIT_FAILED, "%s: %s", d.host, gai_strerror(error));
		return -1;
	}
	address[strcspn(address, "%")] = '\0';
	(void)json_object_set_new(request, "address", json_string(address));
	(void)json_object_set_new(request, "proto", json_string(d.proto));
	(void)json_object_set_new(request, "direction", json_string(o->in ? "in" : "out"));
	add_local(request, ai);
	freeaddrinfo(ai);
	return 0;
}

/* The path that an exec of this word would run; what it links to, as /proc shows it. */
static int
find_program(const char *word, char path[PATH_MAX])
{
	char	 candidate[PATH_MAX];
	char	*folders, *next, *f;
	bool	 found = false;

	if (strchr(word, '/') != NULL)
		return realpath(word, path) == NULL ? -1 : 0;
	if ((folders = getenv("PATH")) == NULL)
		folders = "/usr/bin:/bin";
	if ((folders = strdup(folders)) == NULL)
		return -1;
	for (next = folders; !found && (f = strsep(&next, ":")) != NULL;) {
		int	n = snprintf(candidate, sizeof(candidate), "%s/%s", *f == '\0' ? "." : f, word);

		found = n > 0 && (size_t)n < sizeof(candidate) && access(candidate, X_OK) == 0 &&
		    realpath(candidate, path) != NULL;
	}
	free(folders);
	return found ? 0 : -1;
}

static bool
is_program(const char *path)
{
	struct stat	st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 0111) != 0;
}

static void
add_path(json_t *request, const char *path)
{
	json_t	*text = json_string(path);
	char	 hex[2 * PATH_MAX + 1];
	size_t	 n = 0;

	if (text != NULL) {
		(void)json_object_set_new(request, "app", text);
		return;
	}
	for (; n < PATH_MAX && path[n] != '\0'; n++)
		(void)snprintf(hex + 2 * n, 3, "%02x", (unsigned char)path[n]);
	(void)json_object_set_new(request, "app_bytes", json_stringn(hex, 2 * n));
}

static int
add_program(const struct options *o, json_t *request, const char *word, enum ctl_exit *status)
{
	char		 path[PATH_MAX], *end;
	long		 pid = strtol(word, &end, 10);
	uint32_t	 uid;

	if (o->user != NULL) {
		if (user_number(o->user, &uid) == -1) {
			*status = usage_error(o, "there is no user '%s'", o->user);
			return -1;
		}
		(void)json_object_set_new(request, "as_uid", json_integer(uid));
	}
	if (*end == '\0' && pid > 0) {
		(void)json_object_set_new(request, "pid", json_integer(pid));
		return 0;
	}
	if (find_program(word, path) == -1) {
		*status = strchr(word, '/') == NULL ?
		    complain(o, EXIT_OFF, "%s: no such program: give its path", word) :
		    complain(o, EXIT_OFF, errno == ENOENT || errno == ENOTDIR ? "there is no such file: %s" :
		    "%s: it can't be looked at", word);
		return -1;
	}
	if (!is_program(path)) {
		*status = complain(o, EXIT_OFF, "%s is no program: no executable file", word);
		return -1;
	}
	add_path(request, path);
	return 0;
}

static void
show_step(const json_t *s)
{
	static struct line	l;
	const char		*verdict = text_of(s, "verdict"), *file = text_of(s, "file");

	line_start(&l, stdout);
	if (number_of(s, "check") > 0)
		line_print(&l, "%2" JSON_INTEGER_FORMAT, number_of(s, "check"));
	line_pad(&l, 4);
	line_colour(&l, verdict[0] == '\0' ? DIM : verdict_colour(verdict));
	line_put(&l, verdict[0] == '\0' ? "-" : verdict);
	line_colour(&l, PLAIN);
	line_pad(&l, 15);
	line_wrap(&l, 15);
	if (text_of(s, "name")[0] != '\0')
		line_print(&l, "%s: ", text_of(s, "name"));
	line_put(&l, text_of(s, "text"));
	if (file[0] != '\0')
		line_print(&l, " (%s:%" JSON_INTEGER_FORMAT ")", file, number_of(s, "line"));
	line_end(&l);
}

static void
on_row(void *ctx, const json_t *object)
{
	static struct line	l;
	const char		*verdict = text_of(object, "verdict");

	(void)ctx;
	if (strcmp(type_of(object), "step") == 0) {
		show_step(object);
		return;
	}
	if (verdict[0] == '\0')
		return;
	line_start(&l, stdout);
	line_put(&l, "verdict: ");
	line_colour(&l, verdict_colour(verdict));
	line_print(&l, "%s (%" JSON_INTEGER_FORMAT ")", verdict, number_of(object, "mark"));
	line_end(&l);
}

static void
show_question(const json_t *request)
{
	static struct line	l;
	const char		*address = text_of(request, "address");
	char			path[WORDS_BYTES];
	size_t			len = show_bytes_of(request, "app", path, sizeof(path));

	line_start(&l, stdout);
	if (len > 0)
		line_bytes(&l, path, len);
	else
		line_print(&l, "process %" JSON_INTEGER_FORMAT, number_of(request, "pid"));
	if (address[0] != '\0') {
		line_print(&l, " %s %s %s", strcmp(text_of(request, "direction"), "in") == 0 ? "<-" :
		    "->", address, text_of(request, "proto"));
		if (json_object_get(request, "port") != NULL)
			line_print(&l, " port %" JSON_INTEGER_FORMAT, number_of(request, "port"));
	}
	line_end(&l);
}

enum ctl_exit
verb_explain(const struct options *o, int argc, char **argv)
{
	json_t		*request;
	enum ctl_exit	 status = EXIT_FAILED;

	if (argc < 1 || argc > 2)
		return usage_error(o, "explain takes a PID or a program, and a destination");
	if (argc == 1 && o->in)
		return usage_error(o, "--in wants a destination: the one who connects");
	request = json_pack("{s:s}", "verb", "explain");
	if (add_program(o, request, argv[0], &status) == -1 ||
	    (argc == 2 && add_destination(o, request, argv[1], &status) == -1)) {
		json_decref(request);
		return status;
	}
	if (!o->json)
		show_question(request);
	return ask(o, "bulwark.sock", request, on_row, NULL);
}
