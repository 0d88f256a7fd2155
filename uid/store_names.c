/*
 * What ids stand for: processes and reasons. Records are as long as what they
 * hold; the ones used longest ago make room, ended processes first.
 */
#include <stdlib.h>
#include <string.h>

#include "store_impl.h"

static unsigned
bucket_of(uint64_t id)
{
	return (unsigned)((id * UINT64_C(0x9e3779b97f4a7c15)) >> 32) % NAME_BUCKETS;
}

static size_t
program_size(const struct program *p)
{
	return sizeof(*p) + p->path_len + p->cgroup_len + p->command_len + p->part_len;
}

static struct program **
program_link(struct store *s, uint64_t id)
{
	struct program	**link = &s->program_bucket[bucket_of(id)];

	while (*link != NULL && (*link)->id != id)
		link = &(*link)->next;
	return link;
}

static void
program_remove(struct store *s, struct program *p)
{
	*program_link(s, p->id) = p->next;
	if (p->gone) {
		TAILQ_REMOVE(&s->gone, p, order);
		s->gone_count--;
	} else {
		TAILQ_REMOVE(&s->live, p, order);
		s->live_count--;
	}
	s->program_bytes -= program_size(p);
	free(p);
}

static void
programs_trim(struct store *s)
{
	while (s->gone_count > 0 && (s->gone_count > STORE_GONE ||
	    s->live_count + s->gone_count > STORE_PROCESSES || s->program_bytes > STORE_TEXT_MAX))
		program_remove(s, TAILQ_LAST(&s->gone, program_list));
	while (s->live_count > 1 &&
	    (s->live_count > STORE_PROCESSES || s->program_bytes > STORE_TEXT_MAX))
		program_remove(s, TAILQ_LAST(&s->live, program_list));
}

/* NULL: no memory. */
static struct program *
program_new(const struct process *from)
{
	const struct process_parent *part = &from->hints.parent[0];	/* all zero if it is part of none */
	size_t		 len = (size_t)from->path_len + from->cgroup_len + from->command_len;
	struct program	*p = malloc(sizeof(*p) + len + part->path_len);

	if (p == NULL)
		return NULL;
	*p = (struct program){ .id = from->id, .pid = from->pid, .ppid = from->ppid,
			       .uid = from->uid, .flags = from->flags, .path_len = from->path_len,
			       .cgroup_len = from->cgroup_len, .command_len = from->command_len,
			       .cgroup_root = from->cgroup_root, .netns = from->netns,
			       .part_pid = part->pid, .part_len = part->path_len };
	memcpy(p->bytes, from->path, from->path_len);
	memcpy(p->bytes + from->path_len, from->cgroup, from->cgroup_len);
	memcpy(p->bytes + from->path_len + from->cgroup_len, from->command, from->command_len);
	memcpy(p->bytes + len, part->path, part->path_len);
	return p;
}

int
store_add_process(struct store *s, const struct process *from)
{
	struct program	*p = *program_link(s, from->id);
	unsigned	 bucket = bucket_of(from->id);

	if (p != NULL)
		program_remove(s, p);
	if ((p = program_new(from)) == NULL)
		return -1;
	p->next = s->program_bucket[bucket];
	s->program_bucket[bucket] = p;
	TAILQ_INSERT_HEAD(&s->live, p, order);
	s->live_count++;
	s->program_bytes += program_size(p);
	programs_trim(s);
	return 0;
}

void
store_process_gone(struct store *s, uint64_t id)
{
	struct program	*p = *program_link(s, id);

	if (p == NULL || p->gone)
		return;
	TAILQ_REMOVE(&s->live, p, order);
	s->live_count--;
	p->gone = true;
	TAILQ_INSERT_HEAD(&s->gone, p, order);
	s->gone_count++;
	programs_trim(s);
}

const struct program *
store_process(struct store *s, uint64_t id)
{
	struct program	*p = *program_link(s, id);

	if (p != NULL && !p->gone && p != TAILQ_FIRST(&s->live)) {
		TAILQ_REMOVE(&s->live, p, order);
		TAILQ_INSERT_HEAD(&s->live, p, order);
	}
	return p;
}

const struct program *
store_process_by_pid(const struct store *s, uint32_t pid)
{
	const struct program	*p, *found = NULL;

	/* After an exec two ids share a number until the older is told gone: ids count up. */
	TAILQ_FOREACH(p, &s->live, order)
		if (p->pid == pid && (found == NULL || p->id > found->id))
			found = p;
	return found;
}

static size_t
why_size(const struct why *w)
{
	return sizeof(*w) + w->profile_len + w->file_len + w->text_len;
}

static struct why **
why_link(struct store *s, uint32_t id)
{
	struct why	**link = &s->why_bucket[bucket_of(id)];

	while (*link != NULL && (*link)->id != id)
		link = &(*link)->next;
	return link;
}

static void
why_remove(struct store *s, struct why *w)
{
	*why_link(s, w->id) = w->next;
	TAILQ_REMOVE(&s->reasons, w, order);
	s->reason_count--;
	s->reason_bytes -= why_size(w);
	free(w);
}

int
store_add_reason(struct store *s, const struct ui_reason *from)
{
	struct why	*w = *why_link(s, from->id);
	size_t		 profile = strnlen(from->profile, sizeof(from->profile));
	size_t		 file = strnlen(from->file, sizeof(from->file));
	size_t		 text = strnlen(from->text, sizeof(from->text));
	unsigned	 bucket = bucket_of(from->id);

	if (w != NULL)
		why_remove(s, w);
	if ((w = malloc(sizeof(*w) + profile + file + text)) == NULL)
		return -1;
	*w = (struct why){ .id = from->id, .line = from->line, .check = from->check,
			   .profile_len = (uint16_t)profile, .file_len = (uint16_t)file,
			   .text_len = (uint16_t)text, .next = s->why_bucket[bucket] };
	memcpy(w->bytes, from->profile, profile);
	memcpy(w->bytes + profile, from->file, file);
	memcpy(w->bytes + profile + file, from->text, text);
	s->why_bucket[bucket] = w;
	TAILQ_INSERT_HEAD(&s->reasons, w, order);
	s->reason_count++;
	s->reason_bytes += why_size(w);
	while (s->reason_count > 1 &&
	    (s->reason_count > STORE_REASONS || s->reason_bytes > STORE_TEXT_MAX))
		why_remove(s, TAILQ_LAST(&s->reasons, why_list));
	return 0;
}

const struct why *
store_reason(struct store *s, uint32_t id)
{
	struct why	*w = *why_link(s, id);

	if (w != NULL && w != TAILQ_FIRST(&s->reasons)) {
		TAILQ_REMOVE(&s->reasons, w, order);
		TAILQ_INSERT_HEAD(&s->reasons, w, order);
	}
	return w;
}

void
store_free_names(struct store *s)
{
	struct program	*p;
	struct why	*w;

	/* The analyzer does not see that they are taken off their lists. */
	while ((p = TAILQ_FIRST(&s->live)) != NULL || (p = TAILQ_FIRST(&s->gone)) != NULL)
		program_remove(s, p);			/* NOLINT(clang-analyzer-unix.Malloc) */
	while ((w = TAILQ_FIRST(&s->reasons)) != NULL)
		why_remove(s, w);			/* NOLINT(clang-analyzer-unix.Malloc) */
}
