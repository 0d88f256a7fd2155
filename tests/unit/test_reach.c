/*
 * Which addresses of an answer are out of its asker's reach.
 */
/* links: @decide policyd/reach.c policyd/packages.c policyd/package_index.c policyd/dpkg_text.c */
#include <arpa/inet.h>
#include <time.h>

#include "policy_make.h"
#include "reach.h"

static const struct links	links = { .count = 1, .net = { { 4, 24, { 10, 0, 0, 2 }, { 10, 0, 0, 255 }, "eth0" } } };
static const struct own		own = { .doors = true };
static const struct program	program = { .id = 1, .pid = 100, .start = 1, .uid = 1000, .path = "/bin/p",
	.path_len = 6, .cgroup = "", .command = "", .flags = PROCESS_PROVEN | PROCESS_ROOT_FILE | PROCESS_SAFE_MODE };
static struct names_sifted	sifted;

/* addresses: with blanks between. */
static void
judge(const char *profile, const char *addresses)
{
	static struct names_sift	m;
	struct made_file		file = { LAYER_VENDOR, 0, "p", profile };
	struct reach			r = { .program = &program, .policy = policy_make(&file, 1),
		.level = LEVEL_DYNAMIC, .links = &links, .own = &own };
	char				*copy = strdup(addresses), *save;

	cr_assert_eq(r.policy->broken_files, 0, "%s", profile);
	m = (struct names_sift){ .asker = 1, .name = "www.example.org" };
	for (char *w = strtok_r(copy, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save)) {
		struct names_address	*a = &m.address[m.addresses++];

		a->family = strchr(w, ':') != NULL ? 6 : 4;
		cr_assert_eq(inet_pton(a->family == 6 ? AF_INET6 : AF_INET, w, a->address), 1, "%s", w);
	}
	reach_judge(&r, &m, &sifted);
	policy_free((struct policy *)(uintptr_t)r.policy);
	free(copy);
}

Test(reach, one_bit_for_each)
{
	judge("profile \"p\" {\npath \"/bin/p\"\nflags internet\n}\n", "192.0.2.7 10.0.0.7 2001:db8::7 fd00::7 10.9.0.7");
	cr_expect_eq(sifted.out, 1u << 1 | 1u << 3 | 1u << 4, "%lx", sifted.out);
	cr_expect_not_null(strstr(sifted.reason, "(flag localnet) (p:3)"), "%s", sifted.reason);
	judge("profile \"p\" {\npath \"/bin/p\"\nflags internet localnet\nrules {\ndeny address 192.0.2.7\n}\n}\n",
	    "192.0.2.7 192.0.2.8");
	cr_expect_eq(sifted.out, 1);
	cr_expect_str_eq(sifted.reason, "a rule of the profile denies it (p:5)");
	judge("profile \"p\" {\npath \"/bin/p\"\nflags internet localnet\n}\n", "192.0.2.7 10.0.0.7");
	cr_expect_eq(sifted.out, 0);
	cr_expect_str_eq(sifted.reason, "");
}

/* As connections to them go: one family in the other's form, and this machine itself. */
Test(reach, as_connections_go)
{
	static const char	text[] = "profile \"p\" {\npath \"/bin/p\"\nflags internet\nrules {\ndeny net 192.0.2.0/24\n"
				    "deny net ::/0\n}\n}\n";

	judge(text, "::ffff:192.0.2.7 ::ffff:198.51.100.7 ::ffff:10.0.0.7 2001:db8::7");
	cr_expect_eq(sifted.out, 1u << 0 | 1u << 2 | 1u << 3, "%lx", sifted.out);
	judge(text, "0.0.0.0 :: 0.0.0.7 127.0.0.1 10.0.0.2");
	cr_expect_eq(sifted.out, 1u << 2, "%lx", sifted.out);
}

Test(reach, as_many_as_may_be)
{
	char	text[NAMES_ADDRESSES * 16] = "";
	size_t	used = 0;

	for (unsigned i = 0; i < NAMES_ADDRESSES; i++)
		used += (size_t)snprintf(text + used, sizeof text - used, "%s.%u ", i % 2 ? "10.0.0" : "192.0.2", i);
	judge("profile \"p\" {\npath \"/bin/p\"\nflags internet\n}\n", text);
	/* 10.0.0.2 would be this machine's own, but that number is even. */
	cr_expect_eq(sifted.out, 0xaaaaaaaaaaaaaaaau, "%lx", sifted.out);
}

/* 64 addresses by ten thousand rules with ports: 5 us each at most. */
Test(reach, ten_thousand_rules)
{
	static struct names_sift	m = { .asker = 1, .name = "www.example.org", .addresses = NAMES_ADDRESSES };
	struct made_file		file = { LAYER_VENDOR, 0, "p", NULL };
	struct reach			r = { .program = &program, .level = LEVEL_DYNAMIC, .links = &links, .own = &own };
	const int			rounds = 200;
	struct timespec			from, to;
	size_t				len;
	FILE				*out = open_memstream((char **)(uintptr_t)&file.text, &len);
	double				us;

	fprintf(out, "profile \"p\" {\npath \"/bin/p\"\nflags internet localnet\nrules {\n");
	for (unsigned i = 0; i < RULES_MOST; i++)
		fprintf(out, i % 3 == 0 ? "deny address 192.0.%u.%u port tcp/25\n" : i % 3 == 1 ?
		    "deny address 192.0.%u.%u\n" : "allow address 192.0.%u.%u port tcp/443\n", i >> 8, i & 255);
	fprintf(out, "}\n}\n");
	fclose(out);
	r.policy = policy_make(&file, 1);
	cr_assert_eq(r.policy->broken_files, 0);
	for (unsigned i = 0; i < NAMES_ADDRESSES; i++)
		m.address[i] = (struct names_address){ 4, { 192, 0, 2, (uint8_t)i } };
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	for (int i = 0; i < rounds; i++)
		reach_judge(&r, &m, &sifted);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	for (unsigned i = 0; i < NAMES_ADDRESSES; i++)
		cr_assert_eq(sifted.out >> i & 1, (2 * 256 + i) % 3 == 1, "%u", i);
	us = ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) / 1e3 / rounds / NAMES_ADDRESSES;
#ifdef BULWARK_ASAN
	us /= 10;
#endif
	cr_expect_lt(us, 5, "%.2f us an address", us);
	policy_free((struct policy *)(uintptr_t)r.policy);
	free((char *)(uintptr_t)file.text);
}
