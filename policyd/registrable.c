/*
 * See registrable.h. Called when profiles are built, and for each question and flow with a name,
 * before it is judged; names are anybody's.
 */
#include <string.h>

#include <libpsl.h>

#include "facts.h"
#include "name.h"
#include "registrable.h"

size_t
zone_begin(const char *name, size_t len)
{
	const char *tail = name, *zone;

	/* Odd bytes are written as \\ddd and make a name longer: its end will do. */
	while (len - (size_t)(tail - name) > DOMAIN_MOST)
		if ((tail = strchr(tail, '.')) == NULL)
			return len;
		else
			tail++;
	if (*tail == '\0' || (zone = psl_registrable_domain(psl_builtin(), tail)) == NULL)
		return len;
	return (size_t)(zone - name);
}

void
facts_set_name(struct facts *f, const char *name, uint16_t len)
{
	f->name = name;
	f->name_len = len;
	f->zone = name == NULL ? 0 : (uint16_t)zone_begin(name, len);
}
