/*
 * The parser of packet headers, by tables of bytes: what is understood, what is
 * refused and why, and which tuple comes out.
 */
/* links: intercept/packet.c */
#include <criterion/criterion.h>

#include <arpa/inet.h>
#include <string.h>

#include "packet.h"

/* A packet under construction. */
struct build {
	uint8_t	bytes[512];
	size_t	len;
};

static void
put(struct build *b, const void *bytes, size_t n)
{
	memcpy(b->bytes + b->len, bytes, n);
	b->len += n;
}

static void
put_zero(struct build *b, size_t n)
{
	memset(b->bytes + b->len, 0, n);
	b->len += n;
}

static void
put16(struct build *b, unsigned v)
{
	uint8_t two[2] = { (uint8_t)(v >> 8), (uint8_t)v };

	put(b, two, 2);
}

static void
put8(struct build *b, unsigned v)
{
	uint8_t one = (uint8_t)v;

	put(b, &one, 1);
}

/* From 192.0.2.1 to 198.51.100.2; total is set by v4_end(). */
static void
v4(struct build *b, unsigned proto, const void *options, size_t n)
{
	b->len = 0;
	put8(b, 0x40 | (5 + n / 4));
	put_zero(b, 8);
	put8(b, proto);
	put_zero(b, 2);
	put(b, "\xc0\x00\x02\x01\xc6\x33\x64\x02", 8);
	put(b, options, n);
}

static void
end(struct build *b)
{
	if (b->bytes[0] >> 4 == 4) {
		b->bytes[2] = (uint8_t)(b->len >> 8);
		b->bytes[3] = (uint8_t)b->len;
	} else {
		b->bytes[4] = (uint8_t)((b->len - 40) >> 8);
		b->bytes[5] = (uint8_t)(b->len - 40);
	}
}

/* From 2001:db8::1 to 2001:db8::2. */
static void
v6(struct build *b, unsigned next)
{
	static const uint8_t net[15] = { 0x20, 0x01, 0x0d, 0xb8 };

	b->len = 0;
	put8(b, 0x60);
	put_zero(b, 5);
	put8(b, next);
	put8(b, 64);
	put(b, net, 15);
	put8(b, 1);
	put(b, net, 15);
	put8(b, 2);
}

static void
tcp(struct build *b, unsigned flags)
{
	put16(b, 40000);
	put16(b, 443);
	put_zero(b, 8);
	put8(b, 0x50);
	put8(b, flags);
	put_zero(b, 6);
}

static void
udp(struct build *b, unsigned payload)
{
	put16(b, 40000);
	put16(b, 53);
	put16(b, 8 + payload);
	put_zero(b, 2 + payload);
}

static enum packet_fault
parse(const struct build *b, struct packet *p)
{
	return packet_parse(b->bytes, b->len, b->len, p);
}

Test(packet, tcp_syn)
{
	struct build	b;
	struct packet	p;

	v4(&b, IPPROTO_TCP, "", 0);
	tcp(&b, TCP_SYN);
	end(&b);
	cr_assert_eq(parse(&b, &p), PACKET_OK);
	cr_assert_eq(p.tuple.family, 4);
	cr_assert_eq(p.tuple.proto, IPPROTO_TCP);
	cr_assert_eq(p.tuple.sport, 40000);
	cr_assert_eq(p.tuple.dport, 443);
	cr_assert_eq(p.tcp_flags, TCP_SYN);
	cr_assert_eq(memcmp(p.tuple.src, "\xc0\x00\x02\x01\0\0\0\0\0\0\0\0\0\0\0\0", 16), 0);
}

Test(packet, every_prefix_is_refused_or_the_same)
{
	struct build	b;
	struct packet	whole, p;
	size_t		n;

	v6(&b, IPPROTO_HOPOPTS);
	put(&b, "\x2c\0\x01\x04\0\0\0\0", 8);
	put(&b, "\x3c\0\0\0\0\0\0\x07", 8);
	put(&b, "\x11\0\x01\x04\0\0\0\0", 8);
	udp(&b, 20);
	end(&b);
	cr_assert_eq(parse(&b, &whole), PACKET_OK);
	cr_assert_eq(whole.tuple.dport, 53);
	for (n = 0; n < b.len; n++) {
		/* Cut by the capture: unknown. Cut on the wire: malformed, but for an empty one. */
		if (packet_parse(b.bytes, n, b.len, &p) == PACKET_OK)
			cr_assert_eq(memcmp(&p, &whole, sizeof(p)), 0, "at %zu", n);
		cr_assert_neq(packet_parse(b.bytes, n, n, &p), PACKET_OK, "at %zu", n);
	}
}

Test(packet, source_routes)
{
	struct build	b;
	struct packet	p;

	v4(&b, IPPROTO_UDP, "\x83\x07\x04\x01\x02\x03\x04\x00", 8);
	udp(&b, 0);
	end(&b);
	cr_assert_eq(parse(&b, &p), PACKET_ROUTED);
	v4(&b, IPPROTO_UDP, "\x01\x89\x07\x04\x01\x02\x03\x04", 8);
	udp(&b, 0);
	end(&b);
	cr_assert_eq(parse(&b, &p), PACKET_ROUTED);
	/* Record route and time stamps are only read. */
	v4(&b, IPPROTO_UDP, "\x07\x07\x04\x01\x02\x03\x04\x00", 8);
	udp(&b, 0);
	end(&b);
	cr_assert_eq(parse(&b, &p), PACKET_OK);
	v6(&b, IPPROTO_ROUTING);
	put(&b, "\x11\x02\x00\x01\0\0\0\0", 8);
	put_zero(&b, 16);
	udp(&b, 0);
	end(&b);
	cr_assert_eq(parse(&b, &p), PACKET_ROUTED);
	b.bytes[43] = 0;	/* arrived: no segment is left */
	cr_assert_eq(parse(&b, &p), PACKET_OK);
}

Test(packet, options_that_lie)
{
	static const struct {
		const char *bytes;
		size_t n;
	} bad[] = {
		{ "\x07\x00\0\0", 4 }, { "\x07\x01\0\0", 4 }, { "\x07\x05\0\0", 4 }, { "\x01\x01\x01\x07", 4 },
	};
	struct build	b;
	struct packet	p;
	size_t		i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		v4(&b, IPPROTO_UDP, bad[i].bytes, bad[i].n);
		udp(&b, 0);
		end(&b);
		cr_assert_eq(parse(&b, &p), PACKET_MALFORMED, "row %zu", i);
	}
}

Test(packet, lengths_that_lie)
{
	struct build	b;
	struct packet	p;

	v4(&b, IPPROTO_UDP, "", 0);
	udp(&b, 10);
	end(&b);
	b.bytes[3] = (uint8_t)(b.len + 1);
	cr_assert_eq(parse(&b, &p), PACKET_MALFORMED, "longer than it is");
	b.bytes[3] = 19;
	cr_assert_eq(parse(&b, &p), PACKET_MALFORMED, "shorter than its header");
	b.bytes[3] = 25;
	cr_assert_eq(parse(&b, &p), PACKET_MALFORMED, "cuts the UDP header");
	end(&b);
	b.bytes[0] = 0x44;
	cr_assert_eq(parse(&b, &p), PACKET_MALFORMED, "header of 16 bytes");
	b.bytes[0] = 0x4f;
	cr_assert_eq(parse(&b, &p), PACKET_MALFORMED, "header beyond the end");
	b.bytes[0] = 0x45;
	b.bytes[25] = 19;
	cr_assert_eq(parse(&b, &p), PACKET_MALFORMED, "UDP longer than the packet");
	b.bytes[25] = 7;
	cr_assert_eq(parse(&b, &p), PACKET_MALFORMED, "UDP shorter than its header");
	b.bytes[25] = 18;
	cr_assert_eq(parse(&b, &p), PACKET_OK);
	b.bytes[0] = 0x55;
	cr_assert_eq(parse(&b, &p), PACKET_MALFORMED, "version 5");
	v4(&b, IPPROTO_TCP, "", 0);
	tcp(&b, TCP_SYN);
	end(&b);
	b.bytes[32] = 0x40;
	cr_assert_eq(parse(&b, &p), PACKET_MALFORMED, "TCP offset 4");
	b.bytes[32] = 0x60;
	cr_assert_eq(parse(&b, &p), PACKET_MALFORMED, "TCP offset beyond the end");
}

Test(packet, large_ones)
{
	struct build	b;
	struct packet	p;

	/* Offload leaves packets whole whose length no header can say. */
	v4(&b, IPPROTO_TCP, "", 0);
	tcp(&b, TCP_ACK);
	cr_assert_eq(packet_parse(b.bytes, b.len, 180000, &p), PACKET_OK);
	v6(&b, IPPROTO_TCP);
	tcp(&b, TCP_ACK);
	cr_assert_eq(packet_parse(b.bytes, b.len, 180000, &p), PACKET_OK);
	end(&b);
	b.bytes[4] = 0x20;	/* 8 KiB of which the first bytes were copied */
	cr_assert_eq(packet_parse(b.bytes, b.len, 8192 + 60, &p), PACKET_OK);
}

Test(packet, fragments)
{
	struct build	b;
	struct packet	p;

	v4(&b, IPPROTO_UDP, "", 0);
	udp(&b, 8);
	end(&b);
	b.bytes[6] = 0x40;	/* do not fragment */
	cr_assert_eq(parse(&b, &p), PACKET_OK);
	b.bytes[6] = 0x20;	/* more come */
	cr_assert_eq(parse(&b, &p), PACKET_FRAGMENT);
	b.bytes[6] = 0;
	b.bytes[7] = 1;		/* a later one */
	cr_assert_eq(parse(&b, &p), PACKET_FRAGMENT);
	v6(&b, IPPROTO_FRAGMENT);
	put(&b, "\x11\0\0\x01\0\0\0\x07", 8);
	udp(&b, 8);
	end(&b);
	cr_assert_eq(parse(&b, &p), PACKET_FRAGMENT);
	b.bytes[43] = 0;	/* alone */
	cr_assert_eq(parse(&b, &p), PACKET_OK);
}

Test(packet, chains_of_headers)
{
	struct build	b;
	struct packet	p;
	int		n, i;

	for (n = 1; n <= 12; n++) {
		v6(&b, IPPROTO_DSTOPTS);
		for (i = 0; i < n; i++) {
			put8(&b, i == n - 1 ? IPPROTO_UDP : IPPROTO_DSTOPTS);
			put(&b, "\0\x01\x04\0\0\0\0", 7);
		}
		udp(&b, 0);
		end(&b);
		cr_assert_eq(parse(&b, &p), n <= 8 ? PACKET_OK : PACKET_MALFORMED, "%d", n);
	}
	v6(&b, IPPROTO_DSTOPTS);
	put(&b, "\0\0\x01\x04\0\0\0\0", 8);	/* hop-by-hop, and not the first */
	put(&b, "\x11\0\x01\x04\0\0\0\0", 8);
	udp(&b, 0);
	end(&b);
	cr_assert_eq(parse(&b, &p), PACKET_MALFORMED);
	v6(&b, IPPROTO_DSTOPTS);
	put(&b, "\x11\x1f\0\0\0\0\0\0", 8);	/* 256 bytes of it: not looked at to its end */
	cr_assert_eq(packet_parse(b.bytes, b.len, 400, &p), PACKET_TRUNCATED);
}

Test(packet, ports)
{
	struct build	b;
	struct packet	p;

	v4(&b, IPPROTO_UDP, "", 0);
	udp(&b, 0);
	end(&b);
	b.bytes[20] = b.bytes[21] = 0;
	cr_assert_eq(parse(&b, &p), PACKET_OK, "UDP from port 0");
	b.bytes[22] = b.bytes[23] = 0;
	cr_assert_eq(parse(&b, &p), PACKET_MALFORMED, "to port 0");
	v4(&b, IPPROTO_SCTP, "", 0);
	put16(&b, 1);
	put16(&b, 2);
	put_zero(&b, 8);
	end(&b);
	cr_assert_eq(parse(&b, &p), PACKET_OK);
	cr_assert_eq(p.tuple.sport, 1);
	cr_assert_eq(p.tuple.dport, 2);
	b.bytes[9] = IPPROTO_DCCP;
	cr_assert_eq(parse(&b, &p), PACKET_OK);
	b.bytes[9] = 253;
	cr_assert_eq(parse(&b, &p), PACKET_OK);
	cr_assert_eq(p.tuple.sport, 0);
	cr_assert_eq(p.tuple.dport, 0);
}

Test(packet, icmp)
{
	struct build	b;
	struct packet	p;
	struct tuple	r;

	v4(&b, IPPROTO_ICMP, "", 0);
	put(&b, "\x08\x00\0\0\x12\x34\0\x01", 8);
	end(&b);
	cr_assert_eq(parse(&b, &p), PACKET_OK);
	cr_assert_eq(p.tuple.sport, 0x1234);
	cr_assert_eq(p.tuple.dport, 8 << 8);
	cr_assert(!tuple_question(&p.tuple, &r), "it asks");
	b.bytes[20] = 0;
	cr_assert_eq(parse(&b, &p), PACKET_OK);
	cr_assert(tuple_question(&p.tuple, &r));
	cr_assert_eq(r.dport, 8 << 8);
	cr_assert_eq(r.sport, 0x1234);
	b.bytes[20] = 3;
	cr_assert_eq(parse(&b, &p), PACKET_OK);
	cr_assert_eq(p.tuple.sport, 0);
	cr_assert(!tuple_question(&p.tuple, &r));
	b.bytes[9] = IPPROTO_ICMPV6;
	cr_assert_eq(parse(&b, &p), PACKET_MALFORMED, "ICMPv6 over IPv4");
	v6(&b, IPPROTO_ICMPV6);
	put(&b, "\x81\x00\0\0\x12\x34\0\x01", 8);
	end(&b);
	cr_assert_eq(parse(&b, &p), PACKET_OK);
	cr_assert_eq(p.tuple.dport, 129 << 8);
	cr_assert(tuple_question(&p.tuple, &r));
	cr_assert_eq(r.dport, 128 << 8);
}

Test(tuple, what_may_stay)
{
	static const uint8_t stays[] = { 6, 17, 132, 33 };
	struct tuple	t = { .family = 4 };
	unsigned	proto, i, expect;

	for (proto = 0; proto < 256; proto++) {
		t.proto = (uint8_t)proto;
		for (expect = i = 0; i < sizeof(stays); i++)
			expect |= stays[i] == proto;
		cr_assert_eq(tuple_can_stay(&t), expect, "%u", proto);
	}
}

Test(tuple, loopback)
{
	uint8_t a[16] = { 127, 0, 0, 17 };

	cr_assert(address_loopback(4, a));
	cr_assert_eq(inet_pton(AF_INET6, "::1", a), 1);
	cr_assert(address_loopback(6, a));
	cr_assert_eq(inet_pton(AF_INET6, "::ffff:127.1.2.3", a), 1);
	cr_assert(address_loopback(6, a));
	cr_assert_eq(inet_pton(AF_INET6, "fe80::1", a), 1);
	cr_assert(!address_loopback(6, a));
}
