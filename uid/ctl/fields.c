/*
 * See fields.h.
 */
#include <sys/types.h>

#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fields.h"

#define USERS_KEPT	64
#define PATH_ROOM	4200

const char *
text_of(const json_t *object, const char *key)
{
	const char	*s = json_string_value(json_object_get(object, key));

	return s == NULL ? "" : s;
}

json_int_t
number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

bool
true_of(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

const char *
user_name(uint32_t uid)
{
	static struct {
		uint32_t	uid;
		char		name[40];
	} kept[USERS_KEPT];
	char		*name = kept[uid % USERS_KEPT].name;
	struct passwd	*pw;

	if (name[0] != '\0' && kept[uid % USERS_KEPT].uid == uid)
		return name;
	pw = getpwuid(uid);
	if (pw == NULL || strlen(pw->pw_name) >= sizeof(kept[0].name))
		(void)snprintf(name, sizeof(kept[0].name), "%" PRIu32, uid);
	else
		(void)snprintf(name, sizeof(kept[0].name), "%s", pw->pw_name);
	kept[uid % USERS_KEPT].uid = uid;
	return name;
}

int
user_number(const char *name, uint32_t *uid)
{
	struct passwd	*pw = getpwnam(name);
	char		*end;
	unsigned long	 n;

	if (pw != NULL) {
		*uid = pw->pw_uid;
		return 0;
	}
	if (name[0] < '0' || name[0] > '9')
		return -1;
	n = strtoul(name, &end, 10);
	*uid = (uint32_t)n;
	return *end == '\0' && n < UINT32_MAX ? 0 : -1;
}

/* The last part of the path in this object; "?": none is known. */
static const char *
last_part(const json_t *object, char path[PATH_ROOM])
{
	size_t		 len = show_bytes_of(object, "path", path, PATH_ROOM - 1);
	const char	*slash;

	path[len] = '\0';
	slash = strrchr(path, '/');
	return len == 0 ? "?" : slash == NULL || slash[1] == '\0' ? path : slash + 1;
}

const char *
program_of(const json_t *event, char to[WORDS_BYTES])
{
	const json_t	*process = json_object_get(event, "process"), *whole = json_object_get(process, "part_of");
	const char	*owner = text_of(event, "owner");
	char		 path[PATH_ROOM];
	int		 len;

	if (!json_is_object(process)) {
		(void)snprintf(to, WORDS_BYTES, "(%s%s%s)", owner[0] == '\0' ? "?" : owner,
		    strcmp(owner, "forwarded") == 0 ? " " : "",
		    strcmp(owner, "forwarded") == 0 ? text_of(event, "device") : "");
		return to;
	}
	len = snprintf(to, WORDS_BYTES, "%s[%" JSON_INTEGER_FORMAT "]", last_part(process, path),
	    number_of(process, "pid"));
	if (whole != NULL && len > 0 && len < WORDS_BYTES)
		len += snprintf(to + len, (size_t)(WORDS_BYTES - len), " (of %s)", last_part(whole, path));
	if (text_of(process, "container")[0] != '\0' && len > 0 && len < WORDS_BYTES)
		(void)snprintf(to + len, (size_t)(WORDS_BYTES - len), " (in %s)", text_of(process, "container"));
	return to;
}

const char *
owner_of(const json_t *event, char to[WORDS_BYTES])
{
	const json_t	*process = json_object_get(event, "process");

	(void)snprintf(to, WORDS_BYTES, "%s", json_object_get(process, "uid") == NULL ? "-" :
	    user_name((uint32_t)number_of(process, "uid")));
	return to;
}

/* A name or an address, with that port. */
static void
endpoint(char *to, size_t room, const json_t *event, const char *host, const char *port)
{
	bool	six = strchr(host, ':') != NULL;

	if (json_object_get(event, port) == NULL)
		(void)snprintf(to, room, "%s", host);
	else
		(void)snprintf(to, room, "%s%s%s:%" JSON_INTEGER_FORMAT, six ? "[" : "", host,
		    six ? "]" : "", number_of(event, port));
}

const char *
flow_of(const json_t *event, char to[WORDS_BYTES])
{
	const char	*direction = text_of(event, "direction"), *proto = text_of(event, "proto");
	const char	*name = text_of(event, "name");
	char		 src[80], dst[320], icmp[48] = "";

	endpoint(src, sizeof(src), event, text_of(event, "src"), "sport");
	endpoint(dst, sizeof(dst), event, name[0] != '\0' ? name : text_of(event, "dst"), "dport");
	if (json_object_get(event, "icmp_type") != NULL)
		(void)snprintf(icmp, sizeof(icmp), " type %" JSON_INTEGER_FORMAT,
		    number_of(event, "icmp_type"));
	if (strcmp(direction, "out") == 0 && name[0] != '\0')
		(void)snprintf(to, WORDS_BYTES, "-> %s/%s%s (%s)", dst, proto, icmp, text_of(event, "dst"));
	else if (strcmp(direction, "out") == 0)
		(void)snprintf(to, WORDS_BYTES, "-> %s/%s%s", dst, proto, icmp);
	else if (strcmp(direction, "in") == 0)
		(void)snprintf(to, WORDS_BYTES, "<- %s at %s/%s%s", src, dst, proto, icmp);
	else
		(void)snprintf(to, WORDS_BYTES, "%s -> %s/%s%s", src, dst, proto, icmp);
	return to;
}

const char *
reason_of(const json_t *event, char to[WORDS_BYTES])
{
	const json_t	*reason = json_object_get(event, "reason");
	const char	*text = text_of(reason, "text"), *file = text_of(reason, "file");
	const char	*slash = strrchr(file, '/');

	/* Where columns are scarce the folder gives way. */
	if (show_on_terminal() && slash != NULL)
		file = slash + 1;
	if (text[0] == '\0')
		(void)snprintf(to, WORDS_BYTES, "reason %" JSON_INTEGER_FORMAT,
		    number_of(reason, "id"));
	else if (file[0] == '\0')
		(void)snprintf(to, WORDS_BYTES, "%s", text);
	else
		(void)snprintf(to, WORDS_BYTES, "%s (%s:%" JSON_INTEGER_FORMAT ")", text, file,
		    number_of(reason, "line"));
	return to;
}

const char *
clock_of(const json_t *object, const char *key, char to[WORDS_BYTES])
{
	json_int_t	us = number_of(object, key);
	time_t		second = (time_t)(us / 1000000);
	struct tm	tm;
	size_t		n = 0;

	if (localtime_r(&second, &tm) != NULL)
		n = strftime(to, WORDS_BYTES, "%H:%M:%S", &tm);
	(void)snprintf(to + n, WORDS_BYTES - n, ".%03d", (int)(us / 1000 % 1000));
	return to;
}

enum colour
verdict_colour(const char *verdict)
{
	if (strcmp(verdict, "accept") == 0)
		return GREEN;
	if (strcmp(verdict, "block") == 0 || strcmp(verdict, "drop") == 0)
		return RED;
	return CYAN;
}

const char *
bytes_words(uint64_t bytes, char to[WORDS_BYTES])
{
	static const char *const	units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double				n = (double)bytes;
	unsigned			unit = 0;

	while (n >= 1024 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		n /= 1024;
		unit++;
	}
	(void)snprintf(to, WORDS_BYTES, "%.*f %s", unit == 0 || n >= 100 ? 0 : 1, n, units[unit]);
	return to;
}
