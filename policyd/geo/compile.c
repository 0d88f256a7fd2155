/*
 * Makes a database of autonomous systems in the format of MaxMind (2.0) from lists of ranges:
 *	compile FILE.csv... >as.mmdb
 * A line is FIRST,LAST,NUMBER[,...] with addresses of one family. For `make`; never installed, never run by
 * the suite. Wrong lines end it.
 */
#include <arpa/inet.h>
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NONE	UINT32_MAX	/* a record that leads nowhere */

/* Records: an AS with AS_FLAG, another node, or NONE. Never 2^31 nodes. */
#define AS_FLAG	0x80000000u

struct node { uint32_t side[2]; };

static struct node	*nodes;
static uint32_t		 nodes_count, nodes_size;
static uint32_t		*numbers;		/* the AS's, in order of first use */
static uint32_t		 numbers_count, numbers_size;
static uint32_t		*place_of;		/* hash table: 1 + place in numbers */
#define PLACES	(1u << 20)

static void *
grown(void *list, uint32_t *size, uint32_t first, uint32_t most, size_t each)
{
	void *more;

	*size = *size == 0 ? first : *size * 2;
	if (*size > most || (more = reallocarray(list, *size, each)) == NULL)
		errx(1, "too much");
	return more;
}

static uint32_t
new_node(uint32_t both)
{
	if (nodes_count == nodes_size)
		nodes = grown(nodes, &nodes_size, 1u << 16, AS_FLAG / 2, sizeof *nodes);
	nodes[nodes_count] = (struct node){ { both, both } };
	return nodes_count++;
}

/* The place of a number in numbers. */
static uint32_t
number_place(uint32_t number)
{
	uint32_t at = number * 2654435761u % PLACES;

	while (place_of[at] != 0 && numbers[place_of[at] - 1] != number)
		at = (at + 1) % PLACES;
	if (place_of[at] != 0)
		return place_of[at] - 1;
	if (numbers_count == numbers_size)
		numbers = grown(numbers, &numbers_size, 1024, PLACES / 2, sizeof *numbers);
	numbers[numbers_count++] = number;
	return (place_of[at] = numbers_count) - 1;
}

static unsigned
bit_of(const uint8_t *address, unsigned bit)
{
	return address[bit / 8] >> (7 - bit % 8) & 1;
}

/* The net of this length gets the record; later ones go before earlier. */
static void
add_net(const uint8_t *address, unsigned length, uint32_t record)
{
	uint32_t node = 0;

	for (unsigned bit = 0; bit + 1 < length; bit++) {
		uint32_t next = nodes[node].side[bit_of(address, bit)];

		if (next == NONE || (next & AS_FLAG)) {
			uint32_t made = new_node(next);

			nodes[node].side[bit_of(address, bit)] = made;
			next = made;
		}
		node = next;
	}
	nodes[node].side[bit_of(address, length - 1)] = record;
}

/* address + 2^bits; false at the end of all addresses. */
static int
step(uint8_t address[16], unsigned bits)
{
	unsigned carry = 1u << bits % 8;

	for (int i = (int)(15 - bits / 8); i >= 0 && carry != 0; i--) {
		carry += address[i];
		address[i] = (uint8_t)carry;
		carry >>= 8;
	}
	return carry == 0;
}

static void
last_of(const uint8_t first[16], unsigned bits, uint8_t last[16])
{
	memcpy(last, first, 16);
	for (unsigned bit = 128 - bits; bit < 128; bit++)
		last[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
}

/* The widest nets that begin at first and do not go beyond last, again and again. */
static void
add_range(uint8_t first[16], const uint8_t last[16], uint32_t record)
{
	uint8_t end[16];

	for (;;) {
		unsigned bits = 0;

		while (bits < 127 && bit_of(first, 127 - bits) == 0) {
			last_of(first, bits + 1, end);
			if (memcmp(end, last, 16) > 0)
				break;
			bits++;
		}
		add_net(first, 128 - bits, record);
		last_of(first, bits, end);
		if (memcmp(end, last, 16) >= 0 || !step(first, bits))
			return;
	}
}

/* IPv4 lies at ::/96. */
static int
address_read(const char *text, uint8_t out[16])
{
	memset(out, 0, 16);
	if (strchr(text, ':') != NULL)
		return inet_pton(AF_INET6, text, out);
	return inet_pton(AF_INET, text, out + 12);
}

static void
read_file(const char *path)
{
	FILE *in = fopen(path, "r");
	unsigned long line = 0;
	char *text = NULL;
	size_t size = 0;

	if (in == NULL)
		err(1, "%s", path);
	while (getline(&text, &size, in) != -1) {
		char from[64], to[64];
		uint8_t first[16], last[16];
		uint32_t number;

		line++;
		if (sscanf(text, "%63[0-9a-fA-F.:],%63[0-9a-fA-F.:],%u", from, to, &number) != 3 ||
		    address_read(from, first) != 1 || address_read(to, last) != 1 || memcmp(first, last, 16) > 0)
			errx(1, "%s:%lu: no range with a number", path, line);
		if (number != 0)
			add_range(first, last, AS_FLAG | number_place(number));
	}
	free(text);
	(void)fclose(in);
}

/* --- writing --- */

static void
put(uint32_t n, unsigned bytes)
{
	while (bytes-- > 0)
		(void)putchar((int)(n >> 8 * bytes & 0xff));
}

static void
put_text(const char *text)
{
	(void)printf("%c%s", 0x40 | (int)strlen(text), text);
}

/* uint16 (type 5), uint32 (6) of full length. */
static void
put_number(unsigned type, uint32_t n)
{
	unsigned bytes = type == 5 ? 2 : 4;

	(void)putchar((int)(type << 5 | bytes));
	put(n, bytes);
}

static void
put_pair(const char *key, unsigned type, uint32_t n)
{
	put_text(key);
	put_number(type, n);
}

/* First the key, then for each AS a map of one number under a pointer to it: all of the same length. */
#define KEY		"autonomous_system_number"
#define KEY_BYTES	((uint32_t)sizeof KEY)
#define DATA_BYTES	(1u + 2 + 5)
#define RECORD_BYTES	3
#define RECORD_MOST	0xffffffu

static uint32_t
record_of(uint32_t side)
{
	if (side == NONE)
		return nodes_count;
	return side & AS_FLAG ? nodes_count + 16 + KEY_BYTES + (side & ~AS_FLAG) * DATA_BYTES : side;
}

static void
put_metadata(void)
{
	(void)fputs("\xab\xcd\xefMaxMind.com\xe9", stdout);
	put_pair("node_count", 6, nodes_count);
	put_pair("record_size", 5, 8 * RECORD_BYTES);
	put_pair("ip_version", 5, 6);
	put_text("database_type");
	put_text("Bulwark-ASN");
	put_text("languages");
	(void)printf("%c%c", 1, 4);		/* an array of one */
	put_text("en");
	put_pair("binary_format_major_version", 5, 2);
	put_pair("binary_format_minor_version", 5, 0);
	put_text("build_epoch");
	(void)printf("%c%c%c", 1, 2, 1);	/* uint64 1: the same lists make the same file; 0 is refused */
	put_text("description");
	(void)putchar(0xe1);
	put_text("en");
	put_text("autonomous systems");
}

int
main(int argc, char *argv[])
{
	if ((place_of = calloc(PLACES, sizeof *place_of)) == NULL)
		err(1, "memory");
	(void)new_node(NONE);
	for (int i = 1; i < argc; i++)
		read_file(argv[i]);
	if (nodes_count + 16 + KEY_BYTES + (uint64_t)numbers_count * DATA_BYTES > RECORD_MOST)
		errx(1, "too much for records of %d bytes", RECORD_BYTES);
	for (uint32_t i = 0; i < nodes_count; i++) {
		put(record_of(nodes[i].side[0]), RECORD_BYTES);
		put(record_of(nodes[i].side[1]), RECORD_BYTES);
	}
	(void)fwrite("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 1, 16, stdout);
	put_text(KEY);
	for (uint32_t i = 0; i < numbers_count; i++) {
		put(0xe12000, 3);	/* a map of one, a pointer to offset 0 */
		put_number(6, numbers[i]);
	}
	put_metadata();
	return fflush(stdout) == 0 && ferror(stdout) == 0 ? 0 : 1;
}
