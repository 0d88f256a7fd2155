/*
 * A program that sends in every odd way, for tests: copied to two paths it is a permitted and a
 * forbidden program that otherwise do the same.
 *	senders WAY N ADDRESS PORT [OTHER [FD]]
 * makes N attempts, the first to ADDRESS, the next to the address after that, and so on. It prints a line
 * "ADDRESS PID" for each: who sends there. OTHER is another copy's path, for ways that need two programs.
 * Exit status 77: the kernel has no such feature.
 *	senders list		names all ways
 */
#include "senders.h"

#include <arpa/inet.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct way *const kinds[] = { plain_ways, call_ways, uring_ways, raw_ways, below_ways, pass_ways, hide_ways, disguise_ways, process_ways, place_ways };
#define KINDS	(sizeof kinds / sizeof kinds[0])

static const struct way *
find(const char *name)
{
	for (size_t k = 0; k < KINDS; k++)
		for (const struct way *w = kinds[k]; w->name != NULL; w++)
			if (strcmp(w->name, name) == 0)
				return w;
	errx(2, "no way %s", name);
}

static int
list(void)
{
	for (size_t k = 0; k < KINDS; k++)
		for (const struct way *w = kinds[k]; w->name != NULL; w++)
			(void)puts(w->name);
	return 0;
}

static void
parse(int argc, char **argv)
{
	in_port_t port = htons((uint16_t)strtoul(argv[4], NULL, 10));

	job.n = (unsigned)strtoul(argv[2], NULL, 10);
	job.address = argv[3];
	job.port = argv[4];
	job.other = argc > 5 ? argv[5] : argv[0];
	job.self = argv[0];
	job.fd = argc > 6 ? (int)strtol(argv[6], NULL, 10) : -1;
	job.to.in6.sin6_port = port;	/* same place in both */
	job.to.sa.sa_family = strchr(argv[3], ':') != NULL ? AF_INET6 : AF_INET;
	if (inet_pton(job.to.sa.sa_family, argv[3], job.to.sa.sa_family == AF_INET ? (void *)&job.to.in.sin_addr :
	    (void *)&job.to.in6.sin6_addr) != 1)
		errx(2, "%s: not an address", argv[3]);
}

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "list") == 0)
		return list();
	if (argc < 5 || argc > 7)
		errx(2, "see the head of senders.c");
	parse(argc, argv);
	return find(argv[1])->run();
}
