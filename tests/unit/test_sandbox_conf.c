/*
 * bulwarkd.conf: what is taken, and where an error is said to stand.
 */
/* links: sandbox/conf.c */
#include <sys/stat.h>

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf.h"

static struct conf	conf;
static char		text[512];

static int
parse(const char *s)
{
	return conf_parse("f", s, strlen(s), &conf, text, sizeof(text));
}

Test(conf, taken)
{
	cr_assert_eq(parse(""), 0);
	cr_assert(!conf.hold);
	cr_assert_eq(conf.lifelines, 0);
	cr_assert_eq(parse("# nothing\n\n \t \nstop hold # really\n"), 0);
	cr_assert(conf.hold);
	cr_assert_eq(parse("stop release"), 0);
	cr_assert(!conf.hold);
	cr_assert_eq(parse("lifeline tcp/22 from 192.0.2.0/24\nlifeline udp/51820 from ::/0\n"
	    "\tlifeline  tcp/2222\tfrom 2001:DB8:0::1\n"), 0, "%s", text);
	cr_assert_eq(conf.lifelines, 3);
	cr_assert(!conf.lifeline[0].udp);
	cr_assert_eq(conf.lifeline[0].port, 22);
	cr_assert_eq(conf.lifeline[0].prefix, 24);
	cr_assert_str_eq(conf.lifeline[0].net, "192.0.2.0");
	cr_assert(conf.lifeline[1].udp);
	cr_assert_eq(conf.lifeline[1].prefix, 0);
	cr_assert_str_eq(conf.lifeline[2].net, "2001:db8::1");
	cr_assert_eq(conf.lifeline[2].prefix, 128);
}

Test(conf, kernel)
{
	cr_assert_eq(parse("stop hold"), 0);
	cr_assert(!conf.no_kernel && conf.cgroup[0] == '\0');
	cr_assert_eq(parse("kernel off\n"), 0);
	cr_assert(conf.no_kernel);
	cr_assert_eq(parse("kernel on\n cgroup /sys/fs/cgroup/a.slice\n"), 0, "%s", text);
	cr_assert(!conf.no_kernel);
	cr_assert_str_eq(conf.cgroup, "/sys/fs/cgroup/a.slice");
}

/* Said of the line that names it. */
Test(conf, no_such_cgroup)
{
	cr_assert_eq(parse("kernel on\n cgroup /proc\n"), 0);
	cr_assert_eq(conf_open_cgroup("f", &conf, text, sizeof(text)), -1);
	cr_assert_str_eq(text, "f:2:9: /proc: no folder of a cgroup2 hierarchy");
	cr_assert_eq(parse("cgroup /nowhere"), 0);
	cr_assert_eq(conf_open_cgroup("f", &conf, text, sizeof(text)), -1);
	cr_assert_str_eq(text, "f:1:8: /nowhere: No such file or directory");
}

static const struct {
	const char	*line, *error;
} wrong[] = {
	{ "speed fast", "f:1:1: unknown key speed" },
	{ "  speed", "f:1:3: unknown key speed" },
	{ "\n#\n stop", "f:3:6: stop is" },
	{ "stop sometimes", "f:1:6: stop is" },
	{ "stop hold now", "f:1:6: stop is" },
	{ "stop hold\nstop hold", "f:2:1: stop was set before" },
	{ "kernel", "f:1:7: kernel is" },
	{ "kernel maybe", "f:1:8: kernel is" },
	{ "kernel on\nkernel on", "f:2:1: kernel was set before" },
	{ "cgroup", "f:1:7: cgroup is" },
	{ "cgroup user.slice", "f:1:8: cgroup is" },
	{ "cgroup /a b", "f:1:8: cgroup is" },
	{ "cgroup /a\ncgroup /b", "f:2:1: cgroup was set before" },
	{ "lifeline", "f:1:9: a lifeline is" },
	{ "lifeline tcp/22 to 192.0.2.0/24", "f:1:17: a lifeline is" },
	{ "lifeline tcp/22 from", "f:1:17: a lifeline is" },
	{ "lifeline sctp/22 from 192.0.2.0/24", "f:1:10: tcp/PORT or udp/PORT" },
	{ "lifeline tcp/0 from 192.0.2.0/24", "f:1:14: a port" },
	{ "lifeline tcp/65536 from 192.0.2.0/24", "f:1:14: a port" },
	{ "lifeline tcp/+22 from 192.0.2.0/24", "f:1:14: a port" },
	{ "lifeline tcp/022 from 192.0.2.0/24", "f:1:14: a port" },
	{ "lifeline tcp/ from 192.0.2.0/24", "f:1:14: a port" },
	{ "lifeline tcp/99999999999999999999 from 192.0.2.0/24", "f:1:14: a port" },
	{ "lifeline tcp/22 from 192.0.2.0/33", "f:1:32: the prefix" },
	{ "lifeline tcp/22 from 192.0.2.0/", "f:1:32: the prefix" },
	{ "lifeline tcp/22 from 192.0.2.1/24", "f:1:22: bits are set" },
	{ "lifeline tcp/22 from 2001:db8::1/64", "f:1:22: bits are set" },
	{ "lifeline tcp/22 from localhost", "f:1:22: localhost is not an address" },
	{ "lifeline tcp/22 from 192.0.2", "f:1:22: 192.0.2 is not an address" },
	{ "lifeline tcp/22 from fe80::1%eth0", "f:1:22: fe80::1%eth0 is not an address" },
	{ "resolved-socket", "f:1:16: resolved-socket is" },
	{ "resolved-socket give", "f:1:17: resolved-socket is" },
	{ "resolved-socket take\nresolved-socket take", "f:2:1: resolved-socket was set" },
	{ "stop hold\001", "f:1:10: control character" },
	{ "stop hold\r\n", "f:1:10: control character" },
	{ "a b c d e f g h i", "f:1:17: too many words" },
};

Test(conf, refused)
{
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		cr_assert_eq(parse(wrong[i].line), -1, "%s", wrong[i].line);
		cr_assert_eq(strncmp(text, wrong[i].error, strlen(wrong[i].error)), 0,
		    "%s: %s", wrong[i].line, text);
	}
}

Test(conf, resolved_socket)
{
	cr_assert_eq(parse("stop hold\n"), 0);
	cr_expect_eq(conf.resolved, RESOLVED_BY_NETWORK);
	cr_assert_eq(parse("resolved-socket take\n"), 0);
	cr_expect_eq(conf.resolved, RESOLVED_TAKE);
	cr_assert_eq(parse("resolved-socket leave\n"), 0);
	cr_expect_eq(conf.resolved, RESOLVED_LEAVE);
}

Test(conf, long_lines_and_nul)
{
	char	line[2000];

	memset(line, '#', sizeof(line));
	cr_assert_eq(conf_parse("f", line, sizeof(line), &conf, text, sizeof(text)), -1);
	cr_assert_eq(conf_parse("f", "stop\0hold", 9, &conf, text, sizeof(text)), -1);
	cr_assert_str_eq(text, "f:1:5: control character");
}

Test(conf, too_many_lifelines)
{
	char	all[4096] = "";

	for (int i = 0; i <= CONF_LIFELINES; i++)
		strcat(all, "lifeline tcp/22 from 192.0.2.0/24\n");
	cr_assert_eq(parse(all), -1);
	cr_assert_str_eq(text, "f:17:1: more than 16 lifelines");
}

Test(conf, files)
{
	char	path[] = "/tmp/bulwark-conf.XXXXXX";
	int	fd = mkstemp(path);

	cr_assert_neq(fd, -1);
	cr_assert_eq(write(fd, "stop hold\n", 10), 10);
	if (geteuid() == 0) {
		cr_assert_eq(conf_read(path, &conf, text, sizeof(text)), 0, "%s", text);
		cr_assert(conf.hold);
	}
	cr_assert_eq(fchmod(fd, 0620), 0);
	cr_assert_eq(conf_read(path, &conf, text, sizeof(text)), -1);
	cr_assert_eq(fchmod(fd, 0602), 0);
	cr_assert_eq(conf_read(path, &conf, text, sizeof(text)), -1);
	if (geteuid() == 0) {
		cr_assert_eq(fchmod(fd, 0600), 0);
		cr_assert_eq(fchown(fd, 65534, 0), 0);
		cr_assert_eq(conf_read(path, &conf, text, sizeof(text)), -1);
	}
	unlink(path);
	close(fd);
	cr_assert_eq(conf_read(path, &conf, text, sizeof(text)), 0, "a missing file is no error");
	cr_assert_eq(conf_read("/tmp", &conf, text, sizeof(text)), -1, "a folder is one");
}
