/*
 * policyd between resolverd and intercept: whose a call at the Unix door is, and what
 * resolverd may not say of one. Both peers are played here.
 */
/* links: policyd/[a-z]*.c policyd/lang.y */
#include "names_peers.h"

TestSuite(names_callers, .init = start, .fini = folder_finish, .timeout = 30);

static void
call(uint64_t number, int fd)
{
	struct names_caller	m = { .number = number };

	cr_assert_eq(channel_send(resolverd, NAMES_CALLER, 0, body, names_caller_pack(&m, body, sizeof body), fd), 0);
	turn();
}

static void
ask(uint32_t id, uint64_t number)
{
	static struct names_ask	m = { .name = "www.example.org", .qtype = 1 };

	caller_tuple(number, &m.tuple);
	cr_assert_eq(channel_send(resolverd, NAMES_ASK, id, body, names_ask_pack(&m, body, sizeof body), -1), 0);
	turn();
}

static void
give_notice(uint64_t number, uint64_t process)
{
	struct decide_notice	n = { .flow = number, .cookie = 1, .process = process };

	introduce(process);
	caller_tuple(number, &n.tuple);
	cr_assert_eq(channel_send(intercept, DECIDE_NOTICE, 0, body, decide_notice_pack(&n, body, sizeof body), -1), 0);
	turn();
}

Test(names_callers, asked_for_and_judged)
{
	struct stat	st;

	call(FIRST, pair[0]);
	cr_assert_eq(asked, 1);
	cr_expect_eq(whose.caller, FIRST);
	cr_expect_eq(fstat(pair[0], &st) | (whose.inode != st.st_ino), 0);
	ask(1, FIRST);
	cr_expect_eq(verdicts, 0, "it waits for intercept's word");
	give_notice(FIRST, 77);
	cr_assert_eq(verdicts, 1);
	cr_expect_eq(verdict.word, NAMES_RESOLVE, "%s", verdict.reason);
	cr_expect_eq(verdict.asker, 77);
	cr_expect(!verdict.sift);
}

Test(names_callers, its_program_ends)
{
	call(FIRST, pair[0]);
	give_notice(FIRST, 77);
	gone(77);
	cr_assert_eq(forgotten, 1);
	cr_expect_eq(caller_number(&forget.tuple), FIRST);
	ask(1, FIRST);
	cr_assert_eq(verdicts, 1);
	cr_expect_eq(verdict.word, NAMES_REFUSE);
}

Test(names_callers, whom_nobody_knows_is_refused)
{
	call(FIRST, pair[0]);
	ask(1, FIRST);
	usleep(250000);
	turn();
	cr_assert_eq(verdicts, 1);
	cr_expect_eq(verdict.word, NAMES_REFUSE);
	cr_expect_eq(verdict.asker, 0);
}

/* Once over, its number is nobody's. */
Test(names_callers, one_that_left)
{
	struct names_caller	m = { .number = FIRST };

	call(FIRST, pair[0]);
	give_notice(FIRST, 77);
	cr_assert_eq(channel_send(resolverd, NAMES_LEFT, 0, body, names_caller_pack(&m, body, sizeof body), -1), 0);
	ask(1, FIRST);
	cr_expect_eq(verdicts, 0);
}

static void
must_end(uint64_t number, int fd)
{
	call(number, fd);
	cr_expect(resolverd_lost);
	cr_expect_eq(asked, 0);
}

Test(names_callers, a_number_of_another_channel)
{
	must_end((uint64_t)(GENERATION - 1) << 32 | 1, pair[0]);
}

Test(names_callers, no_socket)
{
	int	ends[2];

	cr_assert_eq(pipe(ends), 0);
	must_end(FIRST, ends[0]);
}

Test(names_callers, no_descriptor)
{
	must_end(FIRST, -1);
}

Test(names_callers, a_number_twice)
{
	call(FIRST + 1, pair[0]);
	cr_assert(!resolverd_lost);
	asked = 0;
	must_end(FIRST + 1, pair[0]);
}

Test(names_callers, a_number_that_goes_back)
{
	call(FIRST + 1, pair[0]);
	asked = 0;
	must_end(FIRST, pair[0]);
}

static void
ask_sift(uint32_t id, uint64_t asker)
{
	static struct names_sift	m = { .name = "nas.lan", .addresses = 3, .address = { { 4, { 192, 0, 2, 1 } },
		{ 4, { 10, 0, 0, 7 } }, { 6, { 0xfd, [15] = 1 } } } };

	m.asker = asker;
	cr_assert_eq(channel_send(resolverd, NAMES_SIFT, id, body, names_sift_pack(&m, body, sizeof body), -1), 0);
	turn();
}

/* Of whom some addresses are out of reach, answers are sifted; of whom nobody knows, there is nothing in them. */
Test(names_callers, answers_are_sifted)
{
	put("etc/profiles/a.conf", "profile \"a\" {\n\tpath \"/bin/a\"\n\tflags internet\n}\n");
	current_reload();
	call(FIRST, pair[0]);
	give_notice(FIRST, 77);
	ask(1, FIRST);
	cr_assert_eq(verdicts, 1);
	cr_expect_eq(verdict.word, NAMES_RESOLVE, "%s", verdict.reason);
	cr_expect(verdict.sift);
	ask_sift(9, 77);
	cr_expect_eq(sifted_id, 9);
	cr_expect_eq(sifted.out, 6, "%lx", sifted.out);
	cr_expect_not_null(strstr(sifted.reason, "flag localnet"), "%s", sifted.reason);
	ask_sift(10, 78);
	cr_expect_eq(sifted.out, 7, "%lx", sifted.out);
	cr_expect_str_eq(sifted.reason, "its program has ended");
	cr_expect(!resolverd_lost);
	ask_sift(0, 77);
	cr_expect(resolverd_lost, "a question without a number");
}
