/*
 * What the Unix door says of itself (varlink.org, interface definitions), and how any
 * of its replies is written.
 */
#ifndef RESOLVERD_VARLINK_TEXT_H
#define RESOLVERD_VARLINK_TEXT_H

#include <jansson.h>
#include <stddef.h>

extern const char	varlink_resolve_text[], varlink_service_text[];

/* Takes the reply over. Its length with the NUL at its end; 0: none, or no room. */
size_t	varlink_write(json_t *reply, char *to, size_t size);

#endif
