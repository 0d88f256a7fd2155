/*
 * The built-in profiles; see builtin.h. An administrator replaces one by a
 * profile with the same virtual name.
 */
#include <string.h>

#include "sandbox.h"
#include "builtin.h"

/* Ports of DHCP: RFC 2131, RFC 8415. Clients that listen by an ordinary socket have profiles. */
const char builtin_text[] =
    "# Incoming packets that no program waits for, but that a machine needs.\n"
    "# Neighbour discovery, router advertisements and MLD are not judged here: the kernel's\n"
    "# rules pass them by type, hop limit and address. ICMP errors pass with their flow.\n"
    "profile \"system\" {\n"
    "	virtual	\"system\"\n"
    "	description \"What the network asks of this machine itself\"\n"
    "	flags	internet localnet service\n"
    "	default	deny\n"
    "	rules {\n"
    "		allow	in icmp-type echo-request scope { host lan } up-to secure\n"
    "		allow	in icmp-type echo-request scope internet up-to dynamic\n"
    "		allow	in port udp/68			# DHCP: a server's answer\n"
    "		allow	in port udp/546 scope link	# DHCPv6, the same\n"
    "		allow	in protocol igmp scope { lan multicast }\n"
    "	}\n"
    "}\n"
    "# What the kernel sends by itself and what its own sockets (WireGuard, NFS) receive.\n"
    "profile \"kernel\" {\n"
    "	virtual	\"kernel\"\n"
    "	description \"ICMP answers, resets, IGMP, WireGuard, NFS\"\n"
    "	flags	internet localnet service\n"
    "}\n";

struct file *
builtin_profiles(void)
{
	const struct file_source source = { .kind = FILE_PROFILES, .layer = LAYER_BUILTIN,
		.name = "builtin:system", .shown = "builtin:system" };
	struct diag diag = { 0 };
	struct file *file = file_build(&source, builtin_text, strlen(builtin_text), &diag);

	if (file == NULL)
		fatalx("builtin:system:%u:%u: %s", diag.lines[0].at.line, diag.lines[0].at.column,
		    diag.lines[0].text);
	return file;
}
