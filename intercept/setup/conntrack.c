/* The nibble in the marks of conntrack entries (conntrack.h). */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include "conntrack.h"
#include "marks.h"
#include "nl.h"

#define DUMP_TRIES	5

struct work {
	int		(*choose)(const struct conntrack_entry *, void *);
	void		*arg;
	struct nl	 update;
	long		 changed;
};

/* Keeps pointers to the attributes of a message or nest by their type. */
static void
attributes(const struct nlattr *first, size_t len, const struct nlattr **tb, size_t count)
{
	const struct nlattr	*a = first;

	for (size_t i = 0; i < count; i++)
		tb[i] = NULL;
	for (int left = (int)len; mnl_attr_ok(a, left);
	    left -= (int)MNL_ALIGN(a->nla_len), a = mnl_attr_next(a))
		if (mnl_attr_get_type(a) < count)
			tb[mnl_attr_get_type(a)] = a;
}

static void
nest(const struct nlattr *a, const struct nlattr **tb, size_t count)
{
	attributes(a == NULL ? NULL : mnl_attr_get_payload(a),
	    a == NULL ? 0 : mnl_attr_get_payload_len(a), tb, count);
}

static void
copy(const struct nlattr *a, void *to, size_t len)
{
	if (a != NULL && mnl_attr_get_payload_len(a) == len)
		memcpy(to, mnl_attr_get_payload(a), len);
}

static void
tuple_read(const struct nlattr *a, uint8_t family, struct tuple *t)
{
	const struct nlattr	*tb[CTA_TUPLE_MAX + 1], *ip[CTA_IP_MAX + 1], *p[CTA_PROTO_MAX + 1];
	size_t			 len = family == AF_INET6 ? 16 : 4;
	uint16_t		 sport = 0, dport = 0;
	uint8_t			 type = 0, code = 0;

	*t = (struct tuple){ .family = family == AF_INET6 ? 6 : 4 };
	nest(a, tb, CTA_TUPLE_MAX + 1);
	nest(tb[CTA_TUPLE_IP], ip, CTA_IP_MAX + 1);
	nest(tb[CTA_TUPLE_PROTO], p, CTA_PROTO_MAX + 1);
	copy(ip[family == AF_INET6 ? CTA_IP_V6_SRC : CTA_IP_V4_SRC], t->src, len);
	copy(ip[family == AF_INET6 ? CTA_IP_V6_DST : CTA_IP_V4_DST], t->dst, len);
	copy(p[CTA_PROTO_NUM], &t->proto, sizeof(t->proto));
	if (t->proto == IPPROTO_ICMP || t->proto == IPPROTO_ICMPV6) {
		bool	six = t->proto == IPPROTO_ICMPV6;

		copy(p[six ? CTA_PROTO_ICMPV6_ID : CTA_PROTO_ICMP_ID], &sport, sizeof(sport));
		copy(p[six ? CTA_PROTO_ICMPV6_TYPE : CTA_PROTO_ICMP_TYPE], &type, sizeof(type));
		copy(p[six ? CTA_PROTO_ICMPV6_CODE : CTA_PROTO_ICMP_CODE], &code, sizeof(code));
		dport = htons((uint16_t)(type << 8 | code));
	} else {
		copy(p[CTA_PROTO_SRC_PORT], &sport, sizeof(sport));
		copy(p[CTA_PROTO_DST_PORT], &dport, sizeof(dport));
	}
	t->sport = ntohs(sport);
	t->dport = ntohs(dport);
}

static void
attribute_copy(struct nlmsghdr *nlh, const struct nlattr *a)
{
	mnl_attr_put(nlh, a->nla_type, mnl_attr_get_payload_len(a), mnl_attr_get_payload(a));
}

/* New mark = what is outside the mask, with the nibble put in: done by the kernel in one go. */
static int
entry_update(struct work *w, uint8_t family, const struct nlattr **tb, uint32_t nibble)
{
	char		 buf[1024];
	struct nlmsghdr	*nlh;

	if (tb[CTA_TUPLE_ORIG] == NULL || tb[CTA_TUPLE_ORIG]->nla_len > sizeof(buf) / 2)
		return 0;
	nlh = nl_request(&w->update, buf, NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_NEW, family, 0);
	attribute_copy(nlh, tb[CTA_TUPLE_ORIG]);
	if (tb[CTA_ZONE] != NULL)
		attribute_copy(nlh, tb[CTA_ZONE]);
	mnl_attr_put_u32(nlh, CTA_MARK, htonl(nibble << MARK_SHIFT));
	mnl_attr_put_u32(nlh, CTA_MARK_MASK, htonl(MARK_MASK));
	if (nl_ask(&w->update, nlh, NULL, NULL) == 0)
		w->changed++;
	else if (errno != ENOENT)
		return -1;
	return 0;
}

static int
on_entry(const struct nlmsghdr *nlh, void *arg)
{
	struct work		*w = arg;
	struct nfgenmsg		*nfg = mnl_nlmsg_get_payload(nlh);
	const struct nlattr	*tb[CTA_MAX + 1];
	struct conntrack_entry	 entry = { 0 };
	int			 nibble;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*nfg))
		return 0;
	attributes(mnl_nlmsg_get_payload_offset(nlh, sizeof(*nfg)),
	    mnl_nlmsg_get_payload_len(nlh) - MNL_ALIGN(sizeof(*nfg)), tb, CTA_MAX + 1);
	tuple_read(tb[CTA_TUPLE_ORIG], nfg->nfgen_family, &entry.first);
	tuple_read(tb[CTA_TUPLE_REPLY], nfg->nfgen_family, &entry.reply);
	copy(tb[CTA_MARK], &entry.mark, sizeof(entry.mark));
	entry.mark = ntohl(entry.mark);
	nibble = w->choose(&entry, w->arg);
	return nibble == -1 ? 0 : entry_update(w, nfg->nfgen_family, tb, (uint32_t)nibble);
}

long
conntrack_set_nibbles(int (*choose)(const struct conntrack_entry *, void *), void *arg)
{
	struct work	w = { .choose = choose, .arg = arg };
	struct nl	nl;
	char		buf[256];
	int		error = -1;

	w.update.fd = -1;
	if (nl_open(&nl, NETLINK_NETFILTER) == -1)
		return -1;
	if (nl_open(&w.update, NETLINK_NETFILTER) == -1)
		goto out;
	for (int i = 0; i < DUMP_TRIES; i++) {
		error = nl_dump(&nl, nl_request(&nl, buf, NFNL_SUBSYS_CTNETLINK,
		    IPCTNL_MSG_CT_GET, AF_UNSPEC, 0), on_entry, &w);
		if (error == 0 || errno != EINTR)
			break;
	}
out:
	nl_close(&w.update);
	nl_close(&nl);
	return error == 0 ? w.changed : -1;
}
