/*
 * The JSON writer: objects into a fixed buffer, cheaply enough for every event.
 * What goes out is valid UTF-8 and holds no control character, whatever goes
 * in. A buffer that is too small sets over; the writer never goes past it.
 */
#ifndef UID_JW_H
#define UID_JW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jw {
	char	*buf;
	size_t	 len;
	size_t	 cap;
	bool	 comma;		/* the next member needs one before it */
	bool	 over;
};

void	jw_start(struct jw *, char *buf, size_t cap);

/* key is NULL inside arrays and for the outermost object; keys need no escaping. */
void	jw_open(struct jw *, const char *key, char bracket);
void	jw_close(struct jw *, char bracket);
void	jw_text(struct jw *, const char *key, const char *s, size_t len);
void	jw_string(struct jw *, const char *key, const char *s);
void	jw_number(struct jw *, const char *key, uint64_t);
/* Beyond 2^53 readers lose digits: these numbers travel as strings. */
void	jw_id(struct jw *, const char *key, uint64_t);
void	jw_bool(struct jw *, const char *key, bool);
void	jw_null(struct jw *, const char *key);
/* As text, and when that loses anything also whole, in hex, as KEY_bytes. */
void	jw_bytes(struct jw *, const char *key, const char *s, size_t len);
/* As "KEY" (RFC 3339, UTC) and "KEY_us" (microseconds since the epoch). */
void	jw_time(struct jw *, const char *key, int64_t us);
void	jw_address(struct jw *, const char *key, unsigned family, const uint8_t address[16]);
/* A line with an object of this type; and its end. */
void	jw_begin(struct jw *, const char *type);
void	jw_end(struct jw *);

#endif
