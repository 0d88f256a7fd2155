/*
 * See view.h. Filters come from people's requests: they are bounded, and
 * matching costs no more than comparing each term once.
 */
#include <arpa/inet.h>
#include <sys/socket.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "view.h"
#include "words.h"

static const struct {
	const char	*name;
	bool		 number;
} keys[FILTER_KEYS] = {
	[FILTER_APP] = { "app", false }, [FILTER_PROFILE] = { "profile", false },
	[FILTER_VERDICT] = { "verdict", false }, [FILTER_UID] = { "uid", true },
	[FILTER_PID] = { "pid", true }, [FILTER_PORT] = { "port", true },
	[FILTER_PROTO] = { "proto", false }, [FILTER_DIRECTION] = { "direction", false },
	[FILTER_ADDRESS] = { "address", false }, [FILTER_CONTAINER] = { "container", false },
};

const char *
filter_key_name(enum filter_key key)
{
	return keys[key].name;
}

bool
filter_takes_number(enum filter_key key)
{
	return keys[key].number;
}

bool
view_allows(const struct viewer *viewer, const struct program *p)
{
	return viewer->all || (p != NULL && p->uid == viewer->uid);
}

/* ADDRESS or ADDRESS/BITS. */
static int
read_net(const char *s, struct filter_term *term)
{
	char		 address[INET6_ADDRSTRLEN];
	const char	*slash = strchr(s, '/');
	size_t		 len = slash == NULL ? strlen(s) : (size_t)(slash - s);
	long		 bits;
	char		*end;

	if (len == 0 || len >= sizeof(address))
		return -1;
	memcpy(address, s, len);
	address[len] = '\0';
	if (inet_pton(AF_INET, address, term->address) == 1)
		term->family = 4;
	else if (inet_pton(AF_INET6, address, term->address) == 1)
		term->family = 6;
	else
		return -1;
	bits = term->family == 4 ? 32 : 128;
	if (slash != NULL) {
		if (slash[1] < '0' || slash[1] > '9')
			return -1;
		long	wanted = strtol(slash + 1, &end, 10);

		if (*end != '\0' || wanted > bits)
			return -1;
		bits = wanted;
	}
	term->prefix = (uint8_t)bits;
	return 0;
}

static struct filter_term *
term_new(struct filter *filter, enum filter_key key)
{
	struct filter_term	*term;

	if (filter->count == FILTER_TERMS)
		return NULL;
	term = &filter->term[filter->count];
	*term = (struct filter_term){ .key = key };
	return term;
}

static int
term_keep(struct filter *filter)
{
	filter->keys |= 1u << filter->term[filter->count].key;
	filter->count++;
	return 0;
}

int
filter_add_number(struct filter *filter, enum filter_key key, int64_t number)
{
	struct filter_term	*term = term_new(filter, key);
	int64_t			 max = key == FILTER_PORT ? UINT16_MAX : UINT32_MAX;

	if (term == NULL || !keys[key].number || number < 0 || number > max)
		return -1;
	term->number = (uint32_t)number;
	return term_keep(filter);
}

int
filter_add_text(struct filter *filter, enum filter_key key, const char *text)
{
	struct filter_term	*term = term_new(filter, key);
	size_t			 len = strlen(text);
	int			 proto;

	if (term == NULL || len == 0 || len >= sizeof(term->text))
		return -1;
	switch (key) {
	case FILTER_APP:
	case FILTER_PROFILE:
	case FILTER_CONTAINER:
		memcpy(term->text, text, len + 1);
		break;
	case FILTER_VERDICT:
		if ((term->number = word_to_outcome(text)) == 0)
			return -1;
		break;
	case FILTER_DIRECTION:
		if ((term->number = word_to_direction(text)) == 0)
			return -1;
		break;
	case FILTER_PROTO:
		if ((proto = word_to_protocol(text)) == -1)
			return -1;
		term->number = (uint32_t)proto;
		break;
	case FILTER_ADDRESS:
		if (read_net(text, term) == -1)
			return -1;
		break;
	default:
		return -1;
	}
	return term_keep(filter);
}

static bool
text_matches(const char *want, const char *s, size_t len)
{
	size_t	n = strlen(want);

	if (want[n - 1] == '*')
		return len >= n - 1 && memcmp(want, s, n - 1) == 0;
	return len == n && memcmp(want, s, n) == 0;
}

/* A program's name is the last part of its path; with a slash the whole path is meant. */
static bool
path_matches(const char *want, const char *path, size_t len)
{
	const char	*name;

	if (strchr(want, '/') != NULL)
		return text_matches(want, path, len);
	name = memrchr(path, '/', len);
	name = name == NULL ? path : name + 1;
	return text_matches(want, name, (size_t)(path + len - name));
}

/* What it counts as a part of has its connections, too. */
static bool
app_matches(const char *want, const struct program *p)
{
	if (p == NULL)
		return false;
	if (path_matches(want, p->bytes, p->path_len))
		return true;
	return p->part_pid != 0 &&
	    path_matches(want, p->bytes + p->path_len + p->cgroup_len + p->command_len, p->part_len);
}

bool
view_container(const struct program *p, char name[CONTAINER_NAME_BYTES], bool *claimed)
{
	struct cgroup_container	c;
	char			path[CGROUP_BYTES + 1];

	memcpy(path, p->bytes + p->path_len, p->cgroup_len);
	path[p->cgroup_len] = '\0';
	if ((p->flags & PROCESS_OWN_MOUNTS) == 0 || !cgroup_container(path, &c))
		return false;
	(void)snprintf(name, CONTAINER_NAME_BYTES, "%s/%s", c.engine, c.name);
	*claimed = c.end > p->cgroup_root;
	return true;
}

/* ENGINE/NAME, or NAME. What a user alone says of a cgroup is not believed. */
static bool
container_matches(const char *want, const struct program *p)
{
	char	name[CONTAINER_NAME_BYTES];
	bool	claimed;

	return p != NULL && view_container(p, name, &claimed) && !claimed && path_matches(want, name, strlen(name));
}

static bool
address_within(const struct filter_term *term, const uint8_t *address)
{
	unsigned	whole = term->prefix / 8, rest = term->prefix % 8;

	if (memcmp(term->address, address, whole) != 0)
		return false;
	return rest == 0 || ((term->address[whole] ^ address[whole]) >> (8 - rest)) == 0;
}

/* A term that tells programs apart. */
static bool
program_matches(const struct filter_term *term, const struct program *p, const struct why *w)
{
	switch (term->key) {
	case FILTER_APP:
		return app_matches(term->text, p);
	case FILTER_PROFILE:
		return w != NULL && text_matches(term->text, w->bytes, w->profile_len);
	case FILTER_CONTAINER:
		return container_matches(term->text, p);
	case FILTER_UID:
		return p != NULL && p->uid == term->number;
	case FILTER_PID:
		return p != NULL && p->pid == term->number;
	default:
		return false;
	}
}

static bool
flow_matches(const struct filter_term *term, const struct ui_event *e)
{
	switch (term->key) {
	case FILTER_PORT:
		return e->tuple.dport == term->number;
	case FILTER_PROTO:
		return e->tuple.proto == term->number;
	case FILTER_DIRECTION:
		return e->direction == term->number;
	case FILTER_ADDRESS:
		return e->tuple.family == term->family && (address_within(term, e->tuple.src) ||
		    address_within(term, e->tuple.dst));
	default:
		return false;
	}
}

bool
filter_passes(const struct filter *filter, unsigned word, const struct ui_event *e, const struct program *p,
    const struct why *w)
{
	unsigned	met = 0;

	for (unsigned i = 0; i < filter->count; i++)
		if ((met & 1u << filter->term[i].key) == 0 &&
		    (program_matches(&filter->term[i], p, w) ||
		    (filter->term[i].key == FILTER_VERDICT && filter->term[i].number == word) ||
		    (e != NULL && flow_matches(&filter->term[i], e))))
			met |= 1u << filter->term[i].key;
	return met == filter->keys;
}
