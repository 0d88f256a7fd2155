/*
 * Text that a person will read and that came from somebody who may mean harm.
 */
#ifndef PROTO_TEXT_H
#define PROTO_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Makes s valid UTF-8 without control characters: each of them (C0, DEL, C1,
 * and those that turn the direction of writing or break lines) and each byte
 * of broken UTF-8 becomes '?'. With tabs, tabs stay. Works in place, never
 * lengthens; returns the new length. Adds no NUL.
 */
size_t	text_printable(char *s, size_t len, bool tabs);

/*
 * Bytes of the code point at s, 0 if it is not valid UTF-8 (RFC 3629: no
 * overlong forms, no surrogates, nothing above U+10FFFF) or left is 0.
 */
size_t	text_utf8(const char *s, size_t left, uint32_t *code);

/* False for control characters and those that turn the direction of writing or break lines. */
bool	text_harmless(uint32_t code);

#endif
