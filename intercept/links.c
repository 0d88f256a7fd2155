/*
 * Own addresses and interfaces. Called by main, judge.c and namespaces.c.
 * Trusts the kernel. A change is not followed message by message: everything
 * is read again a moment later, so that a lost message costs nothing.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include <event2/event.h>

#include "clock.h"
#include "links.h"
#include "netlink.h"
#include "packet.h"
#include "sandbox.h"

#define SETTLE_NS	INT64_C(20000000)	/* changes come in groups */
#define SHARE		20	/* reading all takes at most one part in this of the time */
#define STALE		16	/* interfaces */

static int			 ask_fd = -1, watch_fd = -1;
static struct event		*watch_event, *settle_event;
static void			(*on_changed)(const struct decide_links *);

static struct link		 links[LINKS];
static unsigned			 link_count;
static uint32_t			 reading;
static struct decide_links	 nets;
static int64_t			 read_ns, cost_ns;	/* when all was read, and how long that took */

/* Those of which the kernel told something that was not read yet. */
static uint32_t			 stale[STALE];
static unsigned			 stale_count;
static bool			 stale_all;	/* it may be any */

static bool
is_kind(const struct nlattr *a, const char *kind)
{
	size_t	len = strlen(kind);

	return a != NULL && mnl_attr_get_payload_len(a) >= len && memcmp(mnl_attr_get_payload(a), kind, len) == 0 &&
	    (mnl_attr_get_payload_len(a) == len || ((const char *)mnl_attr_get_payload(a))[len] == '\0');
}

int
links_parse_link(const struct nlmsghdr *h, struct link *l)
{
	const struct nlattr	*tb[IFLA_LINK_NETNSID + 1], *info[IFLA_INFO_KIND + 1];
	const struct ifinfomsg	*m;
	uint32_t		 nsid;

	if (h->nlmsg_type != RTM_NEWLINK ||
	    attributes_of(h, sizeof(*m), tb, IFLA_LINK_NETNSID + 1) == -1)
		return -1;
	m = mnl_nlmsg_get_payload(h);
	memset(l, 0, sizeof(*l));
	l->index = (uint32_t)m->ifi_index;
	l->nsid = LINK_NO_NSID;
	if (attribute_u32(tb[IFLA_LINK_NETNSID], &nsid))
		l->nsid = (int32_t)nsid;
	if (tb[IFLA_IFNAME] != NULL && mnl_attr_get_payload_len(tb[IFLA_IFNAME]) <= DEVICE_BYTES) {
		memcpy(l->name, mnl_attr_get_payload(tb[IFLA_IFNAME]),
		    mnl_attr_get_payload_len(tb[IFLA_IFNAME]));
		l->name[DEVICE_BYTES - 1] = '\0';
	}
	if (attributes_in(tb[IFLA_LINKINFO], info, IFLA_INFO_KIND + 1) == 0) {
		l->bridge = is_kind(info[IFLA_INFO_KIND], "bridge");
		l->pair = is_kind(info[IFLA_INFO_KIND], "veth") || is_kind(info[IFLA_INFO_KIND], "netkit");
	}
	return 0;
}

/* The kernel takes the last address of a net for it, named or not. */
static void
broadcast_of(struct decide_net *n)
{
	uint32_t address;

	if (n->prefix == 0 || n->prefix > 30)
		return;
	memcpy(&address, n->address, sizeof(address));
	address |= htonl(UINT32_MAX >> n->prefix);
	memcpy(n->broadcast, &address, sizeof(n->broadcast));
}

int
links_parse_net(const struct nlmsghdr *h, struct decide_net *n, uint32_t *index)
{
	const struct nlattr	*tb[IFA_MAX + 1], *address;
	const struct ifaddrmsg	*m;
	size_t			 bytes;

	if (h->nlmsg_type != RTM_NEWADDR || attributes_of(h, sizeof(*m), tb, IFA_MAX + 1) == -1)
		return -1;
	m = mnl_nlmsg_get_payload(h);
	if (m->ifa_family != AF_INET && m->ifa_family != AF_INET6)
		return -1;
	memset(n, 0, sizeof(*n));
	n->family = m->ifa_family == AF_INET ? 4 : 6;
	bytes = n->family == 4 ? 4 : 16;
	/* LOCAL is ours on a point-to-point link, where ADDRESS is the other end. */
	address = tb[IFA_LOCAL] != NULL ? tb[IFA_LOCAL] : tb[IFA_ADDRESS];
	if (m->ifa_prefixlen > bytes * 8 || !attribute_bytes(address, n->address, bytes))
		return -1;
	n->prefix = m->ifa_prefixlen;
	if (n->family == 4 && !attribute_bytes(tb[IFA_BROADCAST], n->broadcast, 4))
		broadcast_of(n);
	*index = m->ifa_index;
	return 0;
}

static void
on_link(void *ctx, const struct nlmsghdr *h)
{
	(void)ctx;
	if (link_count < LINKS && links_parse_link(h, &links[link_count]) == 0)
		link_count++;
}

static void
on_net(void *ctx, const struct nlmsghdr *h)
{
	struct decide_net	n;
	uint32_t		index;

	(void)ctx;
	if (links_parse_net(h, &n, &index) == -1)
		return;
	if (nets.count == DECIDE_NETS) {
		nets.more = true;
		return;
	}
	link_name(index, n.device);
	if (n.device[0] == '\0')	/* beyond LINKS: its number will do */
		(void)snprintf(n.device, sizeof(n.device), "if%u", index);
	nets.net[nets.count++] = n;
}

static struct nlmsghdr *
dump_message(void *buffer, uint16_t type)
{
	struct nlmsghdr		*h = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg	*m = mnl_nlmsg_put_extra_header(h, sizeof(*m));

	h->nlmsg_type = type;
	m->ifi_family = AF_UNSPEC;
	return h;
}

/* Since when is what lies behind each known? */
static void
stamp(const struct link *before, unsigned count_before)
{
	for (unsigned i = 0; i < link_count; i++) {
		links[i].noticed = reading;
		for (unsigned j = 0; j < count_before; j++)
			if (before[j].index == links[i].index && before[j].nsid == links[i].nsid)
				links[i].noticed = before[j].noticed;
	}
}

static bool
ask_all(void)
{
	uint8_t	buffer[128] __attribute__((aligned(8)));

	link_count = 0;
	memset(&nets, 0, sizeof(nets));
	return netlink_ask(ask_fd, dump_message(buffer, RTM_GETLINK), NLM_F_DUMP, on_link, NULL) == 0 &&
	    netlink_ask(ask_fd, dump_message(buffer, RTM_GETADDR), NLM_F_DUMP, on_net, NULL) == 0;
}

/* False: the kernel did not say; what was known stays. */
static bool
read_all(void)
{
	static struct link		links_before[LINKS];
	static struct decide_links	nets_before;
	unsigned			count_before = link_count;

	memcpy(links_before, links, sizeof(links));
	nets_before = nets;
	if (ask_all()) {
		reading++;
		stamp(links_before, count_before);
		return true;
	}
	log_warn("reading interfaces and addresses");
	memcpy(links, links_before, sizeof(links));
	link_count = count_before;
	nets = nets_before;
	return false;
}

void
links_open(void)
{
	static const int	groups[] = { RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,
					     RTNLGRP_NSID };
	size_t			i;

	ask_fd = netlink_open(NETLINK_ROUTE, 1 << 20);
	watch_fd = netlink_open(NETLINK_ROUTE, 1 << 20);
	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (netlink_join(watch_fd, groups[i]) == -1)
			fatal("watching interfaces");
	if (!read_all())
		fatalx("the kernel does not tell its interfaces");
}

static void
on_settled(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval	later = { .tv_sec = 1 };
	int64_t			begin = clock_ns();

	(void)fd;
	(void)what;
	(void)arg;
	if (!read_all()) {
		(void)event_add(settle_event, &later);
		return;
	}
	read_ns = clock_ns();
	cost_ns = read_ns - begin;
	stale_count = 0;
	stale_all = false;
	on_changed(&nets);
}

static bool
is_stale(uint32_t index)
{
	unsigned	i;

	for (i = 0; i < stale_count && stale[i] != index; i++)
		continue;
	return stale_all || i < stale_count;
}

/*
 * What lies behind an interface may be changed by what the kernel tells of it; by what it tells of the other end's
 * leaving, or of the numbers of namespaces, that behind any. Addresses change nothing there.
 */
static void
note_change(const struct nlmsghdr *h)
{
	const struct ifinfomsg	*m = mnl_nlmsg_get_payload(h);

	if (h->nlmsg_type == RTM_NEWADDR || h->nlmsg_type == RTM_DELADDR)
		return;
	if (h->nlmsg_type != RTM_NEWLINK || mnl_nlmsg_get_payload_len(h) < sizeof(*m) || stale_count == STALE)
		stale_all = true;
	else if (!is_stale((uint32_t)m->ifi_index))
		stale[stale_count++] = (uint32_t)m->ifi_index;
}

static void
note_changes(const void *messages, int len)
{
	const struct nlmsghdr	*h;

	for (h = messages; netlink_ok(h, len); h = mnl_nlmsg_next(h, &len))
		note_change(h);
}

/* Nobody who has his interfaces change without end has all of them read without end. */
static void
settle_soon(void)
{
	int64_t		rest = read_ns + cost_ns * SHARE - clock_ns(), wait = rest > SETTLE_NS ? rest : SETTLE_NS;
	struct timeval	t = { .tv_sec = wait / 1000000000, .tv_usec = wait % 1000000000 / 1000 };

	if (!event_pending(settle_event, EV_TIMEOUT, NULL))
		(void)event_add(settle_event, &t);
}

static void
drain_watch(void)
{
	static uint8_t	buffer[32768] __attribute__((aligned(8)));
	ssize_t		len;
	bool		told = false;

	while ((len = netlink_receive(watch_fd, buffer, sizeof(buffer))) != -1 || errno == ENOBUFS) {
		if (len > 0)
			note_changes(buffer, (int)len);
		else
			stale_all = true;
		told = true;
	}
	if (told)
		settle_soon();
}

static void
on_watch(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	drain_watch();
}

bool
links_changing(uint32_t index)
{
	drain_watch();
	return is_stale(index);
}

uint32_t
links_reading(void)
{
	return reading;
}

bool
links_complete(void)
{
	return link_count < LINKS;
}

void
links_start(struct event_base *base, void (*changed)(const struct decide_links *))
{
	on_changed = changed;
	watch_event = event_new(base, watch_fd, EV_READ | EV_PERSIST, on_watch, NULL);
	settle_event = event_new(base, -1, 0, on_settled, NULL);
	if (watch_event == NULL || settle_event == NULL || event_add(watch_event, NULL) == -1)
		fatalx("no event for interfaces");
	on_changed(&nets);
}

const struct decide_links *
links_now(void)
{
	return &nets;
}

const struct link *
link_by_index(uint32_t index)
{
	unsigned i;

	for (i = 0; i < link_count; i++)
		if (links[i].index == index)
			return &links[i];
	return NULL;
}

void
link_name(uint32_t index, char name[DEVICE_BYTES])
{
	const struct link *l = index != 0 ? link_by_index(index) : NULL;

	memset(name, 0, DEVICE_BYTES);
	if (l != NULL)
		memcpy(name, l->name, DEVICE_BYTES);
}

bool
address_is_own(uint8_t family, const uint8_t address[16])
{
	unsigned i;

	if (address_loopback(family, address))
		return true;
	for (i = 0; i < nets.count; i++)
		if (nets.net[i].family == family &&
		    memcmp(nets.net[i].address, address, family == 4 ? 4 : 16) == 0)
			return true;
	return false;
}

bool
address_is_shared(uint8_t family, const uint8_t address[16])
{
	static const uint8_t	zero[4];
	unsigned		i;

	if (family == 6)
		return address[0] == 0xff;
	if ((address[0] & 0xf0) == 0xe0 || memcmp(address, "\xff\xff\xff\xff", 4) == 0)
		return true;
	for (i = 0; i < nets.count; i++)
		if (nets.net[i].family == 4 && memcmp(nets.net[i].broadcast, zero, 4) != 0 &&
		    memcmp(nets.net[i].broadcast, address, 4) == 0)
			return true;
	return false;
}

static void
on_neighbour(void *ctx, const struct nlmsghdr *h)
{
	const struct ndmsg	*m;
	uint32_t		*port = ctx;

	if (h->nlmsg_type != RTM_NEWNEIGH || mnl_nlmsg_get_payload_len(h) < sizeof(*m))
		return;
	m = mnl_nlmsg_get_payload(h);
	*port = (uint32_t)m->ndm_ifindex;
}

uint32_t
bridge_port(uint32_t bridge, const uint8_t hardware[6])
{
	uint8_t		buffer[128] __attribute__((aligned(8)));
	struct nlmsghdr	*h = mnl_nlmsg_put_header(buffer);
	struct ndmsg	*m = mnl_nlmsg_put_extra_header(h, sizeof(*m));
	uint32_t	port = 0;

	h->nlmsg_type = RTM_GETNEIGH;
	m->ndm_family = AF_BRIDGE;
	m->ndm_ifindex = (int)bridge;
	m->ndm_flags = NTF_SELF;
	mnl_attr_put(h, NDA_LLADDR, 6, hardware);
	if (netlink_ask(ask_fd, h, NLM_F_ACK, on_neighbour, &port) == -1)
		return 0;
	return port;
}

static void
on_route(void *ctx, const struct nlmsghdr *h)
{
	const struct nlattr	*tb[RTA_OIF + 1];
	const struct rtmsg	*m;
	uint32_t		 index, *to = ctx;

	if (h->nlmsg_type != RTM_NEWROUTE || attributes_of(h, sizeof(*m), tb, RTA_OIF + 1) == -1)
		return;
	m = mnl_nlmsg_get_payload(h);
	if (m->rtm_type == RTN_UNICAST && attribute_u32(tb[RTA_OIF], &index))
		*to = index;
}

uint32_t
link_towards(uint8_t family, const uint8_t address[16])
{
	uint8_t		buffer[128] __attribute__((aligned(8)));
	struct nlmsghdr	*h = mnl_nlmsg_put_header(buffer);
	struct rtmsg	*m = mnl_nlmsg_put_extra_header(h, sizeof(*m));
	size_t		len = family == 4 ? 4 : 16;
	uint32_t	index = 0;

	h->nlmsg_type = RTM_GETROUTE;
	m->rtm_family = family == 4 ? AF_INET : AF_INET6;
	m->rtm_dst_len = (uint8_t)(len * 8);
	mnl_attr_put(h, RTA_DST, len, address);
	if (netlink_ask(ask_fd, h, NLM_F_ACK, on_route, &index) == -1)
		return 0;
	return index;
}

struct neighbour {
	uint8_t	*hardware;
	bool	 found;
};

static void
on_hardware(void *ctx, const struct nlmsghdr *h)
{
	const struct nlattr	*tb[NDA_LLADDR + 1];
	struct neighbour	*to = ctx;

	if (h->nlmsg_type != RTM_NEWNEIGH || attributes_of(h, sizeof(struct ndmsg), tb, NDA_LLADDR + 1) == -1 ||
	    tb[NDA_LLADDR] == NULL || mnl_attr_get_payload_len(tb[NDA_LLADDR]) != 6)
		return;
	memcpy(to->hardware, mnl_attr_get_payload(tb[NDA_LLADDR]), 6);
	to->found = true;
}

bool
link_neighbour(uint32_t index, uint8_t family, const uint8_t address[16], uint8_t hardware[6])
{
	uint8_t			buffer[128] __attribute__((aligned(8)));
	struct nlmsghdr		*h = mnl_nlmsg_put_header(buffer);
	struct ndmsg		*m = mnl_nlmsg_put_extra_header(h, sizeof(*m));
	struct neighbour	 to = { .hardware = hardware };

	h->nlmsg_type = RTM_GETNEIGH;
	m->ndm_family = family == 4 ? AF_INET : AF_INET6;
	m->ndm_ifindex = (int)index;
	mnl_attr_put(h, NDA_DST, family == 4 ? 4 : 16, address);
	return netlink_ask(ask_fd, h, NLM_F_ACK, on_hardware, &to) == 0 && to.found;
}

static void
on_nsid(void *ctx, const struct nlmsghdr *h)
{
	const struct nlattr	*tb[NETNSA_MAX + 1];
	uint32_t		 nsid;
	int32_t			*to = ctx;

	if (h->nlmsg_type == RTM_NEWNSID &&
	    attributes_of(h, sizeof(struct rtgenmsg), tb, NETNSA_MAX + 1) == 0 &&
	    attribute_u32(tb[NETNSA_NSID], &nsid))
		*to = (int32_t)nsid;
}

bool
nsid_of_process(uint32_t pid, int32_t *nsid)
{
	uint8_t		buffer[128] __attribute__((aligned(8)));
	struct nlmsghdr	*h = mnl_nlmsg_put_header(buffer);

	*nsid = LINK_NO_NSID;
	h->nlmsg_type = RTM_GETNSID;
	mnl_nlmsg_put_extra_header(h, sizeof(struct rtgenmsg));
	mnl_attr_put_u32(h, NETNSA_PID, pid);
	return netlink_ask(ask_fd, h, NLM_F_ACK, on_nsid, nsid) != -1;
}
