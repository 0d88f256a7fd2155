/*
 * The step from bytes to protobuf-c's structs and from their fields to ours;
 * see wire.h. Bytes are hostile here, and so is what protobuf-c makes of them:
 * it accepts unknown and doubled fields, inflates input, and knows no NUL.
 */
#include "wire.h"

#include <string.h>

#include "channel.h"
#include "wire_arena.h"
#include "text.h"

/*
 * What one unpack may use: enough for the largest valid message (an answer
 * with 256 rows in 64 KiB), far below what unknown fields could ask for.
 */
#define UNPACK_BYTES	(256 * 1024)

size_t
wire_pack(const ProtobufCMessage *m, uint8_t *out, size_t room)
{
	if (protobuf_c_message_get_packed_size(m) > room)
		return 0;
	return protobuf_c_message_pack(m, out);
}

/* Our messages nest two deep at most and never in themselves. */
static bool
all_fields_known(const ProtobufCMessage *m)
{
	const ProtobufCMessageDescriptor *d = m->descriptor;
	unsigned i;
	size_t j;

	if (m->n_unknown_fields != 0)
		return false;
	for (i = 0; i < d->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &d->fields[i];
		const uint8_t *at = (const uint8_t *)m + f->offset;
		const ProtobufCMessage *sub;

		if (f->type != PROTOBUF_C_TYPE_MESSAGE)
			continue;
		if (f->label == PROTOBUF_C_LABEL_REPEATED) {
			size_t n;

			memcpy(&n, (const uint8_t *)m + f->quantifier_offset, sizeof(n));
			for (j = 0; j < n; j++)
				if (!all_fields_known((*(ProtobufCMessage *const *const *)at)[j]))
					return false;
		} else if ((sub = *(const ProtobufCMessage *const *)at) != NULL &&
		    !all_fields_known(sub)) {
			return false;
		}
	}
	return true;
}

/* Is it what the message is packed to? A doubled field, a number written too long, a list in another form are not. */
static bool
is_canonical(const ProtobufCMessage *m, const uint8_t *body, size_t len)
{
	static uint8_t again[CHANNEL_BODY_MAX];

	return len <= sizeof(again) && protobuf_c_message_get_packed_size(m) == len &&
	    protobuf_c_message_pack(m, again) == len && memcmp(again, body, len) == 0;
}

const void *
wire_unpack(const ProtobufCMessageDescriptor *d, const uint8_t *body, size_t len, size_t max)
{
	static _Alignas(16) uint8_t memory[UNPACK_BYTES];
	static struct wire_arena arena;
	const ProtobufCMessage *m;

	if (len == 0 || len > max)
		return NULL;
	wire_arena_init(&arena, memory, sizeof(memory));
	m = protobuf_c_message_unpack(d, &arena.allocator, len, body);
	if (m == NULL || !all_fields_known(m) || !is_canonical(m, body, len))
		return NULL;
	return m;
}

ProtobufCBinaryData
wire_bytes(const void *bytes, size_t len)
{
	return (ProtobufCBinaryData){ .len = len, .data = (uint8_t *)(uintptr_t)bytes };
}

ProtobufCBinaryData
wire_string(const char *s)
{
	return wire_bytes(s, strlen(s));
}

ProtobufCBinaryData
wire_address(uint8_t family, const uint8_t address[static 16])
{
	return wire_bytes(address, family == 4 ? 4 : 16);
}

uint64_t *
wire_ids(const uint64_t *ids)
{
	return (uint64_t *)(uintptr_t)ids;
}

void
wire_tuple(Wire__Tuple *w, const struct tuple *t)
{
	wire__tuple__init(w);
	w->proto = t->proto;
	w->sport = t->sport;
	w->dport = t->dport;
	w->src = wire_address(t->family, t->src);
	w->dst = wire_address(t->family, t->dst);
}

bool
field_column(const ProtobufCBinaryData *b, size_t n, size_t bytes)
{
	return b->len == n * bytes;
}

bool
field_u8(uint8_t *out, uint32_t value)
{
	*out = (uint8_t)value;
	return value <= UINT8_MAX;
}

bool
field_u16(uint16_t *out, uint32_t value)
{
	*out = (uint16_t)value;
	return value <= UINT16_MAX;
}

bool
field_address(uint8_t *family, uint8_t address[static 16], const ProtobufCBinaryData *b)
{
	if (b->len != 4 && b->len != 16)
		return false;
	*family = b->len == 4 ? 4 : 6;
	memcpy(address, b->data, b->len);
	return true;
}

bool
field_tuple(struct tuple *t, const Wire__Tuple *w)
{
	uint8_t family = 0;

	return w != NULL && field_u8(&t->proto, w->proto) && field_u16(&t->sport, w->sport) &&
	    field_u16(&t->dport, w->dport) && field_address(&t->family, t->src, &w->src) &&
	    field_address(&family, t->dst, &w->dst) && family == t->family;
}

bool
field_ids(uint64_t *ids, uint8_t *count, size_t room, const uint64_t *from, size_t n)
{
	if (n > room)
		return false;
	*count = (uint8_t)n;
	if (n > 0)
		memcpy(ids, from, n * sizeof(*ids));
	return true;
}

bool
field_bytes(char *out, uint16_t *len, size_t room, const ProtobufCBinaryData *b)
{
	if (b->len > room)
		return false;
	*len = (uint16_t)b->len;
	if (b->len > 0)
		memcpy(out, b->data, b->len);
	return true;
}

bool
field_string(char *out, size_t room, const ProtobufCBinaryData *b)
{
	uint16_t len;

	if (b->len >= room || !field_bytes(out, &len, room, b))
		return false;
	out[len] = '\0';
	return memchr(out, '\0', len) == NULL;
}

bool
field_text(char *out, uint16_t *len, size_t room, const ProtobufCBinaryData *b)
{
	size_t shown;

	if (!field_bytes(out, len, room, b))
		return false;
	shown = text_printable(out, *len, false);
	memset(out + shown, 0, *len - shown);
	*len = (uint16_t)shown;
	return true;
}

bool
field_text_string(char *out, size_t room, const ProtobufCBinaryData *b)
{
	size_t len, shown;

	if (!field_string(out, room, b))
		return false;
	len = b->len;
	shown = text_printable(out, len, false);
	memset(out + shown, 0, len - shown);
	return true;
}

void
wire_stats(Wire__DecideStats *w, const struct decide_stats *s)
{
	wire__decide_stats__init(w);
	w->waiting = s->waiting;
	w->live = s->live;
	w->grants = s->grants;
	w->packets = s->packets;
	w->denied_repeat = s->denied_repeat;
	w->shed_waiting = s->shed_waiting;
	w->overruns = s->overruns;
	w->malformed = s->malformed;
	w->conntrack_full = s->conntrack_full;
	w->socket_uids = s->socket_uids;
	w->queue_dropped = s->queue_dropped;
	w->queue_user_dropped = s->queue_user_dropped;
	w->processes = s->processes;
	w->events = s->events;
	w->kernel = s->kernel;
}

bool
field_stats(struct decide_stats *s, const Wire__DecideStats *w)
{
	s->waiting = w->waiting;
	s->live = w->live;
	s->grants = w->grants;
	s->packets = w->packets;
	s->denied_repeat = w->denied_repeat;
	s->shed_waiting = w->shed_waiting;
	s->overruns = w->overruns;
	s->malformed = w->malformed;
	s->conntrack_full = w->conntrack_full != 0;
	s->socket_uids = w->socket_uids;
	s->queue_dropped = w->queue_dropped;
	s->queue_user_dropped = w->queue_user_dropped;
	s->processes = w->processes;
	s->events = w->events != 0;
	return field_u8(&s->kernel, w->kernel);
}
