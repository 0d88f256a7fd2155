/*
 * See zone.h. Called when profiles are built, and for each question and flow with a name,
 * before it is judged; names are anybody's.
 */
#include <libpsl.h>

#include "facts.h"
#include "name.h"
#include "zone.h"

size_t
zone_begin(const char *name, size_t len)
{
	const char *zone;

	if (len == 0 || len > DOMAIN_MOST)
		return len;
	zone = psl_registrable_domain(psl_builtin(), name);
	return zone == NULL ? len : (size_t)(zone - name);
}

void
facts_set_name(struct facts *f, const char *name, uint16_t len)
{
	f->name = name;
	f->name_len = len;
	f->zone = name == NULL ? 0 : (uint16_t)zone_begin(name, len);
}
