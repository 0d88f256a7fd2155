/* People at the socket: rights, verbs, streams, bounds. */
/* links: uid/client.c uid/front.c uid/hub.c uid/jw.c uid/object.c uid/object_policy.c uid/object_status.c uid/request.c uid/serve.c */
/* links: uid/store.c uid/store_names.c uid/store_blocked.c uid/view.c uid/words.c */
#include <sys/wait.h>

#include "uid_test.h"

TestSuite(uid_front, .init = start, .fini = finish, .timeout = 30);

static void
two_users(void)
{
	tell_reason(3, "default action: permit");
	tell_process(1, 100, 1000, "/usr/bin/curl", 13);
	tell_process(2, 200, 1001, "/home/bob/secret", 16);
}

Test(uid_front, watcher_sees_decision_with_reason)
{
	int	 fd = person(0);
	json_t	*o;

	two_users();
	say(fd, "{\"verb\":\"monitor\"}\n");
	tell_flow(10, 1, ACTION_ACCEPT);
	o = hear(fd);
	cr_assert_not_null(o);
	cr_assert_str_eq(member(o, "type"), "event");
	cr_assert_str_eq(member(o, "verdict"), "accept");
	cr_assert_eq(json_integer_value(json_object_get(o, "mark")), 1710);
	cr_assert_str_eq(member(o, "dst"), "198.51.100.7");
	cr_assert_str_eq(member(o, "flow"), "10");
	cr_assert_eq(json_integer_value(json_object_get(o, "latency_us")), 49);
	cr_assert_str_eq(member(json_object_get(o, "process"), "path"), "/usr/bin/curl");
	cr_assert_str_eq(member(json_object_get(o, "process"), "command"), "a b\n");
	cr_assert_str_eq(member(json_object_get(o, "reason"), "text"), "default action: permit");
	cr_assert_eq(json_integer_value(json_object_get(json_object_get(o, "reason"), "line")), 7);
	cr_assert_str_eq(member(o, "time"), "2025-11-24T16:00:00.123456Z");
}

Test(uid_front, others_see_only_their_own)
{
	int	 alice = person(1000);
	json_t	*o;

	two_users();
	say(alice, "{\"verb\":\"monitor\",\"ends\":true}\n");
	tell_flow(10, 2, ACTION_ACCEPT);
	tell_flow(11, 0, ACTION_DROP);
	tell_flow(12, 1, ACTION_BLOCK);
	o = hear(alice);
	cr_assert_str_eq(member(o, "flow"), "12");
	cr_assert_null(hear(alice));
	alice = person(1000);
	tell_flow(13, 1, ACTION_ACCEPT);
	say(alice, "{\"verb\":\"connections\"}\n");
	o = hear(alice);
	cr_assert_str_eq(member(o, "flow"), "13");
	o = hear(alice);
	cr_assert_str_eq(member(o, "type"), "end");
	cr_assert_eq(json_integer_value(json_object_get(o, "count")), 1);
}

Test(uid_front, others_get_no_words_that_may_hold_paths)
{
	struct ui_status	*s = calloc(1, sizeof(*s));
	struct ui_notice	*n = calloc(1, sizeof(*n));
	char			*text;
	json_t			*o;
	int			 alice = person(1000), root = person(0);

	s->level = LEVEL_SECURE;
	s->warnings = 1;
	snprintf(s->warning[0], sizeof(s->warning[0]), "/home/bob/x is broken");
	tell(UI_STATUS, ui_status_pack(s, body, sizeof(body)), body, 0);
	n->level = UI_WARN;
	n->len = 9;
	memcpy(n->text, "/home/bob", 9);
	tell(UI_NOTICE, ui_notice_pack(n, body, sizeof(body)), body, 0);
	say(alice, "{\"verb\":\"status\"}\n");
	o = hear(alice);
	text = json_dumps(o, 0);
	cr_assert_null(strstr(text, "bob"), "%s", text);
	cr_assert_str_eq(member(o, "level"), "secure");
	cr_assert(json_is_true(json_object_get(o, "limited")));
	cr_assert(json_is_false(json_object_get(o, "ok")));
	say(root, "{\"verb\":\"status\"}\n");
	text = json_dumps(hear(root), 0);
	cr_assert_not_null(strstr(text, "/home/bob/x is broken"));
}

/* What status says of the kernel's part: "on", or why not. */
static const char *
kernel_path_of(bool loaded, int said)
{
	static struct control_suite	suite;
	static struct ui_status		s;
	static json_t			*o;
	int				root = person(0);
	const json_t			*k;

	suite = (struct control_suite){ .doors = true, .kernel = loaded, .count = 1,
		.process[0] = { .name = "uid", .state = STATE_DOWN } };
	if (!loaded)
		snprintf(suite.no_kernel, sizeof(suite.no_kernel), "switched off");
	tell(UI_SUITE, control_suite_pack(&suite, body, sizeof(body)), body, 0);
	s = (struct ui_status){ .level = LEVEL_SECURE, .intercept = { .kernel = (uint8_t)said } };
	if (said != -1)
		tell(UI_STATUS, ui_status_pack(&s, body, sizeof(body)), body, 0);
	say(root, "{\"verb\":\"status\"}\n");
	json_decref(o);
	o = hear(root);
	close(root);
	spin();
	k = json_object_get(o, "kernel");
	cr_assert_eq(json_is_true(json_object_get(k, "on")), member(k, "why")[0] == '\0');
	return json_is_true(json_object_get(k, "on")) ? "on" : member(k, "why");
}

/* Only counts: anybody may know whether somebody is there. */
Test(uid_front, status_counts_prompts)
{
	static struct ui_status	s = { .level = LEVEL_SECURE, .agents = 1, .waiting = 2, .unanswered = 3 };
	int			alice = person(1000);
	json_t			*p;

	tell(UI_STATUS, ui_status_pack(&s, body, sizeof(body)), body, 0);
	say(alice, "{\"verb\":\"status\"}\n");
	p = json_object_get(hear(alice), "prompts");
	cr_expect_eq(json_integer_value(json_object_get(p, "agents")), 1);
	cr_expect_eq(json_integer_value(json_object_get(p, "waiting")), 2);
	cr_expect_eq(json_integer_value(json_object_get(p, "unanswered")), 3);
}

/* The parent says whether it is loaded, intercept whether that is of use. */
Test(uid_front, the_kernel_path_is_on_if_intercept_says_so)
{
	cr_expect_not_null(strstr(kernel_path_of(true, -1), "not said yet"));
	cr_expect_not_null(strstr(kernel_path_of(true, KERNEL_PATH_UNTOLD), "not said yet"));
	cr_expect_str_eq(kernel_path_of(true, KERNEL_PATH_WORKS), "on");
	for (int said = 0; said <= KERNEL_PATH_MAX; said++) {
		if (said != KERNEL_PATH_WORKS)
			cr_expect_str_neq(kernel_path_of(true, said), "on");
		cr_expect_str_eq(kernel_path_of(false, said), "switched off");
	}
}

Test(uid_front, group_member_sees_all)
{
	gid_t	group = TEST_GROUP;
	int	fd;
	json_t	*o;

	two_users();
	setgroups(1, &group);
	fd = person(1000);
	setgroups(0, NULL);
	say(fd, "{\"verb\":\"monitor\",\"last\":5}\n");
	tell_flow(10, 2, ACTION_ACCEPT);
	o = hear(fd);
	cr_assert_str_eq(member(json_object_get(o, "process"), "path"), "/home/bob/secret");
}

Test(uid_front, filters_are_and_between_keys_or_within)
{
	int	 fd = person(0);
	json_t	*o;

	two_users();
	say(fd, "{\"verb\":\"monitor\",\"app\":[\"wget\",\"cur*\"],\"verdict\":[\"block\",\"drop\"],"
	    "\"address\":\"198.51.100.0/24\",\"port\":443,\"proto\":\"tcp\"}\n");
	tell_flow(10, 1, ACTION_ACCEPT);
	tell_flow(11, 2, ACTION_BLOCK);
	tell_flow(12, 1, ACTION_DROP);
	o = hear(fd);
	cr_assert_str_eq(member(o, "flow"), "12");
	cr_assert_null(hear(fd));
}

Test(uid_front, hostile_path_is_text_and_bytes)
{
	static const char	hostile[] = "/tmp/\x1b[2J\n\xff\xe2\x80\xae";
	int			fd = person(0);
	json_t			*o, *p;

	tell_reason(3, "x");
	tell_process(1, 100, 0, hostile, sizeof(hostile) - 1);
	say(fd, "{\"verb\":\"monitor\"}\n");
	tell_flow(10, 1, ACTION_ACCEPT);
	o = hear(fd);
	p = json_object_get(o, "process");
	cr_assert_str_eq(member(p, "path_bytes"), "2f746d702f1b5b324a0affe280ae");
	cr_assert_str_eq(member(p, "path"), "/tmp/\x1b[2J\n\xef\xbf\xbd\xe2\x80\xae");
}

static void
tell_hook(const struct process_hints *hints)
{
	static struct process	p;

	p = (struct process){ .id = 1, .pid = 5, .uid = 1000, .flags = PROCESS_PROVEN, .path_len = 9,
		.path = "/srv/hook", .command_len = 1, .command = "h", .hints = *hints };
	tell(UI_PROCESS, process_pack(&p, body, sizeof(body)), body, 0);
}

static const struct process_hints	of_git = { .read = true, .parents = 1, .parent[0] = { .pid = 3,
	.flags = PROCESS_PROVEN, .start = 1, .path_len = 8, .path = "/bin/git" } };

Test(uid_front, part_of_a_parent)
{
	int	 fd = person(0), git = person(0);
	json_t	*o;

	tell_reason(3, "x");
	tell_hook(&of_git);
	say(fd, "{\"verb\":\"monitor\",\"app\":\"hook\"}\n");
	say(git, "{\"verb\":\"monitor\",\"app\":\"/bin/git\"}\n");
	tell_flow(10, 1, ACTION_ACCEPT);
	o = json_object_get(json_object_get(hear(fd), "process"), "part_of");
	cr_assert_str_eq(member(o, "path"), "/bin/git");
	cr_assert_eq(json_integer_value(json_object_get(o, "pid")), 3);
	cr_assert_str_eq(member(hear(git), "flow"), "10");
	/* Now it is part of nothing. */
	tell_hook(&(struct process_hints){ .read = false });
	tell_flow(11, 1, ACTION_ACCEPT);
	o = json_object_get(hear(fd), "process");
	cr_assert_str_eq(member(o, "path"), "/srv/hook");
	cr_assert_null(json_object_get(o, "part_of"));
	cr_assert_null(hear(git));
}

/* In a child, which ends if it does not take them. */
static bool
is_taken(const struct process_hints *hints)
{
	pid_t	child = fork();
	int	status;

	if (child == 0) {
		cr_assert_eq(event_reinit(base), 0);	/* not the parent's epoll */
		tell_hook(hints);
		_exit(0);
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Of all hints policyd tells only that parent. */
Test(uid_front, other_hints_are_refused)
{
	static struct process_hints	bad[5];

	cr_assert(is_taken(&of_git));
	for (size_t i = 0; i < 5; i++)
		bad[i] = of_git;
	bad[0].parent[0].flags = 0;
	bad[1].parents = 2;
	bad[1].parent[1] = of_git.parent[0];
	bad[2].cwd_len = 1;
	bad[2].cwd[0] = '/';
	bad[3].arguments_len = 1;
	bad[4].scripts = 1;
	bad[4].script[0] = (struct process_script){ .argument = 1, .path_len = 2, .path = "/x" };
	for (unsigned i = 0; i < 5; i++)
		cr_expect(!is_taken(&bad[i]), "%u", i);
}

Test(uid_front, ends_take_connections_away)
{
	struct decide_ends	*ends = calloc(1, sizeof(*ends));
	int			 fd = person(0), watcher = person(0);
	json_t			*o;

	two_users();
	tell_flow(10, 1, ACTION_ACCEPT);
	tell_flow(11, 1, ACTION_BLOCK);
	say(watcher, "{\"verb\":\"monitor\",\"ends\":true}\n");
	ends->count = 1;
	ends->shed = 4;
	ends->end[0] = (struct decide_end){ .flow = 10, .bytes_out = 5, .bytes_in = 7000000000 };
	tell(UI_ENDS, decide_ends_pack(ends, body, sizeof(body)), body, 0);
	o = hear(watcher);
	cr_assert_str_eq(member(o, "type"), "flow-end");
	cr_assert_eq(json_integer_value(json_object_get(o, "bytes_in")), 7000000000);
	cr_assert_str_eq(member(json_object_get(o, "process"), "path"), "/usr/bin/curl");
	say(fd, "{\"verb\":\"connections\"}\n");
	o = hear(fd);
	cr_assert_str_eq(member(o, "type"), "end");
	cr_assert_eq(json_integer_value(json_object_get(o, "ends_missed")), 4);
}

static void
answer(uint32_t id, bool error, bool last, unsigned count)
{
	struct ui_answer	*a = calloc(1, sizeof(*a));

	a->error = error;
	a->last = last;
	a->count = (uint16_t)count;
	for (unsigned i = 0; i < count; i++)
		a->row[i] = (struct ui_row){ .check = 11, .action = ACTION_BLOCK, .line = 4,
			.name = "curl", .file = "curl.conf", .text = "deny net 198.51.100.0/24" };
	tell(UI_ANSWER, ui_answer_pack(a, body, sizeof(body)), body, id);
	free(a);
}

Test(uid_front, explain_goes_to_policyd_and_back)
{
	int	 fd = person(0);
	json_t	*o;

	say(fd, "{\"verb\":\"explain\",\"app\":\"/usr/bin/curl\",\"address\":\"198.51.100.7\","
	    "\"port\":443,\"local\":\"192.0.2.5\",\"as_uid\":1000}\n");
	cr_assert_eq(asked_count, 1u);
	cr_assert_eq(asked.kind, UI_EXPLAIN_FLOW);
	cr_assert_eq(asked.as_uid, 1000u);
	cr_assert_eq(asked.tuple.dport, 443);
	cr_assert_eq(asked.tuple.src[3], 5);
	cr_assert_eq(asked.tuple.dst[3], 7);
	answer(asked_id, false, false, 2);
	answer(asked_id, false, true, 1);
	answer(asked_id, false, true, 1);	/* late: ignored */
	for (int i = 0; i < 3; i++) {
		o = hear(fd);
		cr_assert_str_eq(member(o, "type"), "step");
		cr_assert_str_eq(member(o, "verdict"), "block");
	}
	o = hear(fd);
	cr_assert_str_eq(member(o, "type"), "end");
	cr_assert_str_eq(member(o, "verdict"), "block");
	cr_assert_eq(json_integer_value(json_object_get(o, "mark")), 1711);
	say(fd, "{\"verb\":\"profile-show\",\"name\":\"nothing\"}\n");
	answer(asked_id, true, true, 1);
	o = hear(fd);
	cr_assert_str_eq(member(o, "type"), "error");
	cr_assert_str_eq(member(o, "code"), "not-found");
}

Test(uid_front, incoming_explain_swaps_addresses)
{
	int	fd = person(0);

	say(fd, "{\"verb\":\"explain\",\"pid\":7,\"address\":\"2001:db8::9\",\"port\":22,"
	    "\"local\":\"2001:db8::1\",\"direction\":\"in\"}\n");
	cr_assert_eq(asked.direction, DIRECTION_IN);
	cr_assert_eq(asked.tuple.src[15], 9);
	cr_assert_eq(asked.tuple.dst[15], 1);
	cr_assert_eq(asked.tuple.dport, 22);
}

Test(uid_front, others_ask_only_about_their_own)
{
	static const char *const	refused[] = {
		"{\"verb\":\"profile-list\"}\n",
		"{\"verb\":\"lists\"}\n",
		"{\"verb\":\"profile-show\",\"name\":\"x\"}\n",
		"{\"verb\":\"explain\",\"pid\":200}\n",
		"{\"verb\":\"explain\",\"pid\":999}\n",
		"{\"verb\":\"explain\",\"app\":\"/bin/sh\",\"as_uid\":0}\n",
	};
	int				 fd = person(1000);
	json_t				*o;

	two_users();
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		say(fd, refused[i]);
		o = hear(fd);
		cr_assert_str_eq(member(o, "code"), "forbidden", "%s", refused[i]);
	}
	cr_assert_eq(asked_count, 0u);
	say(fd, "{\"verb\":\"explain\",\"pid\":100}\n");
	cr_assert_eq(asked_count, 1u);
	cr_assert_eq(asked.uid, 1000u);
	/* The number goes to another user's process before the answer comes. */
	tell_process(5, 100, 1001, "/home/bob/secret", 16);
	answer(asked_id, false, true, 1);
	o = hear(fd);
	cr_assert_str_eq(member(o, "type"), "error");
	cr_assert_null(hear(fd));
}

Test(uid_front, places_are_divided)
{
	int	 fd[CLIENTS_PER_UID], other, i;
	json_t	*o;

	for (i = 0; i < CLIENTS_PER_UID; i++)
		fd[i] = person(1000);
	other = person(1000);
	o = hear(other);
	cr_assert_str_eq(member(o, "code"), "busy");
	other = person(1001);
	say(other, "{\"verb\":\"status\"}\n");
	cr_assert_str_eq(member(hear(other), "type"), "status");
	close(fd[0]);
	spin();
	fd[0] = person(1000);
	say(fd[0], "{\"verb\":\"status\"}\n");
	cr_assert_str_eq(member(hear(fd[0]), "type"), "status");
}

Test(uid_front, crowd_leaves_roots_places)
{
	int	 i, root;
	json_t	*o;

	for (i = 0; i < CLIENTS_MAX - CLIENTS_RESERVED; i++)
		(void)person((uid_t)(2000 + i));
	o = hear(person(5000));
	cr_assert_str_eq(member(o, "code"), "busy");
	root = person(0);
	say(root, "{\"verb\":\"status\"}\n");
	cr_assert_str_eq(member(hear(root), "type"), "status");
}

Test(uid_front, slow_watcher_is_told_what_was_shed)
{
	int		 slow = person(0), fast = person(0);
	json_t		*o;
	unsigned	 seen = 0, shed = 0, fast_seen = 0, told = 3000;

	two_users();
	say(slow, "{\"verb\":\"monitor\"}\n");
	say(fast, "{\"verb\":\"monitor\"}\n");
	for (unsigned i = 0; i < told; i++) {
		tell_flow(100 + i, 1, ACTION_BLOCK);
		o = hear(fast);
		fast_seen += o != NULL && strcmp(member(o, "type"), "event") == 0;
		json_decref(o);
	}
	cr_assert_eq(fast_seen, told);
	while ((o = hear(slow)) != NULL) {
		if (strcmp(member(o, "type"), "shed") == 0)
			shed += (unsigned)json_integer_value(json_object_get(o, "shed"));
		else
			seen++;
		json_decref(o);
	}
	cr_assert_gt(shed, 0u);
	cr_assert_eq(seen + shed, told, "seen %u, shed %u", seen, shed);
	tell_flow(9999, 1, ACTION_BLOCK);
	cr_assert_str_eq(member(hear(slow), "flow"), "9999");
}

Test(uid_front, connections_come_whole_to_a_slow_reader)
{
	int		 fd = person(0);
	unsigned	 seen = 0, i;
	json_t		*o;

	two_users();
	for (i = 0; i < 3000; i++)
		tell_flow(100 + i, 1, ACTION_ACCEPT);
	say(fd, "{\"verb\":\"connections\"}\n");
	spin();
	while ((o = hear(fd)) != NULL && strcmp(member(o, "type"), "connection") == 0) {
		seen++;
		json_decref(o);
	}
	cr_assert_eq(seen, 3000u);
	cr_assert_str_eq(member(o, "type"), "end");
	cr_assert_eq(json_integer_value(json_object_get(o, "count")), 3000);
}

Test(uid_front, bad_lines_get_an_error_and_the_next_is_served)
{
	int	fd = person(0);

	say(fd, "hello\n{\"verb\":\"nonsense\"}\n{\"verb\":\"status\"}\n");
	cr_assert_str_eq(member(hear(fd), "code"), "bad-request");
	cr_assert_str_eq(member(hear(fd), "code"), "bad-request");
	cr_assert_str_eq(member(hear(fd), "type"), "status");
}

Test(uid_front, endless_line_ends_the_connection)
{
	int	 fd = person(0);
	char	 junk[REQUEST_LINE_MAX + 1];
	json_t	*o;

	memset(junk, 'a', sizeof(junk));
	junk[sizeof(junk) - 1] = '\0';
	say(fd, junk);
	o = hear(fd);
	cr_assert_str_eq(member(o, "code"), "bad-request");
	cr_assert_null(hear(fd));
	cr_assert_eq(recv(fd, junk, 1, 0), 0);
}

Test(uid_front, watcher_that_speaks_is_ended)
{
	int	fd = person(0);
	char	c;

	errno = 0;
	say(fd, "{\"verb\":\"monitor\"}\n");
	say(fd, "{\"verb\":\"status\"}\n");
	cr_assert_str_eq(member(hear(fd), "code"), "bad-request");
	cr_assert_leq(recv(fd, &c, 1, 0), 0);
	cr_assert_neq(errno, EAGAIN);
}

Test(uid_front, half_closed_asker_gets_its_answer)
{
	int	fd = person(0);
	char	c;

	say(fd, "{\"verb\":\"status\"}\n");
	shutdown(fd, SHUT_WR);
	cr_assert_str_eq(member(hear(fd), "type"), "status");
	spin();
	cr_assert_eq(recv(fd, &c, 1, 0), 0);
}

Test(uid_front, fresh_policyd_forgets_and_answers_the_waiting)
{
	int	 fd = person(0);
	json_t	*o;

	two_users();
	tell_flow(10, 1, ACTION_ACCEPT);
	say(fd, "{\"verb\":\"profile-list\"}\n");
	channel_free(policyd);
	attach(2);
	o = hear(fd);
	cr_assert_str_eq(member(o, "code"), "unavailable");
	say(fd, "{\"verb\":\"connections\"}\n");
	cr_assert_str_eq(member(hear(fd), "type"), "end");
}

Test(uid_front, notices_reach_watchers_that_see_all)
{
	struct ui_notice	*n = calloc(1, sizeof(*n));
	int			 root = person(0), alice = person(1000);

	say(root, "{\"verb\":\"monitor\",\"app\":\"x\"}\n");
	say(alice, "{\"verb\":\"monitor\"}\n");
	n->level = UI_ALARM;
	n->len = 5;
	memcpy(n->text, "rules", 5);
	tell(UI_NOTICE, ui_notice_pack(n, body, sizeof(body)), body, 0);
	cr_assert_str_eq(member(hear(root), "level"), "alarm");
	cr_assert_null(hear(alice));
}

static struct names_answer
a_question(uint64_t asker, const char *name, uint8_t word)
{
	struct names_answer	a = { .asker = asker, .qtype = 28, .word = word, .rcode = 3, .cached = true,
		.validation = NAMES_SECURE, .took_us = 77, .server = "dot://192.0.2.53", .addresses = 2 };

	a.tuple = an_event(1, 1, ACTION_ACCEPT).tuple;
	snprintf(a.name, sizeof(a.name), "%s", name);
	return a;
}

static void
tell_question(const struct names_answer *a, uint32_t shed)
{
	static struct names_answers	list;

	list.count = 1;
	list.shed = shed;
	list.answer[0] = *a;
	tell(UI_NAMES, names_answers_pack(&list, body, sizeof(body)), body, 0);
}

Test(uid_front, questions_are_shown_to_those_who_may_see_the_program)
{
	int			 all = person(0), alice = person(1000);
	struct names_answer	 a;
	json_t			*o;

	two_users();
	say(all, "{\"verb\":\"monitor\"}\n");
	say(alice, "{\"verb\":\"monitor\"}\n");
	a = a_question(2, "bob.example", NAMES_RESOLVE);
	tell_question(&a, 0);
	a = a_question(0, "nobody.example", NAMES_REFUSE);
	tell_question(&a, 0);
	a = a_question(1, "www.example.org", NAMES_BLOCK);
	tell_question(&a, 3);
	o = hear(alice);
	cr_assert_str_eq(member(o, "type"), "question");
	cr_assert_str_eq(member(o, "name"), "www.example.org");
	cr_assert_str_eq(member(o, "outcome"), "blocked");
	cr_assert_str_eq(member(o, "qtype"), "AAAA");
	cr_assert_str_eq(member(o, "rcode"), "NXDOMAIN");
	cr_assert_str_eq(member(o, "validation"), "secure");
	cr_assert_str_eq(member(o, "server"), "dot://192.0.2.53");
	cr_assert(json_is_true(json_object_get(o, "cached")));
	cr_assert_eq(json_integer_value(json_object_get(o, "addresses")), 2);
	cr_assert_eq(json_integer_value(json_object_get(o, "took_us")), 77);
	cr_assert_str_eq(member(json_object_get(o, "process"), "path"), "/usr/bin/curl");
	cr_assert_null(hear(alice), "another's question, or a count of all");
	cr_assert_str_eq(member(hear(all), "name"), "bob.example");
	o = hear(all);
	cr_assert_str_eq(member(o, "name"), "nobody.example");
	cr_assert(json_is_null(json_object_get(o, "process")));
	cr_assert_str_eq(member(hear(all), "type"), "shed");
	cr_assert_str_eq(member(hear(all), "name"), "www.example.org");
}

Test(uid_front, what_was_not_told_is_kept)
{
	int			 all = person(0), alice = person(1000);
	struct names_answer	 a;
	json_t			*o;

	tell_process(1, 100, 1000, "/usr/bin/curl", 13);
	tell_process(2, 200, 1001, "/usr/bin/wget", 13);
	a = a_question(1, "www.example.org", NAMES_RESOLVE);
	tell_question(&a, 0);
	a = a_question(1, "ads.example", NAMES_BLOCK);
	strcpy(a.reason, "list \"ads\", line 7");
	for (int i = 0; i < 3; i++)
		tell_question(&a, 0);
	a = a_question(2, "ads.example", NAMES_BLOCK);
	tell_question(&a, 0);
	say(all, "{\"verb\":\"dns-blocked\"}\n");
	o = hear(all);
	cr_assert_str_eq(member(o, "type"), "blocked");
	cr_assert_str_eq(member(json_object_get(o, "process"), "path"), "/usr/bin/wget");
	o = hear(all);
	cr_assert_str_eq(member(o, "name"), "ads.example");
	cr_assert_str_eq(member(o, "reason"), "list \"ads\", line 7");
	cr_assert_eq(json_integer_value(json_object_get(o, "times")), 3);
	cr_assert_str_eq(member(hear(all), "type"), "end");
	say(alice, "{\"verb\":\"dns-blocked\"}\n");
	cr_assert_str_eq(member(json_object_get(hear(alice), "process"), "path"), "/usr/bin/curl");
	cr_assert_str_eq(member(hear(alice), "type"), "end");
	say(all, "{\"verb\":\"dns-blocked\",\"app\":\"w*\"}\n");
	cr_assert_str_eq(member(json_object_get(hear(all), "process"), "path"), "/usr/bin/wget");
	cr_assert_str_eq(member(hear(all), "type"), "end");
	for (int i = 0; i < STORE_BLOCKED + 10; i++) {
		(void)snprintf(a.name, sizeof(a.name), "n%d.example", i);
		tell_question(&a, 0);
	}
	say(alice, "{\"verb\":\"dns-blocked\"}\n");
	cr_assert_str_eq(member(hear(alice), "type"), "end", "the oldest made room");
}

Test(uid_front, questions_pass_filters_of_programs_only)
{
	int			 app = person(0), verdict = person(0);
	struct names_answer	 a;

	two_users();
	say(app, "{\"verb\":\"monitor\",\"app\":\"curl\",\"uid\":1000}\n");
	say(verdict, "{\"verb\":\"monitor\",\"app\":\"curl\",\"verdict\":\"block\"}\n");
	a = a_question(2, "bob.example", NAMES_RESOLVE);
	tell_question(&a, 0);
	a = a_question(1, "www.example.org", NAMES_BLOCK);
	tell_question(&a, 0);
	cr_assert_str_eq(member(hear(app), "name"), "www.example.org");
	cr_assert_null(hear(verdict));
}

static void
tell_below(bool refused)
{
	const struct decide_below	b = { .way = BELOW_WAY_OPEN, .process = 1, .refused = refused };

	tell(UI_BELOW, decide_below_pack(&b, body, sizeof(body)), body, 0);
}

/* By the word that stands in its second column. */
Test(uid_front, what_is_no_flow_passes_filters_by_its_word)
{
	int			 refused = person(0), below = person(0), others = person(0);
	struct names_answer	 a;
	json_t			*o;

	two_users();
	say(refused, "{\"verb\":\"monitor\",\"verdict\":\"refused\"}\n");
	say(below, "{\"verb\":\"monitor\",\"verdict\":[\"below\",\"block\"]}\n");
	say(others, "{\"verb\":\"monitor\",\"verdict\":[\"resolved\",\"blocked\",\"asked\",\"accept\"]}\n");
	tell_below(false);
	tell_below(true);
	for (unsigned word = 1; word <= NAMES_WORD_MAX; word++) {
		a = a_question(1, "www.example.org", (uint8_t)word);
		tell_question(&a, 0);
	}
	for (unsigned action = 1; action <= ACTION_MAX; action++)
		tell_flow(10u + action, 1, (uint8_t)action);
	o = hear(refused);
	cr_assert_str_eq(member(o, "type"), "below");
	cr_assert(json_is_true(json_object_get(o, "refused")));
	cr_assert_str_eq(member(hear(refused), "outcome"), "refused");
	cr_assert_null(hear(refused));
	o = hear(below);
	cr_assert_str_eq(member(o, "type"), "below");
	cr_assert(json_is_false(json_object_get(o, "refused")));
	cr_assert_str_eq(member(hear(below), "verdict"), "block");
	cr_assert_null(hear(below));
	cr_assert_str_eq(member(hear(others), "outcome"), "resolved");
	cr_assert_str_eq(member(hear(others), "outcome"), "blocked");
	cr_assert_str_eq(member(hear(others), "outcome"), "asked");
	cr_assert_str_eq(member(hear(others), "verdict"), "accept");
	cr_assert_null(hear(others));
}

/* With mounts of its own in this container's cgroup, of which root named so many bytes. */
static void
tell_contained(uint64_t id, const char *cgroup, size_t by_root)
{
	static struct process	p;

	p = (struct process){ .id = id, .pid = (uint32_t)id * 100, .ppid = 1, .uid = 1000,
		.flags = PROCESS_PROVEN | PROCESS_OWN_MOUNTS, .path_len = 13, .path = "/usr/bin/curl",
		.cgroup_len = (uint16_t)strlen(cgroup), .cgroup_root = (uint16_t)by_root };
	memcpy(p.cgroup, cgroup, strlen(cgroup));
	tell(UI_PROCESS, process_pack(&p, body, sizeof(body)), body, 0);
}

/* What root named, by whole name, engine or name. */
Test(uid_front, containers_pass_filters_by_what_root_named)
{
	static const char *const	filters[] = { "machine/web", "web", "machine/*", "w*" };
	static const char		web[] = "/machine.slice/machine-web.scope";
	int				fd[4], other = person(0);

	tell_reason(3, "x");
	tell_contained(1, web, strlen(web));
	tell_contained(2, web, 0);
	tell_process(3, 300, 1000, "/usr/bin/web", 12);
	for (int i = 0; i < 4; i++) {
		char	line[80];

		fd[i] = person(0);
		snprintf(line, sizeof(line), "{\"verb\":\"monitor\",\"container\":\"%s\"}\n", filters[i]);
		say(fd[i], line);
	}
	say(other, "{\"verb\":\"monitor\",\"container\":[\"machine\",\"docker/*\",\"we\"]}\n");
	tell_flow(12, 2, ACTION_ACCEPT);
	tell_flow(13, 3, ACTION_ACCEPT);
	tell_flow(14, 0, ACTION_DROP);
	tell_flow(11, 1, ACTION_ACCEPT);
	tell_below(true);
	for (int i = 0; i < 4; i++) {
		cr_expect_str_eq(member(hear(fd[i]), "flow"), "11", "%s", filters[i]);
		cr_expect_str_eq(member(hear(fd[i]), "type"), "below", "%s", filters[i]);
	}
	cr_expect_null(hear(other));
	say(other = person(0), "{\"verb\":\"connections\",\"container\":\"web\"}\n");
	cr_expect_str_eq(member(hear(other), "flow"), "11");
	cr_expect_str_eq(member(hear(other), "type"), "end");
}

Test(uid_front, odd_questions_have_words)
{
	int			 fd = person(0);
	struct names_answer	 a = a_question(0, ".", NAMES_RESOLVE);
	json_t			*o;

	say(fd, "{\"verb\":\"monitor\"}\n");
	a.qtype = 4711;
	a.rcode = 23;
	tell_question(&a, 0);
	o = hear(fd);
	cr_assert_str_eq(member(o, "qtype"), "TYPE4711");
	cr_assert_str_eq(member(o, "rcode"), "RCODE23");
}

Test(uid_front, a_connection_keeps_its_name)
{
	int		 fd = person(0);
	struct ui_event	 e = an_event(10, 1, ACTION_ACCEPT);

	two_users();
	snprintf(e.name, sizeof(e.name), "www.example.org");
	tell_event(&e);
	say(fd, "{\"verb\":\"connections\"}\n");
	cr_assert_str_eq(member(hear(fd), "name"), "www.example.org");
}

Test(uid_front, servers_for_all_and_dry_questions_for_ones_own)
{
	int			 alice = person(1000);
	struct names_servers	*s = calloc(1, sizeof(*s));
	json_t			*o;

	say(alice, "{\"verb\":\"dns-servers\"}\n");
	cr_assert_eq(asked.kind, UI_DNS_SERVERS);
	*s = (struct names_servers){ .count = 2, .file = "resolv.conf" };
	s->server[0] = (struct names_server){ .text = "192.0.2.53", .transport = NAMES_CLEAR,
		.proof = NAMES_BY_NOTHING };
	s->server[1] = (struct names_server){ .text = "dot://192.0.2.54", .transport = NAMES_TLS, .used = true,
		.proof = NAMES_BY_ADDRESS, .took_us = 1234, .failures = 2, .error = "it is away", .error_s = 7 };
	tell(UI_SERVERS, names_servers_pack(s, body, sizeof(body)), body, asked_id);
	free(s);
	o = hear(alice);
	cr_assert_str_eq(member(o, "type"), "server");
	cr_assert_str_eq(member(o, "server"), "192.0.2.53");
	cr_assert(json_is_false(json_object_get(o, "used")));
	cr_assert(json_is_true(json_object_get(o, "all_names")));
	cr_assert(json_is_false(json_object_get(o, "encrypted")));
	cr_assert_str_eq(member(o, "health"), "untried");
	cr_assert_str_eq(member(o, "last_error"), "");
	o = hear(alice);
	cr_assert_str_eq(member(o, "transport"), "TLS");
	cr_assert_str_eq(member(o, "authenticated"), "address");
	cr_assert_str_eq(member(o, "health"), "failing");
	cr_assert_str_eq(member(o, "last_error"), "it is away");
	cr_assert_eq(json_integer_value(json_object_get(o, "latency_us")), 1234);
	cr_assert_str_eq(member(o, "file"), "resolv.conf");
	cr_assert_str_eq(member(hear(alice), "type"), "end");
	say(alice, "{\"verb\":\"dns-query\",\"app\":\"/usr/bin/curl\",\"name\":\"WWW.example.org.\"}\n");
	cr_assert_eq(asked.kind, UI_EXPLAIN_NAME);
	cr_assert_str_eq(asked.name, "www.example.org");
	cr_assert_eq(asked.qtype, 1);
	cr_assert_eq(asked.as_uid, 1000u);
	answer(asked_id, false, true, 1);
	o = hear(alice);
	cr_assert_str_eq(member(o, "type"), "step");
	cr_assert_str_eq(member(o, "verdict"), "block");
	o = hear(alice);
	cr_assert_str_eq(member(o, "verdict"), "block");
	cr_assert_null(json_object_get(o, "mark"));
	say(alice, "{\"verb\":\"dns-query\",\"app\":\"/usr/bin/curl\",\"name\":\"a.b\",\"as_uid\":1001}\n");
	cr_assert_str_eq(member(hear(alice), "code"), "forbidden");
}

/* Of one's own programs; of all for those who see all. */
Test(uid_front, what_was_answered)
{
	int			 alice = person(1000), all = person(0);
	struct ui_answer	*a = calloc(1, sizeof(*a));
	json_t			*o;

	say(alice, "{\"verb\":\"answers\"}\n");
	cr_assert_eq(asked.kind, UI_ANSWERS);
	cr_expect_eq(asked.as_uid, 1000);
	a->last = true;
	a->count = 2;
	a->row[0] = (struct ui_row){ .name = "/usr/bin/curl", .file = "/var/x.conf", .line = 5,
		.text = "1000\tsession\ttime\t2026-12-01T18:00\t\tallow out domain one.example" };
	a->row[1] = (struct ui_row){ .name = "/usr/bin/dig", .file = "", .text = "1000\troot\texit\t\t77\tdeny in" };
	tell(UI_ANSWER, ui_answer_pack(a, body, sizeof(body)), body, asked_id);
	o = hear(alice);
	cr_expect_str_eq(member(o, "type"), "answer");
	cr_expect_eq(json_integer_value(json_object_get(o, "uid")), 1000);
	cr_expect_str_eq(member(o, "path"), "/usr/bin/curl");
	cr_expect_str_eq(member(o, "by"), "session");
	cr_expect_str_eq(member(o, "for"), "time");
	cr_expect_str_eq(member(o, "until"), "2026-12-01T18:00");
	cr_expect_str_eq(member(o, "text"), "allow out domain one.example");
	cr_expect_null(json_object_get(o, "pid"));
	cr_expect_eq(json_integer_value(json_object_get(o, "line")), 5);
	o = hear(alice);
	cr_expect_eq(json_integer_value(json_object_get(o, "pid")), 77);
	cr_expect_null(json_object_get(o, "until"));
	cr_expect_str_eq(member(hear(alice), "type"), "end");
	say(all, "{\"verb\":\"answers\"}\n");
	cr_expect_eq(asked.as_uid, UINT32_MAX);
	free(a);
}

/* What is kept others may have asked for. */
Test(uid_front, a_dry_question_says_nothing_of_the_cache_to_everybody)
{
	int			 alice = person(1000), all = person(0);
	struct ui_answer	*a = calloc(1, sizeof(*a));

	a->last = true;
	a->count = 3;
	a->row[0] = (struct ui_row){ .check = 4, .action = ACTION_ACCEPT, .name = "cache", .file = "", .text = "a check" };
	a->row[1] = (struct ui_row){ .name = "cache", .file = "", .text = "kept" };
	a->row[2] = (struct ui_row){ .name = "server", .file = "", .text = "192.0.2.53" };
	say(alice, "{\"verb\":\"dns-query\",\"app\":\"/usr/bin/curl\",\"name\":\"a.b\"}\n");
	tell(UI_ANSWER, ui_answer_pack(a, body, sizeof(body)), body, asked_id);
	cr_assert_str_eq(member(hear(alice), "text"), "a check");
	cr_assert_str_eq(member(hear(alice), "name"), "server");
	cr_assert_str_eq(member(hear(alice), "type"), "end");
	say(all, "{\"verb\":\"dns-query\",\"app\":\"/usr/bin/curl\",\"name\":\"a.b\"}\n");
	tell(UI_ANSWER, ui_answer_pack(a, body, sizeof(body)), body, asked_id);
	free(a);
	cr_assert_str_eq(member(hear(all), "text"), "a check");
	cr_assert_str_eq(member(hear(all), "text"), "kept");
}

Test(uid_front, the_cache_for_those_who_see_all)
{
	int			 alice = person(1000), all = person(0);
	struct names_kept	*m = calloc(1, sizeof(*m));
	json_t			*o;

	say(alice, "{\"verb\":\"dns-cache\"}\n");
	cr_assert_str_eq(member(hear(alice), "code"), "forbidden");
	say(all, "{\"verb\":\"dns-cache\"}\n");
	cr_assert_eq(asked.kind, UI_DNS_CACHE);
	m->count = 2;
	m->entry[0] = (struct names_entry){ .name = "www.example.org", .qtype = 1, .left_s = 60,
		.validation = NAMES_INSECURE, .addresses = 1 };
	m->entry[1] = (struct names_entry){ .name = "none.example.org", .qtype = 28, .rcode = 3,
		.validation = NAMES_SECURE, .server = "192.0.2.53" };
	tell(UI_KEPT, names_kept_pack(m, body, sizeof(body)), body, asked_id);
	m->count = 0;
	m->last = true;
	m->more = 5;
	tell(UI_KEPT, names_kept_pack(m, body, sizeof(body)), body, asked_id);
	free(m);
	o = hear(all);
	cr_assert_str_eq(member(o, "type"), "cached");
	cr_assert_str_eq(member(o, "name"), "www.example.org");
	cr_assert_eq(json_integer_value(json_object_get(o, "left_s")), 60);
	cr_assert_str_eq(member(hear(all), "rcode"), "NXDOMAIN");
	o = hear(all);
	cr_assert_str_eq(member(o, "type"), "end");
	cr_assert_eq(json_integer_value(json_object_get(o, "count")), 2);
	cr_assert_eq(json_integer_value(json_object_get(o, "more")), 5);
}

/* policyd is not believed to answer what it was asked. */
Test(uid_front, answers_of_another_kind)
{
	int			 all = person(0);
	struct names_kept	*m = calloc(1, sizeof(*m));

	m->last = true;
	say(all, "{\"verb\":\"dns-cache\"}\n");
	answer(asked_id, false, true, 1);
	cr_assert_str_eq(member(hear(all), "code"), "unavailable");
	say(all, "{\"verb\":\"dns-servers\"}\n");
	tell(UI_KEPT, names_kept_pack(m, body, sizeof(body)), body, asked_id);
	free(m);
	cr_assert_null(hear(all));
	answer(asked_id, false, true, 0);
	cr_assert_str_eq(member(hear(all), "code"), "unavailable");
}
