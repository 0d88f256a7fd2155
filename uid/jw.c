/*
 * See jw.h. Used by everything in uid that answers somebody. Trusts nothing
 * about the text it is given.
 */
#include <arpa/inet.h>
#include <sys/socket.h>

#include <stdio.h>
#include <string.h>

#include "jw.h"
#include "text.h"

static const char hex_digits[] = "0123456789abcdef";

void
jw_start(struct jw *j, char *buf, size_t cap)
{
	*j = (struct jw){ .buf = buf, .cap = cap };
}

static void
put(struct jw *j, const char *s, size_t len)
{
	if (j->over || len > j->cap - j->len) {
		j->over = true;
		return;
	}
	memcpy(j->buf + j->len, s, len);
	j->len += len;
}

static void
put_char(struct jw *j, char c)
{
	put(j, &c, 1);
}

static void
put_number(struct jw *j, uint64_t v)
{
	char	 digits[20], *p = digits + sizeof(digits);

	do
		*--p = (char)('0' + v % 10);
	while ((v /= 10) != 0);
	put(j, p, (size_t)(digits + sizeof(digits) - p));
}

static void
put_u16(struct jw *j, uint32_t v)
{
	const char	s[6] = { '\\', 'u', hex_digits[v >> 12 & 15], hex_digits[v >> 8 & 15],
				 hex_digits[v >> 4 & 15], hex_digits[v & 15] };

	put(j, s, sizeof(s));
}

static void
put_code(struct jw *j, uint32_t code)
{
	if (code == '\n')
		put(j, "\\n", 2);
	else if (code == '\t')
		put(j, "\\t", 2);
	else if (code == '"' || code == '\\') {
		const char	s[2] = { '\\', (char)code };

		put(j, s, sizeof(s));
	} else
		put_u16(j, code);	/* all others that need it lie below U+10000 */
}

/* Returns false when a byte had to be replaced: the text does not say all. */
static bool
put_text(struct jw *j, const char *s, size_t len)
{
	bool		whole = true;
	size_t		pos = 0, plain = 0;
	uint32_t	code;

	while (pos < len) {
		unsigned char	c = (unsigned char)s[pos];
		size_t		n = 1;

		if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\') {
			pos++;
			continue;
		}
		code = c;
		if (c >= 0x80 && (n = text_utf8(s + pos, len - pos, &code)) > 0 &&
		    text_harmless(code)) {
			pos += n;
			continue;
		}
		put(j, s + plain, pos - plain);
		if (n == 0) {
			put(j, "\xef\xbf\xbd", 3);
			whole = false;
			n = 1;
		} else
			put_code(j, code);
		pos += n;
		plain = pos;
	}
	put(j, s + plain, pos - plain);
	return whole;
}

static void
put_key(struct jw *j, const char *key)
{
	if (j->comma)
		put_char(j, ',');
	j->comma = true;
	if (key == NULL)
		return;
	put_char(j, '"');
	put(j, key, strlen(key));
	put(j, "\":", 2);
}

void
jw_open(struct jw *j, const char *key, char bracket)
{
	put_key(j, key);
	put_char(j, bracket);
	j->comma = false;
}

void
jw_close(struct jw *j, char bracket)
{
	put_char(j, bracket);
	j->comma = true;
}

void
jw_text(struct jw *j, const char *key, const char *s, size_t len)
{
	put_key(j, key);
	put_char(j, '"');
	(void)put_text(j, s, len);
	put_char(j, '"');
}

void
jw_string(struct jw *j, const char *key, const char *s)
{
	jw_text(j, key, s, strlen(s));
}

void
jw_number(struct jw *j, const char *key, uint64_t v)
{
	put_key(j, key);
	put_number(j, v);
}

void
jw_id(struct jw *j, const char *key, uint64_t v)
{
	put_key(j, key);
	put_char(j, '"');
	put_number(j, v);
	put_char(j, '"');
}

void
jw_bool(struct jw *j, const char *key, bool v)
{
	put_key(j, key);
	put(j, v ? "true" : "false", v ? 4 : 5);
}

void
jw_null(struct jw *j, const char *key)
{
	put_key(j, key);
	put(j, "null", 4);
}

void
jw_bytes(struct jw *j, const char *key, const char *s, size_t len)
{
	bool	whole;

	put_key(j, key);
	put_char(j, '"');
	whole = put_text(j, s, len);
	put_char(j, '"');
	if (whole)
		return;
	put(j, ",\"", 2);
	put(j, key, strlen(key));
	put(j, "_bytes\":\"", 9);
	for (size_t i = 0; i < len; i++) {
		const char	s2[2] = { hex_digits[(unsigned char)s[i] >> 4],
					  hex_digits[(unsigned char)s[i] & 15] };

		put(j, s2, sizeof(s2));
	}
	put_char(j, '"');
}

/* Days since 1970-01-01 to a civil date; gmtime() would look for time zone files. */
static void
civil_date(int64_t days, int *year, int *month, int *day)
{
	int64_t	z = days + 719468;
	int64_t	era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t	doe = z - era * 146097;
	int64_t	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t	mp = (5 * doy + 2) / 153;

	*day = (int)(doy - (153 * mp + 2) / 5 + 1);
	*month = (int)(mp < 10 ? mp + 3 : mp - 9);
	*year = (int)(yoe + era * 400 + (*month <= 2));
}

void
jw_time(struct jw *j, const char *key, int64_t us)
{
	char	text[64];
	int	year, month, day, n;
	int64_t	second;

	/* Year 9999 at most: a peer's nonsense stays a date that everybody can read. */
	if (us < 0 || us >= INT64_C(253402300800) * 1000000)
		us = 0;
	second = us / 1000000;
	civil_date(second / 86400, &year, &month, &day);
	n = snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", year, month, day,
	    (int)(second / 3600 % 24), (int)(second / 60 % 60), (int)(second % 60),
	    (int)(us % 1000000));
	jw_text(j, key, text, (size_t)n);
	put(j, ",\"", 2);
	put(j, key, strlen(key));
	put(j, "_us\":", 5);
	put_number(j, (uint64_t)us);
}

void
jw_address(struct jw *j, const char *key, unsigned family, const uint8_t address[16])
{
	char	text[INET6_ADDRSTRLEN];

	if (inet_ntop(family == 4 ? AF_INET : AF_INET6, address, text, sizeof(text)) == NULL)
		text[0] = '\0';
	jw_string(j, key, text);
}

void
jw_begin(struct jw *j, const char *type)
{
	jw_open(j, NULL, '{');
	jw_string(j, "type", type);
}

void
jw_end(struct jw *j)
{
	jw_close(j, '}');
	put_char(j, '\n');
	j->comma = false;
}
