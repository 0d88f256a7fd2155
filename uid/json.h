/*
 * Writes JSON objects into a fixed buffer, cheaply enough for every event.
 * What goes out is valid UTF-8 and holds no control character, whatever goes
 * in. A buffer that is too small sets over; the writer never goes past it.
 */
#ifndef UID_JSON_H
#define UID_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json {
	char	*buf;
	size_t	 len;
	size_t	 cap;
	bool	 comma;		/* the next member needs one before it */
	bool	 over;
};

void	json_start(struct json *, char *buf, size_t cap);

/* key is NULL inside arrays and for the outermost object; keys need no escaping. */
void	json_open(struct json *, const char *key, char bracket);
void	json_close(struct json *, char bracket);
void	json_text(struct json *, const char *key, const char *s, size_t len);
void	json_string(struct json *, const char *key, const char *s);
void	json_number(struct json *, const char *key, uint64_t);
/* Beyond 2^53 readers lose digits: these numbers travel as strings. */
void	json_id(struct json *, const char *key, uint64_t);
void	json_bool(struct json *, const char *key, bool);
void	json_null(struct json *, const char *key);
/* As text, and when that loses anything also whole, in hex, as KEY_bytes. */
void	json_bytes(struct json *, const char *key, const char *s, size_t len);
/* As "KEY" (RFC 3339, UTC) and "KEY_us" (microseconds since the epoch). */
void	json_time(struct json *, const char *key, int64_t us);
void	json_address(struct json *, const char *key, unsigned family, const uint8_t address[16]);
void	json_newline(struct json *);

#endif
