/*
 * What a program says of itself, first thing in main(): most of the suite's are
 * started by bulwarkd, and people who start them by hand want to know that.
 */
#ifndef SANDBOX_HELP_H
#define SANDBOX_HELP_H

#define BULWARK_VERSION	"0.1"

struct help {
	const char	*name, *arguments;	/* arguments: "" or with a space before */
	const char	*text;			/* whole lines */
};

/* With --help, -h or --version as first argument: prints and ends with status 0. */
void	help_asked(int argc, char *argv[], const struct help *);
/* For one that takes no other arguments: with any, says so and ends with status 2. */
void	help_alone(int argc, char *argv[], const struct help *);

#endif
