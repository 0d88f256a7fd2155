/*
 * Between our structs and protobuf-c's: used in this folder only. No process sees
 * a protobuf type.
 *
 * Each message has one validator X_valid() on its struct. Packing starts with
 * it, unpacking ends with it.
 */
#ifndef PROTO_WIRE_H
#define PROTO_WIRE_H

#include <protobuf-c/protobuf-c.h>

#include "types.pb-c.h"
#include "decide.pb-c.h"

#include "types.h"
#include "decide.h"

/* Bytes written; 0 if they are more than room. */
size_t	wire_pack(const ProtobufCMessage *, uint8_t *out, size_t room);

/*
 * NULL unless body is exactly one message of this kind, no longer than max, as
 * wire_pack() writes it: no unknown, doubled or missing field, nothing longer than
 * it has to be. The result is valid until the next call.
 */
const void *wire_unpack(const ProtobufCMessageDescriptor *, const uint8_t *body, size_t len,
		    size_t max);

/* For packing: the bytes are only read. */
ProtobufCBinaryData wire_bytes(const void *, size_t);
ProtobufCBinaryData wire_string(const char *);	/* without its NUL */
ProtobufCBinaryData wire_address(uint8_t family, const uint8_t address[static 16]);
uint64_t *wire_ids(const uint64_t *);
void	wire_tuple(Wire__Tuple *, const struct tuple *);
void	wire_stats(Wire__DecideStats *, const struct decide_stats *);

/* A column of bytes: are there exactly n places of so many bytes? */
bool	field_column(const ProtobufCBinaryData *, size_t n, size_t bytes);

/*
 * For unpacking: false if the value has no place in the field; fields must be
 * zero before, and what is not written stays so.
 */
bool	field_u8(uint8_t *, uint32_t);
bool	field_u16(uint16_t *, uint32_t);
bool	field_address(uint8_t *family, uint8_t address[static 16], const ProtobufCBinaryData *);
bool	field_tuple(struct tuple *, const Wire__Tuple *);
bool	field_ids(uint64_t *ids, uint8_t *count, size_t room, const uint64_t *, size_t n);
bool	field_bytes(char *, uint16_t *len, size_t room, const ProtobufCBinaryData *);
/* NUL-terminated, so one byte less than room; no NUL within. */
bool	field_string(char *, size_t room, const ProtobufCBinaryData *);
/* The same two for text that people read: made printable. */
bool	field_text(char *, uint16_t *len, size_t room, const ProtobufCBinaryData *);
bool	field_text_string(char *, size_t room, const ProtobufCBinaryData *);
bool	field_stats(struct decide_stats *, const Wire__DecideStats *);

#endif
