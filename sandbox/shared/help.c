/*
 * See help.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "help.h"

void
help_asked(int argc, char *argv[], const struct help *h)
{
	if (argc < 2)
		return;
	if (strcmp(argv[1], "--version") == 0)
		(void)printf("%s " BULWARK_VERSION "\n", h->name);
	else if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		(void)printf("usage: %s%s\n\n%s\nMore: man 8 %s\n", h->name, h->arguments, h->text, h->name);
	else
		return;
	exit(fflush(stdout) == 0 ? 0 : 1);
}

void
help_alone(int argc, char *argv[], const struct help *h)
{
	help_asked(argc, argv, h);
	if (argc < 2)
		return;
	(void)fprintf(stderr, "%s: unknown argument %s (see %s --help)\n", h->name, argv[1], h->name);
	exit(2);
}
