/*
 * KEY:VALUE words of the command line as members of a request. uid knows which
 * values are good and says so; here only numbers and users' names are read.
 */
#include <stdlib.h>
#include <string.h>

#include "fields.h"

static const struct {
	const char	*word;		/* as typed */
	const char	*key;		/* as sent */
	bool		 number;
} filters[] = {
	{ "app", "app", false }, { "profile", "profile", false }, { "verdict", "verdict", false },
	{ "user", "uid", true }, { "uid", "uid", true }, { "pid", "pid", true },
	{ "port", "port", true }, { "proto", "proto", false },
	{ "direction", "direction", false }, { "address", "address", false }, { "container", "container", false },
};
#define FILTERS	(sizeof(filters) / sizeof(filters[0]))

static json_t *
value_of(size_t filter, const char *text)
{
	char		*end;
	long long	 n;
	uint32_t	 uid;

	if (!filters[filter].number)
		return json_string(text);	/* NULL when it is no UTF-8 */
	if (strcmp(filters[filter].word, "user") == 0)
		return user_number(text, &uid) == 0 ? json_integer(uid) : NULL;
	n = strtoll(text, &end, 10);
	return *end == '\0' && end != text ? json_integer(n) : NULL;
}

/* Adds each part of a list; false when one is no value. */
static bool
add_values(json_t *request, size_t filter, char *list)
{
	json_t	*array = json_object_get(request, filters[filter].key);
	char	*save = NULL;

	if (array == NULL) {
		array = json_array();
		if (json_object_set_new(request, filters[filter].key, array) == -1)
			return false;
	}
	for (char *one = strtok_r(list, ",", &save); one != NULL; one = strtok_r(NULL, ",", &save))
		if (json_array_append_new(array, value_of(filter, one)) == -1)
			return false;
	return json_array_size(array) > 0;
}

int
filters_add(const struct options *o, json_t *request, int argc, char **argv,
    enum ctl_exit *status)
{
	for (int i = 0; i < argc; i++) {
		char	*colon = strchr(argv[i], ':');
		size_t	 len = colon == NULL ? 0 : (size_t)(colon - argv[i]), filter = 0;

		while (filter < FILTERS && (strlen(filters[filter].word) != len ||
		    strncmp(filters[filter].word, argv[i], len) != 0))
			filter++;
		if (colon == NULL || filter == FILTERS) {
			*status = usage_error(o, "'%s' is no filter; filters are app:, profile:, "
			    "verdict:, user:, uid:, pid:, port:, proto:, direction:, address:, container:",
			    argv[i]);
			return -1;
		}
		if (!add_values(request, filter, colon + 1)) {
			*status = usage_error(o, "'%s' has no usable value", argv[i]);
			return -1;
		}
	}
	return 0;
}
