/* Messages of the who channel, and the process message that three channels carry. */
#include "message_test.h"

#include "who.h"
#include "process.pb-c.h"
#include "who.pb-c.h"

static void
fill_sender(struct who_sender *s)
{
	s->pid = rnd32() | 1;
	s->start_ns = rnd_id();
	s->exec = rnd_id();
	s->ino = rnd_id();
	s->dev = rnd32();
	s->mount = rnd32();
	s->ctime_ns = (int64_t)rnd();
	s->uid = rnd32();
	s->euid = rnd32();
	s->caps = rnd();
	s->cgroup = rnd();
	s->mount_ns = rnd32();
	s->user_ns = rnd32();
	s->traced = rnd_bool();
}

static void
fill_who_ask(void *p)
{
	struct who_ask *m = p;
	size_t i;

	m->count = (uint8_t)rnd_in(1, WHO_BATCH);
	for (i = 0; i < m->count; i++) {
		struct who_question *q = &m->question[i];

		q->ask = rnd32();
		q->kind = (uint8_t)rnd_in(1, WHO_KIND_MAX);
		q->family = rnd_address(test_full || rnd_bool() ? 6 : 4, q->src);
		q->proto = (uint8_t)rnd32();
		q->ident = (uint16_t)rnd32();
		q->inode = q->kind == WHO_RAW ? 0 : rnd_id();
		q->uid = rnd32();
		q->sender_uid = rnd32();
		q->thorough = rnd_bool();
		if (q->kind == WHO_SENDER)
			fill_sender(&q->sender);
	}
}

static void
fill_who_hinted(void *p)
{
	struct who_hinted *m = p;

	m->all = !test_full && rnd_in(0, 9) == 0;
	m->count = m->all ? 0 : (uint16_t)rnd_in(0, HINTED_MOST);
	for (unsigned i = 0; i < m->count; i++) {
		struct hinted_path *h = &m->path[i];

		h->len = (uint8_t)rnd_raw(h->text, 3, HINTED_BYTES);
		for (unsigned k = 0; k + 1 < h->len; k++)
			if (h->text[k] == '*' || h->text[k] == '/')
				h->text[k] = 'x';
		h->text[0] = '/';
		h->text[h->len - 1] = '*';
	}
}

static void
fill_who_holders(void *p)
{
	struct who_holders *m = p;
	size_t i;

	m->count = (uint8_t)rnd_in(1, WHO_BATCH);
	for (i = 0; i < m->count; i++) {
		struct who_answer *a = &m->answer[i];

		a->ask = rnd32();
		a->status = test_full ? WHO_FOUND : (uint8_t)rnd_in(1, WHO_STATUS_MAX);
		if (a->status == WHO_NOBODY || a->status == WHO_NOT_SEEN)
			continue;
		a->raw_suspects = rnd_bool();
		a->count = (uint8_t)rnd_in(a->status == WHO_FOUND, HOLDERS_MAX);
		rnd_ids(a->holder, a->count);
	}
}

static void
fill_who_gone(void *p)
{
	struct who_gone *m = p;

	m->count = (uint8_t)rnd_in(1, WHO_BATCH);
	rnd_ids(m->id, m->count);
	m->ended = rnd() & (UINT64_MAX >> (WHO_BATCH - m->count));
}

static void
fill_who_shared(void *p)
{
	struct who_shared *m = p;

	m->inode = rnd_id();
	m->count = (uint8_t)rnd_in(1, HOLDERS_MAX);
	rnd_ids(m->holder, m->count);
}

static void
fill_who_stats(void *p)
{
	struct who_stats *m = p;
	size_t i;

	m->queues = (uint8_t)rnd_in(0, WHO_QUEUES);
	for (i = 0; i < m->queues; i++) {
		m->queue[i].number = (uint16_t)rnd32();
		m->queue[i].waiting = rnd32();
		m->queue[i].dropped = rnd_id();
		m->queue[i].user_dropped = rnd_id();
		m->queue[i].total = rnd_id();
	}
	m->processes = rnd32();
	m->sockets = rnd32();
	m->events = rnd_bool();
}

static void
fill_who_namespaces(void *p)
{
	struct who_namespaces *m = p;
	size_t i;

	m->whole = rnd_in(0, 1) == 1;
	m->count = (uint16_t)rnd_in(0, WHO_NAMESPACES_COUNT);
	for (i = 0; i < m->count; i++) {
		m->ns[i].inode = rnd_id();
		m->ns[i].pid = rnd_in(1, UINT32_MAX);
		m->ns[i].process = rnd_id();
		m->ns[i].alone = rnd_bool();
		m->ns[i].young = rnd_bool();
	}
}

static void
fill_hints(struct process_hints *h)
{
	const uint32_t safe = PROCESS_ROOT_FILE | PROCESS_SAFE_MODE;

	h->read = true;
	h->cwd_len = rnd_raw(h->cwd, 1, CWD_BYTES);
	h->cwd[0] = '/';
	h->arguments_len = rnd_raw(h->arguments, 1, ARGUMENTS_BYTES);
	h->arguments[h->arguments_len / 2] = h->arguments[h->arguments_len - 1] = '\0';
	h->scripts = (uint8_t)rnd_in(1, SCRIPTS_MOST);
	for (unsigned i = 0; i < h->scripts; i++) {
		h->script[i].argument = (uint8_t)rnd_in(1 + 80 * i, 80 + 80 * i);
		h->script[i].flags = rnd32() & safe;
		h->script[i].path_len = rnd_raw(h->script[i].path, 1, SCRIPT_BYTES);
		h->script[i].path[0] = '/';
	}
	h->parents = (uint8_t)rnd_in(1, PARENTS_MOST);
	for (unsigned i = 0; i < h->parents; i++) {
		h->parent[i].pid = rnd_in(1, UINT32_MAX);
		h->parent[i].flags = rnd32() & (safe | PROCESS_PROVEN);
		h->parent[i].start = rnd_id();
		h->parent[i].path_len = rnd_raw(h->parent[i].path, 1, PARENT_BYTES);
		h->parent[i].path[0] = '/';
	}
}

static void
fill_process(void *p)
{
	struct process *m = p;

	m->id = rnd_id();
	m->pid = rnd_in(1, UINT32_MAX);
	m->ppid = rnd32();
	m->uid = rnd32();
	m->flags = rnd32() & PROCESS_FLAGS & ~PROCESS_KERNEL;
	m->start = rnd_id();
	m->dev = rnd_id();
	m->ino = rnd_id();
	m->ctime_ns = (int64_t)rnd_id();
	m->file_uid = rnd32();
	m->path_len = rnd_raw(m->path, 1, PATH_BYTES);
	m->path[0] = '/';
	m->cgroup_len = rnd_raw(m->cgroup, 0, CGROUP_BYTES);
	m->cgroup_root = (uint16_t)rnd_in(0, m->cgroup_len);
	m->netns = rnd_id();
	m->command_len = rnd_raw(m->command, 0, COMMAND_BYTES);
	fill_hints(&m->hints);
}

KIND(who_ask, WHO_ASK_MAX, NULL);
KIND(who_hinted, WHO_HINTED_MAX, NULL);
KIND(who_holders, WHO_HOLDERS_MAX, NULL);
KIND(who_gone, WHO_GONE_MAX, NULL);
KIND(who_shared, WHO_SHARED_MAX, NULL);
KIND(who_stats, WHO_STATS_MAX, NULL);
KIND(who_namespaces, WHO_NAMESPACES_MAX, NULL);
KIND(process, WHO_PROCESS_MAX, NULL);

Test(who, every_message)
{
	static const struct kind *const kinds[] = { &kind_who_ask, &kind_who_hinted, &kind_who_holders, &kind_who_gone,
		&kind_who_shared, &kind_who_stats, &kind_who_namespaces, &kind_process };
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		kind_check(kinds[i]);
}

Test(who, ask_fields)
{
	Wire__WhoSender sender = WIRE__WHO_SENDER__INIT;

	sender.pid = 7;
	sender.ino = 8;
	WRONG(who_ask, WhoAsk, w->n_question = 0);
	WRONG(who_ask, WhoAsk, LIST_OF(question, WHO_BATCH + 1));
	RIGHT(who_ask, WhoAsk, LIST_OF(question, WHO_BATCH));
	WRONG(who_ask, WhoAsk, w->question[0]->kind = 0);
	WRONG(who_ask, WhoAsk, w->question[0]->kind = WHO_KIND_MAX + 1);
	WRONG(who_ask, WhoAsk, w->question[0]->kind = 256 + WHO_RAW; w->question[0]->inode = 0);
	WRONG(who_ask, WhoAsk, w->question[0]->proto = 256);
	WRONG(who_ask, WhoAsk, w->question[0]->ident = 65536);
	WRONG(who_ask, WhoAsk, w->question[0]->kind = WHO_SOCKET; w->question[0]->inode = 0);
	WRONG(who_ask, WhoAsk, w->question[0]->kind = WHO_HELD; w->question[0]->inode = 0);
	WRONG(who_ask, WhoAsk, w->question[0]->kind = WHO_RAW; w->question[0]->inode = 9);
	WRONG(who_ask, WhoAsk, w->question[0]->kind = WHO_HELD; w->question[0]->inode = 9;
	    w->question[0]->sender = &sender);
	RIGHT(who_ask, WhoAsk, w->question[0]->kind = WHO_SOCKET; w->question[0]->inode = 9;
	    w->question[0]->sender = &sender);
	RIGHT(who_ask, WhoAsk, w->question[0]->kind = WHO_RAW; w->question[0]->inode = 0;
	    w->question[0]->sender = &sender);
	sender.pid = 0;
	WRONG(who_ask, WhoAsk, w->question[0]->kind = WHO_SOCKET; w->question[0]->inode = 9;
	    w->question[0]->sender = &sender);
	sender.pid = 7;
	WRONG(who_ask, WhoAsk, w->question[0]->kind = WHO_SENDER; w->question[0]->sender = NULL);
	WRONG(who_ask, WhoAsk, w->question[0]->kind = WHO_SENDER; sender.pid = 0; w->question[0]->sender = &sender);
	sender.pid = 7;
	WRONG(who_ask, WhoAsk, w->question[0]->kind = WHO_SENDER; sender.ino = 0; w->question[0]->sender = &sender);
	sender.ino = 8;
	RIGHT(who_ask, WhoAsk, w->question[0]->kind = WHO_SENDER; w->question[0]->inode = 0; w->question[0]->sender = &sender);
	RIGHT(who_ask, WhoAsk, w->question[0]->kind = WHO_SENDER; w->question[0]->inode = 9; w->question[0]->sender = &sender);
	WRONG(who_ask, WhoAsk, w->question[0]->src = filler(0));
	WRONG(who_ask, WhoAsk, w->question[0]->src = filler(3));
	WRONG(who_ask, WhoAsk, w->question[0]->src = filler(8));
	WRONG(who_ask, WhoAsk, w->question[0]->src = filler(17));
	RIGHT(who_ask, WhoAsk, w->question[0]->src = filler(16));
	RIGHT(who_ask, WhoAsk, w->question[0]->src = filler(4));
}

Test(who, hinted_fields)
{
	ProtobufCBinaryData path[HINTED_MOST + 1];

	for (size_t i = 0; i <= HINTED_MOST; i++)
		path[i] = LITERAL("/usr/bin/x*");
#define ONE(TEXT)	(w->all = false, w->n_path = 1, w->path = path, path[0] = LITERAL(TEXT))
	WRONG(who_hinted, WhoHinted, w->all = false; w->n_path = HINTED_MOST + 1; w->path = path);
	RIGHT(who_hinted, WhoHinted, w->all = false; w->n_path = HINTED_MOST; w->path = path);
	RIGHT(who_hinted, WhoHinted, w->all = false; w->n_path = 0);
	RIGHT(who_hinted, WhoHinted, w->all = true; w->n_path = 0);
	WRONG(who_hinted, WhoHinted, ONE("/x"); w->all = true);
	RIGHT(who_hinted, WhoHinted, ONE("/"));
	RIGHT(who_hinted, WhoHinted, ONE("/a/*b*"));
	WRONG(who_hinted, WhoHinted, ONE(""));
	WRONG(who_hinted, WhoHinted, ONE("x"));
	WRONG(who_hinted, WhoHinted, ONE("*"));
	WRONG(who_hinted, WhoHinted, ONE("/a*/b"));
	WRONG(who_hinted, WhoHinted, ONE("/a*/b*"));
	WRONG(who_hinted, WhoHinted, ONE("/a\0b"));
	WRONG(who_hinted, WhoHinted, ONE("/x"); path[0] = filler(HINTED_BYTES + 1); path[0].data[0] = '/');
	RIGHT(who_hinted, WhoHinted, ONE("/x"); path[0] = filler(HINTED_BYTES); path[0].data[0] = '/');
#undef ONE
}

Test(who, holders_fields)
{
	static uint64_t ids[HOLDERS_MAX + 1] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };
	static uint64_t with_none[2] = { 1, 0 };

	WRONG(who_holders, WhoHolders, w->n_answer = 0);
	WRONG(who_holders, WhoHolders, LIST_OF(answer, WHO_BATCH + 1));
	RIGHT(who_holders, WhoHolders, LIST_OF(answer, WHO_BATCH));
	WRONG(who_holders, WhoHolders, w->answer[0]->status = 0);
	WRONG(who_holders, WhoHolders, w->answer[0]->status = WHO_STATUS_MAX + 1);
	WRONG(who_holders, WhoHolders, w->answer[0]->status = WHO_FOUND; w->answer[0]->n_holder = 0);
	WRONG(who_holders, WhoHolders, w->answer[0]->status = WHO_NOBODY;
	      w->answer[0]->raw_suspects = false; w->answer[0]->n_holder = 1;
	      w->answer[0]->holder = ids);
	WRONG(who_holders, WhoHolders, w->answer[0]->status = WHO_NOBODY;
	      w->answer[0]->raw_suspects = true; w->answer[0]->n_holder = 0);
	WRONG(who_holders, WhoHolders, w->answer[0]->status = WHO_NOT_SEEN;
	      w->answer[0]->raw_suspects = true; w->answer[0]->n_holder = 0);
	RIGHT(who_holders, WhoHolders, w->answer[0]->status = WHO_NOT_SEEN;
	      w->answer[0]->raw_suspects = false; w->answer[0]->n_holder = 0);
	RIGHT(who_holders, WhoHolders, w->answer[0]->status = WHO_NOBODY;
	      w->answer[0]->raw_suspects = false; w->answer[0]->n_holder = 0);
	RIGHT(who_holders, WhoHolders, w->answer[0]->status = WHO_FOUND;
	      w->answer[0]->n_holder = HOLDERS_MAX; w->answer[0]->holder = ids);
	WRONG(who_holders, WhoHolders, w->answer[0]->status = WHO_FOUND;
	      w->answer[0]->n_holder = HOLDERS_MAX + 1; w->answer[0]->holder = ids);
	WRONG(who_holders, WhoHolders, w->answer[0]->status = WHO_FOUND;
	      w->answer[0]->n_holder = 2; w->answer[0]->holder = with_none);
}

Test(who, gone_and_shared_fields)
{
	static uint64_t many[WHO_BATCH + 1];
	size_t i;

	for (i = 0; i < WHO_BATCH + 1; i++)
		many[i] = i + 1;
	WRONG(who_gone, WhoGone, w->n_id = 0);
	WRONG(who_gone, WhoGone, w->id[0] = 0);
	WRONG(who_gone, WhoGone, w->ended = UINT64_C(1) << w->n_id);
	WRONG(who_gone, WhoGone, w->n_id = WHO_BATCH + 1; w->id = many);
	RIGHT(who_gone, WhoGone, w->n_id = WHO_BATCH; w->id = many);
	WRONG(who_shared, WhoShared, w->inode = 0);
	WRONG(who_shared, WhoShared, w->n_holder = 0);
	WRONG(who_shared, WhoShared, w->holder[0] = 0);
	WRONG(who_shared, WhoShared, w->n_holder = HOLDERS_MAX + 1; w->holder = many);
}

Test(who, stats_and_namespaces_fields)
{
	WRONG(who_stats, WhoStats, if (w->n_queue == 0) continue; w->queue[0]->number = 65536);
	WRONG(who_stats, WhoStats, if (w->n_queue == 0) continue; LIST_OF(queue, WHO_QUEUES + 1));
	WRONG(who_namespaces, WhoNamespaces, if (w->n_ns == 0) continue; w->ns[0]->inode = 0);
	WRONG(who_namespaces, WhoNamespaces, if (w->n_ns == 0) continue; w->ns[0]->pid = 0);
	WRONG(who_namespaces, WhoNamespaces, if (w->n_ns == 0) continue; w->ns[0]->process = 0);
	WRONG(who_namespaces, WhoNamespaces, w->count++);
	WRONG(who_namespaces, WhoNamespaces, if (w->n_ns == 0) continue;
	      LIST_OF(ns, WHO_NAMESPACES_COUNT + 1); w->count = WHO_NAMESPACES_COUNT + 1);
	RIGHT(who_namespaces, WhoNamespaces, w->n_ns = 0; w->count = 0);
}

Test(process, fields)
{
	WRONG(process, Process, w->id = 0);
	WRONG(process, Process, w->pid = 0);
	WRONG(process, Process, w->flags = PROCESS_FLAGS + 1);
	WRONG(process, Process, w->path = filler(PATH_BYTES + 1); w->cgroup = filler(0));
	WRONG(process, Process, w->cgroup = filler(CGROUP_BYTES + 1); w->flags = 0; w->path = filler(0));
	WRONG(process, Process, w->command = filler(COMMAND_BYTES + 1));
	WRONG(process, Process, w->path = LITERAL("/bin/\0sh"));
	WRONG(process, Process, w->cgroup = LITERAL("\0"));
	WRONG(process, Process, w->cgroup_root = (uint32_t)w->cgroup.len + 1);
	WRONG(process, Process, w->cgroup_root += 65536);
	WRONG(process, Process, w->command = LITERAL("sh\0-c"));
	/* Everything else may stand in a path. */
	RIGHT(process, Process, w->path = LITERAL("/tmp/\033[2J\n\xff\xfe (deleted)"));
	RIGHT(process, Process, w->flags = 0; w->path = filler(0));
	RIGHT(process, Process, w->flags = 0; w->path = filler(PATH_BYTES));
	/* Only a path can be proven. */
	WRONG(process, Process, w->flags = PROCESS_PROVEN; w->path = filler(0));
	WRONG(process, Process, w->flags = PROCESS_PROVEN; w->path = LITERAL("memfd:x"));
	RIGHT(process, Process, w->flags = PROCESS_PROVEN; w->path = LITERAL("/x"));
	/* A kernel thread has no file. */
	WRONG(process, Process, w->flags = PROCESS_KERNEL);
	WRONG(process, Process, w->flags = PROCESS_KERNEL; w->path = filler(0));
	RIGHT(process, Process, w->flags = PROCESS_KERNEL; w->path = filler(0); w->dev = w->ino = 0);
}

/* What the program says of itself, and who began it. */
Test(process, hints)
{
	/* Nothing is told that was not looked for. */
	WRONG(process, Process, w->hinted = false);
	RIGHT(process, Process, w->hinted = false; w->cwd = w->arguments = filler(0); w->n_script = w->n_parent = 0);
	WRONG(process, Process, w->hinted = false; w->cwd = w->arguments = filler(0); w->n_script = 0);
	WRONG(process, Process, w->hinted = false; w->cwd = w->arguments = filler(0); w->n_parent = 0);
	WRONG(process, Process, w->hinted = false; w->cwd = filler(0); w->n_script = w->n_parent = 0;
	      w->arguments = LITERAL("x\0"));
	WRONG(process, Process, w->hinted = false; w->cwd = LITERAL("/"); w->arguments = filler(0);
	      w->n_script = w->n_parent = 0);
	WRONG(process, Process, w->cwd = filler(CWD_BYTES + 1); w->path = LITERAL("/x"));
	WRONG(process, Process, w->cwd = LITERAL("relative"));
	WRONG(process, Process, w->cwd = LITERAL("/a\0b"));
	RIGHT(process, Process, w->cwd = filler(0));
	WRONG(process, Process, w->arguments = filler(ARGUMENTS_BYTES + 1); w->path = LITERAL("/x"));
	WRONG(process, Process, w->arguments = LITERAL("no end"));
	RIGHT(process, Process, w->arguments = LITERAL("a\0\0b\0"));
	RIGHT(process, Process, w->arguments = filler(0));
	RIGHT(process, Process, w->n_script = 0);
	WRONG(process, Process, LIST_OF(script, SCRIPTS_MOST + 1); w->path = LITERAL("/x"));
	WRONG(process, Process, w->script[0]->argument = 0);
	WRONG(process, Process, w->script[0]->argument = 256);
	WRONG(process, Process, if (w->n_script < 2) continue; w->script[0]->argument = w->script[1]->argument);
	WRONG(process, Process, w->script[0]->flags = PROCESS_PROVEN);
	WRONG(process, Process, w->script[0]->path = filler(0));
	WRONG(process, Process, w->script[0]->path = LITERAL("x"));
	WRONG(process, Process, w->script[0]->path = LITERAL("/x\0y"));
	WRONG(process, Process, w->script[0]->path = filler(SCRIPT_BYTES + 1); w->path = LITERAL("/x"));
	RIGHT(process, Process, w->n_parent = 0);
	WRONG(process, Process, LIST_OF(parent, PARENTS_MOST + 1); w->path = LITERAL("/x"));
	WRONG(process, Process, w->parent[0]->pid = 0);
	WRONG(process, Process, w->parent[0]->flags = PROCESS_TRACED);
	WRONG(process, Process, w->parent[0]->path = LITERAL("/x\0y"));
	WRONG(process, Process, w->parent[0]->flags = PROCESS_PROVEN; w->parent[0]->path = filler(0));
	WRONG(process, Process, w->parent[0]->flags = PROCESS_PROVEN; w->parent[0]->path = LITERAL("x"));
	RIGHT(process, Process, w->parent[0]->flags = 0; w->parent[0]->path = filler(0));
	RIGHT(process, Process, w->parent[0]->flags = 0; w->parent[0]->path = LITERAL("x"));
	WRONG(process, Process, w->parent[0]->path = filler(PARENT_BYTES + 1); w->path = LITERAL("/x"));
}

Test(who, nothing_invalid_is_packed)
{
	static uint8_t body[BODY_ROOM];
	static struct process p;
	static struct who_hinted hinted;
	struct who_ask ask = { .count = 1 };

	cr_assert_eq(who_ask_pack(&(struct who_ask){ .count = WHO_BATCH + 1 }, body, sizeof(body)), 0);
	hinted.count = HINTED_MOST + 1;
	cr_assert_eq(who_hinted_pack(&hinted, body, sizeof(body)), 0);
	cr_assert_eq(who_holders_pack(&(struct who_holders){ .count = WHO_BATCH + 1 }, body,
	    sizeof(body)), 0);
	cr_assert_eq(who_gone_pack(&(struct who_gone){ .count = WHO_BATCH + 1 }, body, sizeof(body)), 0);
	cr_assert_eq(who_shared_pack(&(struct who_shared){ .inode = 1, .count = HOLDERS_MAX + 1 }, body,
	    sizeof(body)), 0);
	cr_assert_eq(who_stats_pack(&(struct who_stats){ .queues = WHO_QUEUES + 1 }, body,
	    sizeof(body)), 0);
	cr_assert_eq(who_namespaces_pack(&(struct who_namespaces){ .count = WHO_NAMESPACES_COUNT + 1 },
	    body, sizeof(body)), 0);
	/* An IPv4 address with something behind it. */
	ask.question[0] = (struct who_question){ .kind = WHO_RAW, .family = 4, .src = { 1, 2, 3, 4 } };
	cr_assert_gt(who_ask_pack(&ask, body, sizeof(body)), 0);
	ask.question[0].src[15] = 1;
	cr_assert_eq(who_ask_pack(&ask, body, sizeof(body)), 0);
	p = (struct process){ .id = 1, .pid = 1, .path_len = PATH_BYTES + 1 };
	cr_assert_eq(process_pack(&p, body, sizeof(body)), 0);
}
