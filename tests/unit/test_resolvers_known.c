/*
 * Resolvers that others run: what is found in the tables.
 */
/* links: policyd/resolvers_known.c */
#include "temp_folder.h"

#include <arpa/inet.h>
#include <fcntl.h>

#include "resolvers_known.h"

static bool
has(const char *name)
{
	return resolver_has_name(name, strlen(name));
}

Test(resolvers, names)
{
	cr_expect(has("dns.google"));
	cr_expect(has("cloudflare-dns.com"));
	cr_expect(has("mozilla.cloudflare-dns.com"));
	cr_expect(has("a.b.dns.nextdns.io"));
	cr_expect(has("one.one.one.one"));
	cr_expect_not(has("google"));
	cr_expect_not(has("www.google"));
	cr_expect_not(has("notdns.google"));
	cr_expect_not(has("dns.google.example"));
	cr_expect_not(has("one.one.one"));
	cr_expect_not(has(""));
	cr_expect_not(has("."));
	cr_expect_not(has("dns.google."));
}

static bool
has_address(const char *text)
{
	uint8_t address[16] = { 0 };
	uint8_t family = strchr(text, ':') != NULL ? 6 : 4;

	cr_assert_eq(inet_pton(family == 6 ? AF_INET6 : AF_INET, text, address), 1);
	return resolver_has_address(family, address);
}

Test(resolvers, addresses)
{
	static const char *const are[] = { "1.0.0.1", "1.1.1.1", "8.8.8.8", "9.9.9.9", "223.6.6.6", "208.67.222.222",
		"2606:4700:4700::1111", "2620:fe::fe", "2001:4860:4860::8888" };

	for (size_t i = 0; i < sizeof are / sizeof are[0]; i++)
		cr_expect(has_address(are[i]), "%s", are[i]);
	cr_expect_not(has_address("1.1.1.4"));
	cr_expect_not(has_address("0.0.0.0"));
	cr_expect_not(has_address("255.255.255.255"));
	cr_expect_not(has_address("2606:4700:4700::1112:1"));
	cr_expect_not(has_address("::"));
}

/* All of them, sorted, each found; and nothing stays in the folder. */
Test(resolvers, list, .init = folder_start, .fini = folder_finish)
{
	int fd = resolvers_list(top);
	char line[300], before[300] = "";
	unsigned lines = 0;
	FILE *in;

	cr_assert_neq(fd, -1);
	cr_expect_eq(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	cr_expect_eq(rmdir(top), 0, "it is empty");
	for (in = fdopen(fd, "r"); fgets(line, sizeof line, in) != NULL; lines++) {
		line[strcspn(line, "\n")] = '\0';
		cr_expect(has(line), "%s", line);
		cr_expect_lt(strcmp(before, line), 0, "%s", line);
		strcpy(before, line);
	}
	cr_expect_gt(lines, 100);
	fclose(in);
	cr_expect_eq(resolvers_list("/nowhere"), -1);
}
