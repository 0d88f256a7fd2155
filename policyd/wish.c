/*
 * See wish.h. The texts are hostile.
 */
#include <arpa/inet.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "wish.h"

/* Digits alone. */
static bool
read_number(const char *text, unsigned most, unsigned *out)
{
	size_t len = strlen(text);

	if (len == 0 || len > 9 || strspn(text, "0123456789") != len)
		return false;
	*out = (unsigned)strtoul(text, NULL, 10);
	return *out <= most;
}

/* What a file may not hold is not promised either: "192.0.2" is no name (name_build.c). */
static bool
looks_like_address(const char *name)
{
	const char *last = strrchr(name, '.');

	last = last == NULL ? name : last + 1;
	return strspn(last, "0123456789") == strlen(last);
}

static bool
is_hyphen_at_end(const char *text, size_t i, size_t label)
{
	return text[i] == '-' && (label == 1 || text[i + 1] == '.' || text[i + 1] == '\0');
}

static bool
read_name(const char *text, struct choice *c)
{
	size_t len, label = 0;

	c->target = TARGET_NAME;
	c->zone = text[0] == '.';
	text += c->zone;
	len = strlen(text);
	if (len > 0 && text[len - 1] == '.')
		len--;
	if (len == 0 || len > DOMAIN_MOST)
		return false;
	for (size_t i = 0; i < len; i++) {
		label = text[i] == '.' ? 0 : label + 1;
		if (label > LABEL_MOST || (label == 0 && (i == 0 || text[i - 1] == '.')) ||
		    (!isalnum((unsigned char)text[i]) && strchr("-_.", text[i]) == NULL) ||
		    is_hyphen_at_end(text, i, label))
			return false;
		c->name[i] = (char)tolower((unsigned char)text[i]);
	}
	c->name[len] = '\0';
	return text[len - 1] != '.' && !looks_like_address(c->name);
}

static void
clear_behind(struct net *n)
{
	for (unsigned bit = n->prefix; bit < 128; bit++)
		n->address[bit / 8] &= (uint8_t)~(0x80u >> bit % 8);
}

static bool
read_net(const char *text, struct choice *c)
{
	char address[INET6_ADDRSTRLEN];
	size_t len = strcspn(text, "/");
	unsigned most, prefix;

	if (len >= sizeof address)
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	c->net.family = strchr(address, ':') == NULL ? 4 : 6;
	prefix = most = c->net.family == 4 ? 32 : 128;
	if (inet_pton(c->net.family == 4 ? AF_INET : AF_INET6, address, c->net.address) != 1)
		return false;
	if (text[len] == '/' && !read_number(text + len + 1, most, &prefix))
		return false;
	c->net.prefix = (uint8_t)prefix;
	clear_behind(&c->net);
	c->target = TARGET_NET;
	return true;
}

bool
wish_target(const char *text, struct choice *c)
{
	unsigned scope = word_value(scope_words, text);

	if (strcmp(text, "any") == 0)
		c->target = TARGET_PROGRAM;
	else if (scope != 0) {
		c->target = TARGET_SCOPE;
		c->scopes = (uint8_t)scope;
	} else
		return read_net(text, c) || read_name(text, c);
	return true;
}

bool
wish_port(const char *text, struct choice *c)
{
	char proto[8];
	size_t len = strcspn(text, "/");
	unsigned value, port;

	if (len == 0 || len >= sizeof proto)
		return false;
	memcpy(proto, text, len);
	proto[len] = '\0';
	if ((value = word_value(protocol_words, proto)) == 0) {
		if (!read_number(proto, 255, &value))
			return false;
		value++;
	}
	c->keyed = true;
	c->keys = (struct keys){ KEY(value - 1, 0), KEY(value - 1, 0xffff) };
	if (text[len] == '\0')
		return true;
	if (!has_ports((uint8_t)(value - 1)) || !read_number(text + len + 1, 65535, &port))
		return false;
	c->keys.low = c->keys.high = KEY(value - 1, port);
	return true;
}

bool
wish_life(const char *text, struct wish *w)
{
	static const struct { char unit; int64_t seconds; } units[] = { { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	size_t len = strlen(text);
	char digits[12];
	unsigned count;

	w->life = strcmp(text, "once") == 0 ? LIFE_ONCE : strcmp(text, "exit") == 0 ? LIFE_EXIT :
	    strcmp(text, "always") == 0 ? LIFE_ALWAYS : 0;
	if (w->life != 0)
		return true;
	if (len < 2 || len > sizeof digits)
		return false;
	memcpy(digits, text, len - 1);
	digits[len - 1] = '\0';
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (text[len - 1] == units[i].unit && read_number(digits, 1000000, &count) && count > 0) {
			w->life = LIFE_TIME;
			w->seconds = count * units[i].seconds;
			return w->seconds <= WISH_DAYS_MOST * INT64_C(86400);
		}
	return false;
}
