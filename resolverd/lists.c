/*
 * See lists.h. Called by the front and told.c, for each name and alias, and by who brings
 * lists.
 */
#include <string.h>

#include "lists.h"

struct list {
	char	name[LIST_NAME];	/* "": this number is free */
	char	tag[LIST_TAG];
	size_t	rules;
};

static struct list	lists[LISTS_MOST];
static struct list_set	set;

void
lists_init(void)
{
	list_hash_init();
}

static struct list *
by_name(const char *name)
{
	for (unsigned i = 0; i < LISTS_MOST; i++)
		if (strcmp(lists[i].name, name) == 0)
			return &lists[i];
	return NULL;
}

/* The list's rules are these now. */
static int
take(struct list *l, const struct list_entry *entry, size_t count)
{
	size_t		others = set.count - l->rules;
	struct list_set	next;

	if (list_set_build(&next, &set, (unsigned)(l - lists), entry, count) == -1)
		return -1;
	list_set_free(&set);
	set = next;
	l->rules = set.count - others;
	return 0;
}

static int
load(struct list *l, int fd, struct list_report *report)
{
	struct list_entries	read = { 0 };
	size_t			most = LIST_RULES - (set.count - l->rules);
	int			result;

	result = list_file_read(fd, (unsigned)(l - lists), most, &read, report);
	if (result == 0 && (result = take(l, read.entry, read.count)) == -1)
		report->refused = "no memory";
	list_entries_free(&read);
	return result;
}

int
lists_load(unsigned number, const char *name, const char *tag, int fd, struct list_report *report)
{
	struct list	*l, *namesake;

	*report = (struct list_report){ 0 };
	if (name[0] == '\0' || strlen(name) >= LIST_NAME || strlen(tag) >= LIST_TAG) {
		report->refused = "its name or tag is too long, or there is none";
		return -1;
	}
	if (number >= LISTS_MOST) {
		report->refused = "too many lists";
		return -1;
	}
	l = &lists[number];
	if ((namesake = by_name(name)) != NULL && namesake != l) {
		report->refused = "there is a list of this name already";
		return -1;
	}
	if (load(l, fd, report) == -1)
		return -1;
	memcpy(l->name, name, strlen(name) + 1);
	memcpy(l->tag, tag, strlen(tag) + 1);
	return 0;
}

int
lists_drop(const char *name)
{
	struct list	*l = name[0] == '\0' ? NULL : by_name(name);

	if (l == NULL || take(l, NULL, 0) == -1)
		return -1;
	*l = (struct list){ 0 };
	return 0;
}

static void
tell(const struct list_entry *e, const struct dname *n, size_t at, struct list_hit *hit)
{
	hit->list = lists[e->list].name;
	hit->tag = lists[e->list].tag;
	hit->line = e->line;
	hit->below = e->kind != LIST_EXACT;
	hit->rule.len = (uint8_t)(n->len - at);
	memcpy(hit->rule.wire, n->wire + at, hit->rule.len);
}

enum list_word
lists_find(const struct dname *n, uint64_t counts, struct list_hit *hit)
{
	const struct list_entry		*e;

	if (set.count == 0 || counts == 0)
		return LIST_SILENT;
	for (size_t at = 0; n->wire[at] != 0; at += n->wire[at] + (size_t)1) {
		e = list_set_find(&set, list_hash(n->wire + at, n->len - at), at == 0, counts);
		if (e == NULL)
			continue;
		tell(e, n, at, hit);
		return e->kind == LIST_EXCEPT ? LIST_EXCEPTED : LIST_BLOCKED;
	}
	return LIST_SILENT;
}

uint64_t
lists_having(const struct dname *n)
{
	uint64_t	having = 0, found;

	if (set.count == 0)
		return 0;
	for (size_t at = 0; n->wire[at] != 0; at += n->wire[at] + (size_t)1) {
		if (!list_set_having(&set, list_hash(n->wire + at, n->len - at), at == 0, &found))
			break;		/* an exception: what is less exact says nothing */
		having |= found;
	}
	return having;
}

size_t
lists_rules(void)
{
	return set.count;
}

size_t
lists_bytes(void)
{
	return list_set_bytes(&set);
}
